"""Take over what lies at the harness's paths: nothing of it is written over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffolder.render import journal
from scaffolder.render.baseline import likeliest_spec, nearest
from scaffolder.render.harness import Scaffolded
from scaffolder.render.merge import Step, both, diff, first
from scaffolder.render.preflight import Refused, Target, in_the_way
from scaffolder.render.preview import files, rendered
from scaffolder.render.sources import sides
from scaffolder.render.template import Template, TemplateUnavailable


@dataclass(frozen=True, slots=True)
class Choices:
    """`merge`: a file that differs gets both versions, with conflict markers.

    `confirm` gets what is about to be written, and raises to stop.
    """

    confirm: Callable[[Scaffolded], None]
    merge: bool = False
    dry_run: bool = False


def adopt(target: Target, template: Template, choices: Choices) -> Scaffolded:
    """Record the version and spec that the files come nearest to, and write what is missing.

    From then on an update merges: what differs now counts as the team's edit. Raises Refused.
    """
    if target.answers is not None:
        _require_unavailable(target, template)
    baseline = nearest(target, template)
    data = {"folder": target.folder, "spec": _spec(target, baseline)}
    with rendered(target, baseline, data) as folder:
        blocked = [why for name in files(folder) if (why := in_the_way(target.root, name))]
        if blocked:
            raise Refused("these files are in the way, nothing was written:", blocked)
        steps = [_kept(one, folder, target, choices) for one in first(folder, target.root)]
    done = Scaffolded(
        baseline,
        [one.change for one in steps if one.kind != "unchanged"],
        diff(steps) if choices.dry_run else "",
        _notes(baseline, template, [one for one in steps if one.path != target.answers_name]),
    )
    if not choices.dry_run:
        choices.confirm(done)
        journal.apply(target, steps)
    return done


def _require_unavailable(target: Target, template: Template) -> None:
    """An answers file is replaced only when its version can't be had on this machine."""
    try:
        sides(target, template, named=False)
    except TemplateUnavailable:
        return
    raise Refused(
        f"{target.answers_name} records where this harness comes from already; run `parity update`"
    )


def _spec(target: Target, baseline: Template) -> Any:
    if target.answers is not None:
        return target.answers.spec
    return likeliest_spec(target, baseline)


def _kept(step: Step, folder: Path, target: Target, choices: Choices) -> Step:
    if step.kind != "conflict" or step.before is None:
        return step
    theirs = (folder / step.path).read_bytes()
    if step.path == target.answers_name:
        return Step(step.path, "changed", step.before, theirs)
    if choices.merge:
        return both(step.path, step.before, theirs)
    return Step(step.path, "kept", step.before, step.before, "yours, not what parity writes")


def _notes(baseline: Template, template: Template, steps: list[Step]) -> list[str]:
    same = sum(one.kind == "unchanged" for one in steps)
    notes = [f"{same} of {len(steps)} files are as version {baseline.ref} writes them"]
    if baseline != template:
        notes.append(f"`parity update` brings the harness from {baseline.ref} to {template.ref}")
    return notes
