"""Where spec, files and template version differ from what the last rendering left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scaffolder.render.merge import plain
from scaffolder.render.preflight import Target, ignored
from scaffolder.render.preview import files, kept
from scaffolder.render.sources import Sides, last_rendering, recorded_answers
from scaffolder.render.update import present_spec

Drift = Literal["spec", "version", "edited", "deleted", "conflict", "ignored"]
MARKERS = (b"<<<<<<< ", b">>>>>>> ")
DEPTH = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: its kind, the file, key or version that it is about, and what is the matter.

    `conflict` is a file with conflict markers, `ignored` one that git keeps from the team.
    """

    kind: Drift
    what: str
    why: str


def find(target: Target, sides: Sides) -> list[Finding]:
    """Everything at once, nothing is written. Raises Refused without an answers file."""
    return [*_spec(target), *_version(sides), *_files(target, sides)]


def _spec(target: Target) -> list[Finding]:
    recorded = recorded_answers(target).spec
    changed = _differing(recorded, present_spec(target))
    return [Finding("spec", key, "edited in parity.yaml, not in the harness") for key in changed]


def _differing(one: Any, other: Any, path: str = "", depth: int = 0) -> list[str]:
    """The keys under which two documents differ; entries of lists by their id."""
    if one == other:
        return []
    before, after = _members(one), _members(other)
    if before is None or after is None or depth == DEPTH:
        return [path or "."]
    keys = [*before, *(key for key in after if key not in before)]
    found = []
    for key in keys:
        below = f"{path}.{key}" if path else str(key)
        if key not in before or key not in after:
            found.append(below)
        else:
            found += _differing(before[key], after[key], below, depth + 1)
    return found or [path or "."]  # the same entries in another order


def _members(value: Any) -> dict[str, Any] | None:
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, list) and all(isinstance(one, dict) and "id" in one for one in value):
        return {str(one["id"]): one for one in value}
    return None


def _version(sides: Sides) -> list[Finding]:
    old, new = sides.old, sides.new
    if new.ref is None or old.ref == new.ref:
        return []
    return [Finding("version", str(new.ref), f"newer than {old.ref}, which made the harness")]


def _files(target: Target, sides: Sides) -> Iterator[Finding]:
    with last_rendering(target, sides.old) as folder:
        names = [name for name in files(folder) if not kept(name)]
        for name in names:
            yield from _file(name, folder / name, target.root / name, target.answers_name)
    for name in ignored(target.root, names):
        yield Finding("ignored", name, "git ignores it: add it with `git add --force`")


def _file(name: str, generated: Path, present: Path, answers_name: str) -> Iterator[Finding]:
    if not present.is_file():
        yield Finding("deleted", name, "generated, and deleted since")
        return
    content = present.read_bytes()
    if all(any(line.startswith(one) for line in content.splitlines()) for one in MARKERS):
        yield Finding("conflict", name, "an update left conflict markers in it")
    elif name != answers_name and plain(content) != generated.read_bytes():
        yield Finding("edited", name, "edited by hand; updates keep that")
