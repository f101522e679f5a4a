"""The harness in the repository: written once, updated from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scaffolder.render import journal, noxfile, preflight, update
from scaffolder.render.merge import Step, diff, first
from scaffolder.render.neighbours import collecting, hooks, measuring
from scaffolder.render.preflight import Refused, Target, ignored
from scaffolder.render.preview import Change, rendered
from scaffolder.render.sources import sides
from scaffolder.render.template import Template

INI = "tests/parity/pytest.ini"
WORKFLOW = ".github/workflows/parity-pr-smoke.yml"
SESSIONS = ("local_fast", "pr_smoke", "nightly_parity", "release_packaging")


@dataclass(frozen=True, slots=True)
class Scaffolded:
    """What was done, or (after a dry run) would be done."""

    template: Template
    changes: list[Change]
    diff: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def conflicts(self) -> list[str]:
        """Files that a person has to merge."""
        return [change.path for change in self.changes if change.kind == "conflict"]


@dataclass(frozen=True, slots=True)
class Choices:
    """`named`: the user chose the template. `delete_edited`: also files that the team edited go.

    `confirm` gets what is about to be written, and raises to stop. `edit_noxfile` says whether the
    team's own noxfile may get the lines that load the sessions; it is asked before the first write.
    """

    confirm: Callable[[Scaffolded], None]
    named: bool = False
    dry_run: bool = False
    delete_edited: bool = False
    edit_noxfile: Callable[[], bool] = lambda: False


def settled(folder: Path, *, reading: bool = False) -> tuple[Target, list[str]]:
    """The repository of a folder with parity.yaml; what an interrupted command wrote is taken back.

    Returns it with the names of those files. `reading`: nothing may be written. Raises Refused.
    """
    there = preflight.target(folder)
    if not journal.interrupted(there):
        return there, []
    if reading:
        raise Refused("a command was interrupted here: run `parity update --undo` first")
    names = journal.recover(there)
    return preflight.target(folder), names


def scaffold(target: Target, template: Template, choices: Choices) -> Scaffolded:
    """Write the harness, or update it where an answers file says that it was written before.

    Raises Refused with everything that stands in the way.
    """
    if target.answers is not None:
        return _update(target, template, choices)
    with rendered(target, template) as folder:
        steps = first(folder, target.root)
    blocked = [f"{one.path}: {one.why}" for one in steps if one.kind == "conflict"]
    if blocked:
        raise Refused(
            "these files are in the way, nothing was written; move or remove them, or run "
            "`parity adopt`, which keeps them and writes what is missing:",
            blocked,
        )
    return _write(target, template, steps, choices, [])


def _update(target: Target, template: Template, choices: Choices) -> Scaffolded:
    if left := update.unmerged(target):
        return Scaffolded(template, [Change(one, "conflict", "not merged yet") for one in left])
    chosen = sides(target, template, named=choices.named)
    if update.is_current(target, chosen):
        return _write(target, chosen.new, [], choices, [])
    steps = update.planned(target, chosen, delete_edited=choices.delete_edited)
    blocked = [f"{one.path}: {one.why}" for one in steps if _is_blocked(one)]
    if blocked:
        raise Refused("these files are in the way, nothing was written:", blocked)
    if not choices.dry_run:
        update.require_committed(target, steps)
    return _write(target, chosen.new, steps, choices, chosen.notes)


def _is_blocked(step: Step) -> bool:
    return step.kind == "conflict" and step.theirs is None


def _write(
    target: Target, template: Template, steps: list[Step], choices: Choices, notes: list[str]
) -> Scaffolded:
    if not choices.dry_run and not any(one.kind == "conflict" for one in steps):
        steps = _with_noxfile(target, steps, choices)
    ordered = sorted(steps, key=lambda one: (one.kind != "conflict", one.path))
    changes = [one.change for one in ordered]
    notes = [*notes, *_notes(target, template, changes)]
    done = Scaffolded(template, changes, diff(ordered) if choices.dry_run else "", notes)
    if steps and not choices.dry_run:
        choices.confirm(done)
        journal.apply(target, ordered)
    return done


def _with_noxfile(target: Target, steps: list[Step], choices: Choices) -> list[Step]:
    """The team's own noxfile is edited with everything else, so that one undo is enough."""
    loading = noxfile.loading(target.root)
    if loading is None or not choices.edit_noxfile():
        return steps
    return [*(one for one in steps if one.path != noxfile.NAME), loading]


def _notes(target: Target, template: Template, changes: list[Change]) -> list[str]:
    """What the user has to know beside the list of files."""
    notes = []
    added = [change.path for change in changes if change.kind == "added"]
    written = {one.path for one in changes if one.kind != "deleted"} | {target.answers_name}
    if hidden := ignored(target.root, sorted(written)):
        notes.append(f"git ignores {', '.join(hidden)}: add them with `git add --force`")
    if INI in added:
        root = target.root
        advice = [collecting(root), measuring(root), hooks(target.repository, target.folder)]
        notes += [one for one in advice if one]
        if twice := noxfile.same_names(target.root, SESSIONS):
            notes.append(
                f"noxfile.py has sessions of the same names: {', '.join(twice)}; rename them"
            )
    if template.of_this_machine:
        notes.append(
            f"the answers file records {template.place}, a path of this machine: others update "
            "with `parity update --template`, or name a git URL here"
        )
    if target.folder != "." and WORKFLOW in added:
        name = f"parity-pr-smoke-{target.root.name}.yml"
        notes.append(
            f"GitHub reads the workflows of the repository's root only: copy "
            f"{target.folder}/{WORKFLOW} to .github/workflows/{name}; it runs in the folder already"
        )
    return notes
