"""Whether a fault of the process was met, and whether it altered anything: by notes alone, pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scaffolder.prove.driver.notes import Asked

MANY = 3  # places that are named
EXACT = ("package", "variable")
"""What is asked for without a fault as well: a fault that nobody asks for need not be tried."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Counts of what was asked for and of what was answered otherwise; and the words for it."""

    reached: int
    infected: int
    why: str
    active: bool = True


def relevant(
    fault: Mapping[str, Any], narrow: str, names: Sequence[str], notes: Sequence[Asked]
) -> list[Asked]:
    """Notes of what the fault alters. `names`: the import names of a package."""
    kind = fault["asked"]
    if kind == "package":
        return [note for note in notes if note.kind == kind and note.what in names]
    if kind == "variable":
        return [note for note in notes if note.kind in (kind, "copied") and note.what == narrow]
    if kind == "home":
        return [n for n in notes if n.kind == kind or (n.kind, n.what) == ("variable", "HOME")]
    return [note for note in notes if note.kind == kind]


def reading(
    fault: Mapping[str, Any],
    narrow: str,
    names: Sequence[str],
    notes: Sequence[Asked],
    before: Sequence[Asked],
) -> Reading:
    """Of a run with the fault; `before`: notes of the run without any."""
    met = relevant(fault, narrow, names, notes)
    kind = fault["asked"]
    if problem := not_in_force(fault, notes):
        return Reading(len(met), 0, problem, active=False)
    if kind == "clock":
        return _clock(met, before)
    if kind == "assert":
        return _asserts(relevant(fault, narrow, names, before))
    if kind == "variable":
        met += [note for note in before if note.kind == "copied" and note.what == narrow]
    altered = [note for note in met if note.altered or note.kind == "copied"]
    texts = {
        "package": (f"{narrow} was asked for and not there", f"{narrow} is never asked for"),
        "variable": (
            f"{narrow} was asked for and not there",
            f"no process of the application asks for {narrow}",
        ),
        "text": (
            "text was not ASCII where the locale's encoding was asked for",
            "no text file is opened in the locale's encoding",
        ),
        "home": ("a file was to be written below HOME", "nothing looks for HOME"),
        "temporary": ("a temporary folder was asked for", "nothing asks for a temporary folder"),
    }
    happened, never = texts[kind]
    if altered:
        return Reading(len(met), len(altered), f"{happened}: {places(altered)}")
    return Reading(len(met), 0, _same(kind, met) if met else never)


def _same(kind: str, met: Sequence[Asked]) -> str:
    """The proof that nothing was altered."""
    if kind == "variable":
        given = [note for note in met if note.value is not None]
        if len(given) < len(met):
            return f"something else sets it: {places(met)}"
        return f"the default is production's value, {given[0].value!r}: {places(met)}"
    if kind == "text":
        return f"all text that is read so is ASCII: {places(met)}"
    if refused := [note for note in met if note.kind == "home" and note.value]:
        return f"only a library was refused by itself, and all works without: {places(refused)}"
    return f"only read, and nothing is there in production either: {places(met)}"


def _clock(met: Sequence[Asked], before: Sequence[Asked]) -> Reading:
    usual = {note.value["offset"] for note in before if note.kind == "loaded"}
    altered = [note for note in met if note.value not in usual]
    if altered:
        what = sorted({note.what for note in altered})
        return Reading(len(met), len(altered), f"{', '.join(what)} in {places(altered)}")
    if met:
        hours = met[0].value / 3600
        text = f"the application sets its zone itself: UTC{hours:+g} h in {places(met)}"
        return Reading(0, 0, text)
    return Reading(0, 0, "the application's code never asks for local time")


def _asserts(met: Sequence[Asked]) -> Reading:
    failed = [note for note in met if note.altered]
    if failed:
        return Reading(len(met), len(failed), f"an assert refuses something: {places(failed)}")
    text = f"all {len(met)} asserts that ran held: {places(met)}"
    return Reading(len(met), 0, text if met else "the application's code runs no assert")


def not_in_force(fault: Mapping[str, Any], notes: Sequence[Asked]) -> str:
    """Why it can't have altered anything, by what the processes say of themselves."""
    states = [note.value for note in notes if note.kind == "loaded"]
    if not states:
        return "no Python process of the application could be watched"
    if late := [note.what for note in notes if note.kind == "late"]:
        return f"{late[0]} is imported before it can be hidden"
    wanted = fault.get("state", {})
    if any(all(state.get(name) == value for name, value in wanted.items()) for state in states):
        return ""
    shown = {name: states[0].get(name) for name in wanted}
    return f"the processes say {shown}" if wanted else ""


def places(notes: Sequence[Asked]) -> str:
    """`shop/orders.py:12, shop/users.py:3 and 2 more`"""
    found = list(dict.fromkeys(note.where or note.what for note in notes))
    more = f" and {len(found) - MANY} more" if len(found) > MANY else ""
    return ", ".join(found[:MANY]) + more
