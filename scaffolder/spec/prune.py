"""Take what is broken out of a spec, so that the rest can still be checked.

Every problem is reported at once: an unknown tier in one entry must not hide a missing gap in
another. So entries that the model refuses are left out (or, where they are required, replaced by
something harmless) before the rules between entries run.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scaffolder.spec.model import Spec
from scaffolder.spec.problems import Finding, Path

_LISTS = (
    "gaps",
    "failure_modes",
    "logins",
    "journeys",
    "refusals",
    "checks",
    "accepted",
    "incidents",
)
_ENTRY = re.compile(rf"\b({'|'.join(_LISTS)})\[([0-9]+)\]")
_HARMLESS: dict[Path, Any] = {
    ("parity",): 1,
    ("app",): {"name": "app", "packages": ["app"], "install": {"lock": "uv.lock"}},
    ("app", "name"): "app",
    ("app", "packages"): ["app"],
    ("app", "install"): {"lock": "uv.lock"},
    ("production",): {
        "python": "3.12",
        "database": {
            "engine": "postgres",
            "version": "16",
            "env": {"URL": "{user}{password}{host}{port}{name}"},
        },
    },
    ("production", "python"): "3.12",
    ("production", "database"): {
        "engine": "postgres",
        "version": "16",
        "env": {"URL": "{user}{password}{host}{port}{name}"},
    },
}


@dataclass(frozen=True, slots=True)
class Pruned:
    """A valid spec, and where the entries that are left stood in the file."""

    spec: Spec
    kept: dict[str, list[int]]

    def original(self, finding: Finding) -> Finding:
        """The finding with the indexes of the file."""
        path = finding.path
        if len(path) > 1 and path[0] in self.kept and isinstance(path[1], int):
            path = (path[0], self.kept[str(path[0])][path[1]], *path[2:])
        return replace(finding, path=path, text=_ENTRY.sub(self._renumber, finding.text))

    def _renumber(self, entry: re.Match[str]) -> str:
        section, index = entry[1], int(entry[2])
        kept = self.kept.get(section, [])
        return f"{section}[{kept[index] if index < len(kept) else index}]"


def prune(data: dict[str, Any], errors: list[ErrorDetails]) -> Pruned | None:
    """What is left without the entries that the errors name; None when that is not enough."""
    left = copy.deepcopy(data)
    dropped: dict[str, set[int]] = {name: set() for name in _LISTS}
    for error in errors:
        _repair(left, tuple(error["loc"]), error["type"], dropped)
    kept: dict[str, list[int]] = {}
    for name in _LISTS:
        entries = left.get(name)
        if isinstance(entries, list):
            kept[name] = [i for i in range(len(entries)) if i not in dropped[name]]
            left[name] = [entries[i] for i in kept[name]]
    try:
        return Pruned(Spec.model_validate(left), kept)
    except ValidationError:
        return None


def _repair(data: dict[str, Any], location: Path, kind: str, dropped: dict[str, set[int]]) -> None:
    if kind == "extra_forbidden":
        parent = _follow(data, location[:-1])
        if isinstance(parent, dict):
            parent.pop(location[-1], None)
        return
    section = str(location[0])
    if section in _LISTS and len(location) > 1 and isinstance(location[1], int):
        dropped[section].add(location[1])
        return
    for length in (2, 1):
        cut = location[:length]
        if len(cut) < length:
            continue
        if cut in _HARMLESS:
            _put(data, cut, copy.deepcopy(_HARMLESS[cut]))
        elif isinstance(parent := _follow(data, cut[:-1]), dict):
            parent.pop(cut[-1], None)
        else:
            continue
        return


def _put(data: dict[str, Any], path: Path, value: Any) -> None:
    parent = _follow(data, path[:-1])
    if isinstance(parent, dict):
        parent[path[-1]] = value


def _follow(data: Any, path: Path) -> Any:
    """The value at a validator's location, whose own parts (tags of unions) are passed over."""
    for part in path:
        if isinstance(data, list):
            data = dict(enumerate(data))
        if isinstance(data, dict) and part in data:
            data = data[part]
    return data
