"""Expected values of parity.yaml against what is stored or shown."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from support.journeys.compare import difference, instant, same_kind

UTC = dt.timezone.utc
START = dt.datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
WINDOW = (START, START + dt.timedelta(seconds=2))
KEY = uuid.UUID("0b7d5a3e-0000-4000-8000-000000000001")


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (2, Decimal("2.00")),
        ("12.50", Decimal("12.5")),
        (True, True),
        (None, None),
        ("2028-02-29", dt.date(2028, 2, 29)),
        ("2027-03-28T03:30:00+02:00", START),
        (str(KEY), KEY),
        ("abc", b"abc"),
        ([1, {"a": 2}], [1, {"a": 2, "more": 3}]),
        ({"a": 1}, '{"a": 1, "b": 2}'),
        ({"present": True}, 0),
        ({"present": False}, None),
        ({"matches": "^[0-9a-f-]{36}$"}, KEY),
        ({"matches": r"^\d+$"}, 42),
        ({"differs": "secret"}, "hash"),
        ({"instant": "2027-03-28T01:30:00Z"}, "2027-03-28T03:30:00+02:00"),
        ({"recent": "5s"}, START - dt.timedelta(seconds=4)),
        ({"recent": "5s"}, START.replace(tzinfo=None)),
    ],
)
def test_equal(expected: Any, actual: Any) -> None:
    assert difference(expected, actual, WINDOW) is None


@pytest.mark.parametrize(
    ("expected", "actual", "text"),
    [
        (2, 3, "is 3, expected 2"),
        (1, True, "is True, expected 1"),
        (True, 1, "is 1, expected True"),
        ("None", None, "is None, expected 'None'"),
        (None, "", "is '', expected None"),
        ("a", "A", "is 'A', expected 'a'"),
        ("a ", "a", "is 'a', expected 'a '"),
        ([], [1], "is [1], expected []"),
        ([1, 2], [2, 1], "at 0 is 2, expected 1"),
        ({"a": 1}, {"b": 1}, "has no 'a': {'b': 1}"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "at 'a' at 'b' is 2, expected 1"),
        ({"a": 1}, "no json", "is 'no json', expected {'a': 1}"),
        ({"present": True}, None, "is null"),
        ({"present": False}, "x", "is 'x', expected null"),
        ({"matches": "^a"}, None, "is None, which does not match '^a'"),
        ({"differs": "secret"}, "secret", "expected anything but 'secret' and null"),
        ({"differs": "secret"}, None, "expected anything but 'secret' and null"),
        ({"instant": "2027-03-28T01:30:00Z"}, "2027-03-28T01:30:00.1Z", "expected the instant"),
        ({"recent": "5s"}, START + dt.timedelta(hours=2), "7198 s after the action"),
        ({"recent": "5s"}, None, "is None, expected an instant"),
        ({"recent": "5s"}, 1_800_000_000_000, "expected an instant"),
    ],
)
def test_different(expected: Any, actual: Any, text: str) -> None:
    problem = difference(expected, actual, WINDOW)

    assert problem is not None and text in problem


@pytest.mark.parametrize(
    "text",
    [
        "2027-03-28T01:30:00.12Z",
        "2027-03-28 01:30:00.12+00",
        "2027-03-28T03:30:00.120000000+0200",
        "2027-03-28T03:30:00.12+02:00",
        "2027-03-28T01:30:00.12",
    ],
)
def test_every_spelling_of_an_instant_is_read_on_every_python(text: str) -> None:
    assert instant(text) == START.replace(microsecond=120_000)


@pytest.mark.parametrize("value", ["soon", "2027-13-01T00:00:00Z", True, None, 1e20, "", "2027"])
def test_what_is_no_instant_is_none(value: object) -> None:
    assert instant(value) is None


def test_kinds_compare_by_value() -> None:
    assert same_kind("decimal", "0.10", "0.1")
    assert not same_kind("decimal", "0.10", None)
    assert same_kind("instant", "2027-03-28T01:30:00Z", START)
    assert not same_kind("instant", "never", "never")
    assert not same_kind("text", "0", "0.0")
