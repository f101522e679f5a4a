"""Beside an instrumented harness: which places fired, and the one that is switched off."""

from __future__ import annotations

from typing import TypeVar

Value = TypeVar("Value")

FIRED: dict[str, None] = {}
"""Places that complained since `begin`, in this order."""
OFF: list[str] = []


def begin(off: str = "") -> None:
    """From here on; `off`: the place that says nothing any more."""
    FIRED.clear()
    OFF[:] = [off] if off else []


def fires(place: str) -> bool:
    """A place is about to complain; False where it is switched off."""
    if place in OFF:
        return False
    FIRED[place] = None
    return True


def is_off(place: str) -> bool:
    """Whether a call that may complain is left out."""
    return place in OFF


def problem(place: str, found: Value | None) -> Value | None:
    """What a comparison found, if it found anything."""
    return found if found and fires(place) else None


def agrees(place: str, same: bool) -> bool:
    """A comparison that says True where all is well."""
    return bool(same) or not fires(place)
