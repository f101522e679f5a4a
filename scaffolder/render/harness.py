"""The harness in the repository: written once, updated from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from scaffolder.render import update as updating
from scaffolder.render.neighbours import collecting
from scaffolder.render.preflight import Refused, Target, ignored, require_clean
from scaffolder.render.preview import Change, compare, diff, rendered
from scaffolder.render.template import Template
from scaffolder.render.write import write

INI = "tests/parity/pytest.ini"
WORKFLOW = ".github/workflows/parity-pr-smoke.yml"


@dataclass(frozen=True, slots=True)
class Scaffolded:
    """What was done, or (`diff`, after a dry run) would be done."""

    template: Template
    changes: list[Change]
    diff: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def conflicts(self) -> list[str]:
        """Files that a person has to merge."""
        return [change.path for change in self.changes if change.kind == "conflict"]


def scaffold(
    target: Target,
    template: Template,
    *,
    named: bool = False,
    dry_run: bool = False,
    confirm: Callable[[list[str]], None],
) -> Scaffolded:
    """Write the harness, or update it where an answers file says that it was written before.

    `named`: the user chose the template. `confirm` is called with edited files that an update would
    delete, and raises to stop. Raises Refused with everything that stands in the way.
    """
    if target.answers is None:
        return _first(target, template, dry_run)
    source = updating.source(target, template, named)
    if updating.is_current(target, source):
        return Scaffolded(source, [])
    if dry_run:
        done = updating.preview(target, source)
    else:
        require_clean(target)
        if lost := updating.lost_edits(target, source):
            confirm(lost)
        done = updating.update(target, source)
    return Scaffolded(source, done.changes, done.diff, _notes(target, done.changes))


def _first(target: Target, template: Template, dry_run: bool) -> Scaffolded:
    with rendered(target, template) as folder:
        changes = compare(folder, target.root)
        blocked = [f"{one.path}: {one.why}" for one in changes if one.kind == "conflict"]
        if blocked:
            raise Refused(
                "these files are in the way, nothing was written; move or remove them:", blocked
            )
        done = Scaffolded(template, changes, notes=_notes(target, changes))
        if dry_run:
            return replace(done, diff=diff(folder, changes))
        write(folder, target.root, changes)
        return done


def _notes(target: Target, changes: list[Change]) -> list[str]:
    """What the user has to know beside the list of files."""
    notes = []
    added = [change.path for change in changes if change.kind == "added"]
    if hidden := ignored(target.root, added):
        notes.append(f"git ignores {', '.join(hidden)}: add them with `git add --force`")
    if INI in added and (advice := collecting(target.root)):
        notes.append(advice)
    if target.folder != "." and WORKFLOW in added:
        name = f"parity-pr-smoke-{target.root.name}.yml"
        notes.append(
            f"GitHub reads the workflows of the repository's root only: copy "
            f"{target.folder}/{WORKFLOW} to .github/workflows/{name}; it runs in the folder already"
        )
    return notes
