"""What a second reading of the repository says about the spec that stands there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

DRAFTED = ("app", "production")
"""Sections whose values are compared one by one."""
ENTRIES = ("gaps", "logins", "journeys", "refusals")
"""Sections whose entries are compared by id; modes and checks follow from the gaps."""
_DECIDED = {("app", "name"), ("app", "start_differs")}
"""Values that are a matter of taste, or follow from another one."""
_OBSERVED = {("app", "prepare"), ("app", "health"), ("production", "environment")}
"""What an observation may have added: that it does not stand in the repository says nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """new: found now, and not in the spec; gone: in the spec, and not found (any more); changed."""

    kind: Literal["new", "gone", "changed"]
    place: str
    spec: Any
    found: Any


def differences(spec: dict[str, Any], drafted: dict[str, Any]) -> list[Difference]:
    """What is new, gone or other in a fresh draft than in the spec; both as YAML data."""
    found: list[Difference] = []
    for section in DRAFTED:
        found += _values((section,), spec.get(section) or {}, drafted.get(section) or {})
    for section in ENTRIES:
        found += _entries(section, spec.get(section) or [], drafted.get(section) or [])
    return found


def _values(path: tuple[str, ...], spec: Any, drafted: Any) -> Iterator[Difference]:
    place = ".".join(path)
    if path in _DECIDED or spec == drafted:
        return
    if isinstance(spec, dict) and isinstance(drafted, dict):
        for key in dict.fromkeys((*spec, *drafted)):
            if key in spec and key in drafted:
                yield from _values((*path, str(key)), spec[key], drafted[key])
            elif key in drafted:
                yield Difference("new", f"{place}.{key}", None, drafted[key])
            elif not {(*path, key), path} & (_DECIDED | _OBSERVED):
                yield Difference("gone", f"{place}.{key}", spec[key], None)
    elif not (path in _OBSERVED and isinstance(spec, list) and set(drafted) <= set(spec)):
        yield Difference("changed", place, spec, drafted)


def _entries(section: str, spec: list[Any], drafted: list[Any]) -> Iterator[Difference]:
    own = {entry["id"]: entry for entry in spec if isinstance(entry, dict) and "id" in entry}
    new = {entry["id"]: entry for entry in drafted}
    for name, entry in new.items():
        if name not in own:
            yield Difference("new", f"{section}.{name}", None, entry)
    if section == "gaps":
        for name, entry in own.items():
            if name not in new:
                yield Difference("gone", f"{section}.{name}", entry, None)
