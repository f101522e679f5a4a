"""Comparison of expected values, written in parity.yaml, with what is stored or shown."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

MATCHERS = ("recent", "present", "matches", "differs", "instant")


def difference(expected: Any, actual: Any, window: tuple[dt.datetime, dt.datetime]) -> str | None:
    """Why `actual` is not what was expected, or None. `window`: start and end of the action."""
    if isinstance(expected, dict) and len(expected) == 1:
        kind, wanted = next(iter(expected.items()))
        if kind in MATCHERS:
            return _matcher(kind, wanted, actual, window)
    if isinstance(expected, dict):
        return _mapping(expected, actual, window)
    if isinstance(expected, list):
        return _list(expected, actual, window)
    if same(expected, actual):
        return None
    return f"is {plain(actual)!r}, expected {plain(expected)!r}"


def same(expected: Any, actual: Any) -> bool:
    """Equal values: numbers by value, instants as instants, anything else exactly."""
    if isinstance(expected, bool) or isinstance(actual, bool) or None in (expected, actual):
        return expected is actual
    if _is_number(expected) or _is_number(actual):
        return _number(expected) is not None and _number(expected) == _number(actual)
    if isinstance(actual, dt.datetime) or isinstance(expected, dt.datetime):
        return instant(expected) is not None and instant(expected) == instant(actual)
    if isinstance(actual, (dt.date, dt.time)):
        return str(expected) == actual.isoformat()
    if isinstance(actual, (bytes, memoryview)):
        return str(expected).encode() == bytes(actual)
    return bool(expected == actual) or (
        not isinstance(actual, (str, dict, list)) and str(expected) == str(actual)
    )


def same_kind(kind: str, expected: Any, actual: Any) -> bool:
    """Equal as values of a kind: two spellings of one instant, or of one number, are equal."""
    if kind == "instant":
        return instant(expected) is not None and instant(expected) == instant(actual)
    if kind == "decimal":
        return _number(expected) is not None and _number(expected) == _number(actual)
    return same(expected, actual)


def instant(value: object) -> dt.datetime | None:
    """The instant that a value stands for; a value without zone is read as UTC."""
    try:
        if isinstance(value, str):
            value = dt.datetime.fromisoformat(_iso(value.strip()))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return dt.datetime.fromtimestamp(value, dt.timezone.utc)
        if not isinstance(value, dt.datetime):
            return None
        if value.tzinfo is None:
            value = value.replace(tzinfo=dt.timezone.utc)
        return value.astimezone(dt.timezone.utc)
    except (ValueError, OverflowError, OSError):  # no such day, or a year beyond 9999
        return None


def _iso(text: str) -> str:
    """As Python 3.10 reads it: six digits of a fraction, and an offset with its minutes."""
    text = re.sub(r"[zZ]$", "+00:00", text)
    text = re.sub(r"\.(\d+)", lambda match: "." + match[1][:6].ljust(6, "0"), text)
    return re.sub(r"(:\d\d(?:\.\d+)?[+-]\d\d)(\d\d)?$", lambda m: f"{m[1]}:{m[2] or '00'}", text)


def plain(value: Any) -> Any:
    """A value as a reader would write it."""
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, (Decimal, UUID)) else value


def _matcher(
    kind: str, wanted: Any, actual: Any, window: tuple[dt.datetime, dt.datetime]
) -> str | None:
    problem: str | None = None
    if kind == "present":
        if (actual is not None) is not bool(wanted):
            problem = "is null" if actual is None else f"is {plain(actual)!r}, expected null"
    elif kind == "matches":
        if actual is None or re.search(wanted, str(plain(actual))) is None:
            problem = f"is {plain(actual)!r}, which does not match {wanted!r}"
    elif kind == "differs":
        if actual is None or same(wanted, actual):
            problem = f"is {plain(actual)!r}, expected anything but {wanted!r} and null"
    elif kind == "instant":
        if instant(actual) is None or instant(actual) != instant(wanted):
            problem = f"is {plain(actual)!r}, expected the instant {wanted}"
    elif kind == "recent":
        problem = _recent(wanted, actual, window)
    return problem


def _recent(wanted: Any, actual: Any, window: tuple[dt.datetime, dt.datetime]) -> str | None:
    margin = dt.timedelta(seconds=int(str(wanted).rstrip("s")))
    moment = instant(actual)
    if moment is None:
        return f"is {plain(actual)!r}, expected an instant"
    begin, end = window
    if begin - margin <= moment <= end + margin:
        return None
    away = (moment - end).total_seconds()
    side = "after" if away > 0 else "before"
    return f"is {plain(actual)}, {abs(away):.0f} s {side} the action at {end.isoformat()}"


def _mapping(
    expected: dict[str, Any], actual: Any, window: tuple[dt.datetime, dt.datetime]
) -> str | None:
    if isinstance(actual, str):
        try:
            actual = json.loads(actual)
        except ValueError:
            return f"is {actual!r}, expected {expected!r}"
    if not isinstance(actual, dict):
        return f"is {plain(actual)!r}, expected {expected!r}"
    for key, wanted in expected.items():
        if key not in actual:
            return f"has no {key!r}: {actual!r}"
        problem = difference(wanted, actual[key], window)
        if problem:
            return f"at {key!r} {problem}"
    return None


def _list(expected: list[Any], actual: Any, window: tuple[dt.datetime, dt.datetime]) -> str | None:
    if not isinstance(actual, list) or len(actual) != len(expected):
        return f"is {plain(actual)!r}, expected {expected!r}"
    for number, wanted in enumerate(expected):
        problem = difference(wanted, actual[number], window)
        if problem:
            return f"at {number} {problem}"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
