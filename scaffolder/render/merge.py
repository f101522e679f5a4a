"""What an update does to each file: the rendering before, the one after, and the team's own edits.

Copier renders, git merges, and nothing is written here. The result is that of `copier update`, but
for two things: a file that the team edited is not deleted unasked, and line ends don't matter.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scaffolder.render.git import GitError, merge
from scaffolder.render.preflight import in_the_way
from scaffolder.render.preview import Change, Kind, files, kept

LABELS = ("yours", "after updating")
REJECTED = ".parity-new"


@dataclass(frozen=True, slots=True)
class Step:
    """One file: its bytes `before` and `after` (None: there is none).

    A conflict has its other sides, too: `base` is the last rendering, `theirs` the new one.
    """

    path: str
    kind: Kind
    before: bytes | None = None
    after: bytes | None = None
    why: str = ""
    base: bytes | None = None
    theirs: bytes | None = None

    @property
    def change(self) -> Change:
        """What is printed of it."""
        return Change(self.path, self.kind, self.why)

    @property
    def writes(self) -> bool:
        """Whether the file in the repository becomes another one."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Rules:
    """`answers`: name of the file that is never merged; `delete_edited`: dropped files go."""

    answers: str
    delete_edited: bool = False


def first(new: Path, root: Path) -> list[Step]:
    """The steps of a first rendering: what is there already is kept, or in the way."""
    return [_first(new, root, name) for name in files(new)]


def _first(new: Path, root: Path, name: str) -> Step:
    if (blocked := in_the_way(root, name)) is not None:
        return Step(name, "conflict", why=blocked)
    ours, theirs = _read(root / name), (new / name).read_bytes()
    if ours is None:
        return Step(name, "added", None, theirs)
    if plain(ours) == theirs:
        return Step(name, "unchanged", ours, ours)
    if kept(name):
        return Step(name, "kept", ours, ours, "yours")
    return Step(name, "conflict", ours, ours, "not written by parity")


def steps(old: Path, new: Path, root: Path, rules: Rules) -> list[Step]:
    """The steps of an update from one rendering to another, in the order of the paths."""
    names = sorted({*files(old), *files(new)})
    found = [_step(old, new, root, name, rules) for name in names]
    return [one for one in found if one.kind != "unchanged"]


def _step(old: Path, new: Path, root: Path, name: str, rules: Rules) -> Step:
    if (blocked := in_the_way(root, name)) is not None:
        return Step(name, "conflict", why=blocked)
    base, ours, theirs = (_read(side / name) for side in (old, root, new))
    if name == rules.answers:
        return Step(name, _kind(ours, theirs), ours, theirs)
    if kept(name):
        wanted = theirs if ours is None and base is None else ours
        return Step(name, _kind(ours, wanted), ours, wanted)
    if ours is None:  # what the team deleted stays deleted
        wanted = theirs if base is None else None
        return Step(name, _kind(ours, wanted), None, wanted)
    same = plain(ours)
    if theirs is None:
        return _dropped(name, ours, edited=same != base, rules=rules)
    if theirs in (same, base):
        return Step(name, "unchanged", ours, ours)
    if same == base:
        return Step(name, "changed", ours, _like(ours, theirs))
    return _merged(name, base, ours, theirs)


def _dropped(name: str, ours: bytes, *, edited: bool, rules: Rules) -> Step:
    if edited and not rules.delete_edited:
        return Step(name, "kept", ours, ours, "you edited it; parity.yaml no longer asks for it")
    return Step(name, "deleted", ours, None, "with what you edited" if edited else "")


def _merged(name: str, base: bytes | None, ours: bytes, theirs: bytes) -> Step:
    try:
        text, conflict = merge(plain(ours), base or b"", theirs, LABELS)
    except GitError:
        return Step(name, "conflict", ours, ours, f"no text: see {name}{REJECTED}", base, theirs)
    text = _like(ours, text)
    if conflict:
        return Step(name, "conflict", ours, text, "conflict markers", base, theirs)
    return Step(name, _kind(ours, text), ours, text)


def _kind(before: bytes | None, after: bytes | None) -> Kind:
    if before == after:
        return "unchanged"
    if before is None:
        return "added"
    return "deleted" if after is None else "changed"


def both(name: str, ours: bytes, theirs: bytes) -> Step:
    """A file that both wrote, and that has no common past."""
    return _merged(name, None, ours, theirs)


def diff(steps: Sequence[Step]) -> str:
    """What the steps change, as a unified diff."""
    return "".join(line for one in steps if one.writes for line in _diff(one))


def _diff(step: Step) -> Iterator[str]:
    before, after = (
        (content or b"").decode("utf-8", errors="surrogateescape").splitlines(keepends=True)
        for content in (step.before, step.after)
    )
    one = "/dev/null" if step.before is None else f"a/{step.path}"
    two = "/dev/null" if step.after is None else f"b/{step.path}"
    for line in difflib.unified_diff(before, after, one, two):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def plain(content: bytes) -> bytes:
    """A file with Windows line ends throughout, as it is rendered; any other as it is."""
    return content.replace(b"\r\n", b"\n") if _windows(content) else content


def _like(ours: bytes, text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n") if _windows(ours) else text


def _windows(content: bytes) -> bool:
    ends = content.count(b"\r\n")
    return ends > 0 and ends == content.count(b"\n") == content.count(b"\r")


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
