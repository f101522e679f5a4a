"""What of a red run may be accepted, and the entries of `accepted` that say so; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from scaffolder.spec.findings import Accepted

AREA = "area"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Red:
    """A failure that has a name, so that parity.yaml can accept it; `text`: its first line."""

    check: str
    case: str
    text: str


@dataclass(frozen=True, slots=True)
class Stays:
    """Something red that cannot be accepted, and why."""

    check: str
    why: str


@dataclass(frozen=True, slots=True)
class Offer:
    """All that is red in a run and not accepted in the spec already."""

    red: tuple[Red, ...]
    stays: tuple[Stays, ...]


class NoSuchCase(ValueError):
    """Somebody names what is not red, or cannot be accepted; the text says what is."""


def offer(results: Mapping[str, Any], accepted: Sequence[Accepted], today: date) -> Offer:
    """What a results.json of the harness has to accept."""
    cases: Mapping[str, Mapping[str, str]] = results["cases"]
    valid = [entry for entry in accepted if entry.until is None or entry.until >= str(today)]
    red = [
        Red(check, case, _plain(check, text))
        for check, found in cases.items()
        for case, text in found.items()
        if not any(_covers(entry.check, entry.case, check, case) for entry in valid)
    ]
    return Offer(tuple(red), tuple(_stays(results, cases)))


def chosen(offered: Offer, asked: Sequence[str]) -> dict[Red, list[Red]]:
    """What `CHECK` and `CHECK:CASE` name: the case of each new entry -> the failures it covers.

    A `*` in CASE is any text, and makes one entry. Without names it is everything. Raises
    NoSuchCase.
    """
    found: dict[Red, list[Red]] = {}
    for name in asked:
        check, _, case = name.partition(":")
        members = [r for r in offered.red if _covers(check, case or None, r.check, r.case)]
        if not members:
            raise NoSuchCase(_not_red(offered, check, case))
        if "*" in case:
            found[Red(check, case, f"{len(members)} failures")] = members
        else:
            found.update({one: [one] for one in members})
    return found if asked else {one: [one] for one in offered.red}


def entry(red: Red, *, reason: str, owner: str | None, until: date | str | None) -> dict[str, Any]:
    """The entry of `accepted` with which the next run accepts exactly this failure."""
    case = CONTROL.sub("*", red.case)
    written: dict[str, Any] = {"check": red.check, "case": case, "reason": reason}
    if owner:
        written["owner"] = owner
    if until:
        written["until"] = str(until)
    return written


def first_line(text: str) -> str:
    """The line that names the cause."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _covers(check: str, pattern: str | None, name: str, case: str) -> bool:
    """As the harness reads an entry: `*` is any text, and without a case it is the whole check."""
    if check != name:
        return False
    if pattern is None:
        return True
    wanted = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(wanted, case, re.DOTALL) is not None


def _stays(results: Mapping[str, Any], cases: Mapping[str, Mapping[str, str]]) -> list[Stays]:
    found = []
    for check in results["checks"]:
        name = check["check"]
        found += [Stays(name, first_line(text)) for text in check["blocked"]]
        known = {_plain(name, text) for text in cases.get(name, {}).values()}
        rest = [text for text in check["failures"] if _plain(name, text) not in known]
        found += [Stays(name, first_line(text)) for text in rest]
    areas = [f"not covered: {area}: " for area in cases.get(AREA, {})]
    for text in results["failures"]:
        if not text.startswith(tuple(areas) or ("\0",)):
            found.append(Stays("", first_line(text)))
    return found


def _plain(check: str, text: str) -> str:
    """The first line without the name of its check, which not every text of a case has."""
    return first_line(text).removeprefix(f"{check}: ")


def _not_red(offered: Offer, check: str, case: str) -> str:
    blocked = [stays.why for stays in offered.stays if stays.check == check]
    if blocked and not any(red.check == check for red in offered.red):
        return f"{check} cannot be accepted: {blocked[0]}"
    names = [f"{red.check}:{red.case}" for red in offered.red if red.check == check or not case]
    known = names or [f"{red.check}:{red.case}" for red in offered.red]
    listed = "".join(f"\n  {name}" for name in known) or " nothing"
    return f"{check}{f':{case}' if case else ''} is not red in the last run; red there:{listed}"
