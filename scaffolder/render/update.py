"""Copier's three-way update: new spec and new blueprints come in, what the team edited stays."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from packaging.version import InvalidVersion, Version

from scaffolder.render.git import git
from scaffolder.render.preflight import SPEC, Answers, Refused, Target, require_clean
from scaffolder.render.preview import Change, Kind, files, rendered, run_copier
from scaffolder.render.template import Template, TemplateUnavailable, versions


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update did, or would do: `diff` is filled by a dry run only."""

    changes: list[Change]
    diff: str = ""

    @property
    def conflicts(self) -> list[str]:
        """Files that hold conflict markers or whose rejected parts lie beside them."""
        return [change.path for change in self.changes if change.kind == "conflict"]


def source(target: Target, current: Template, named: bool) -> Template:
    """The template to update from: the recorded place, which Copier reads the old side from, too.

    Raises Refused and TemplateUnavailable.
    """
    recorded = _recorded(target)
    if recorded.place != current.place:
        if named:
            raise Refused(
                f"{target.answers_name} records the template {recorded.place}; it can't come "
                f"from {current.place}. To move, edit `_src_path` there, commit, and update "
                "without --template"
            )
        current = Template(recorded.place, None)
    if not current.ours:
        return current
    if not Path(current.place).expanduser().is_file():
        raise TemplateUnavailable(
            f"the harness was made from {current.place}, which is not on this machine; "
            "run the parity that made it, once, or edit `_src_path` in the answers file"
        )
    held = versions(current.place)
    if recorded.ref not in held:
        raise TemplateUnavailable(
            f"the harness was made from version {recorded.ref}, which {current.place} on this "
            f"machine does not hold (its newest is {held[-1]}): run the parity that made it, "
            "or a newer one"
        )
    ref = current.ref or held[-1]
    if _older(ref, recorded.ref):
        raise Refused(
            f"the harness was made from version {recorded.ref}, this is {ref}: "
            "upgrade parity-scaffolder"
        )
    return replace(current, ref=ref)


def _older(one: str, other: str) -> bool:
    try:
        return Version(one) < Version(other)
    except InvalidVersion:
        return False


def _recorded(target: Target) -> Answers:
    if target.answers is None:
        raise Refused(f"no answers file in {target.root}: nothing to update")
    return target.answers


def is_current(target: Target, template: Template) -> bool:
    """Whether the harness was made from this very spec, version and place: nothing to update."""
    recorded = _recorded(target)
    with target.spec_file.open(encoding="utf-8") as spec_file:
        spec = yaml.safe_load(spec_file)
    return (
        recorded.ref == template.ref
        and recorded.spec == spec
        and recorded.data.get("folder") == target.folder
    )


def lost_edits(target: Target, template: Template) -> list[str]:
    """Files of dropped checks and journeys, which the update deletes, that the team edited."""
    recorded = _recorded(target)
    known = {name: value for name, value in recorded.data.items() if not name.startswith("_")}
    before = Template(recorded.place, recorded.ref)
    with rendered(target, before, known) as old, rendered(target, template) as new:
        dropped = sorted(set(files(old)) - set(files(new)))
        return [name for name in dropped if _edited(old / name, target.root / name)]


def _edited(generated: Path, present: Path) -> bool:
    return present.is_file() and present.read_bytes() != generated.read_bytes()


def update(target: Target, template: Template) -> Updated:
    """Update in place. Raises Refused on an unclean tree; a failure leaves the tree as it was."""
    require_clean(target)
    complete = False
    try:
        run_copier("update", target.root, target.answers_name, template, {"folder": target.folder})
        complete = True
    finally:
        if not complete:
            _restore(target.root)
    return Updated(_changes(target.root))


def preview(target: Target, template: Template) -> Updated:
    """The same in a temporary clone, with the work tree's parity.yaml, committed or not."""
    with tempfile.TemporaryDirectory(prefix="parity-preview-") as name:
        clone = Path(name) / target.repository.name
        git("clone", "--quiet", "--shared", str(target.repository), str(clone), cwd=Path(name))
        root = clone / target.folder
        shutil.copyfile(target.spec_file, root / SPEC)
        if git("status", "--porcelain", "--", SPEC, cwd=root):
            git("add", "--", SPEC, cwd=root)
            git(*_AUTHOR, "commit", "--quiet", "--no-verify", "-m", SPEC, "--", SPEC, cwd=root)
        there = replace(target, root=root.resolve(), repository=clone.resolve())
        done = update(there, template)
        git("add", "--all", "--", ".", cwd=root)
        return replace(
            done, diff=git("diff", "--cached", "--no-color", "HEAD", "--", ".", cwd=root)
        )


_AUTHOR = (
    *("-c", "user.name=parity", "-c", "user.email=parity@localhost"),
    *("-c", "commit.gpgSign=false"),
)


def _restore(root: Path) -> None:
    """Back to the last commit: the tree was clean, so what differs came from the update."""
    git("restore", "--source=HEAD", "--staged", "--worktree", "--", ".", cwd=root)
    git("clean", "--quiet", "--force", "-d", "--", ".", cwd=root)


def _changes(root: Path) -> list[Change]:
    """What differs from the last commit now, conflicts first."""
    listed = git("status", "--porcelain", "-z", "--untracked-files=all", "--", ".", cwd=root)
    prefix = git("rev-parse", "--show-prefix", cwd=root).rstrip("\n")
    found: dict[str, Change] = {}
    for entry in (entry for entry in listed.split("\0") if len(entry) > 3):
        state, path = entry[:2], entry[3:].removeprefix(prefix)
        if path.endswith(".rej"):
            path = path.removesuffix(".rej")
            found[path] = Change(path, "conflict", "rejected parts beside it")
        elif path not in found:
            kind = _kind(state)
            found[path] = Change(path, kind, "conflict markers" if kind == "conflict" else "")
    return sorted(found.values(), key=lambda change: (change.kind != "conflict", change.path))


def _kind(state: str) -> Kind:
    if "U" in state or state in ("AA", "DD"):
        return "conflict"
    if state == "??" or "A" in state:
        return "added"
    return "deleted" if "D" in state else "changed"
