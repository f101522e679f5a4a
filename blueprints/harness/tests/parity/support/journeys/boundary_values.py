"""Values that a sound application takes as they are, and values that it must withstand."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from support.journeys.journey import Field

# What an application may refuse, but neither alter nor lose.
ACCEPTED: dict[str, list[Any]] = {
    "text": ["Zo\u00eb \U0001f642", "O'Brien -- %s {x} \\n", "one\ntwo", "\u0130\u00df\u0141", "0"],
    "integer": [0, 1, 2, 7, 32_767],
    "decimal": ["0.01", "0.10", "12.34", "99.99", "1234.56"],
    "boolean": [True, False],
    "instant": [
        "2027-01-31T23:30:00-05:00",
        "2027-06-15T12:34:56.123456Z",
        "2028-02-29T23:59:59+05:30",
    ],
    "date": ["2028-02-29", "2027-12-31", "2000-01-01"],
    "json": [{"name": "Zo\u00eb", "list": [1, 2.5, None, True]}, {}],
}

SURROGATE = re.compile("[\ud800-\udfff]")
OVER_LIMIT = "one character more than the column takes"

# What it must refuse or store, and never fall over. (Any text is a true to many a form.)
HOSTILE: dict[str, dict[str, Any]] = {
    "text": {
        "nul": "a\x00b",
        "lone-surrogate": "a\ud800b",
        "over-long": "x" * 100_000,
        "over-limit": OVER_LIMIT,
    },
    "integer": {"2^31": 2**31, "2^63": 2**63, "negative": -(2**31) - 1},
    "boolean": {},
    "decimal": {"too-many-digits": "9" * 40, "not-a-number": "NaN"},
    "instant": {
        "unknown-zone": "2027-01-01T00:00:00 Mars/Olympus",
        "month-13": "2027-13-01T00:00:00Z",
    },
    "date": {"february-30": "2027-02-30", "nul": "2027\x00"},
    "json": {"nul": {"a": "b\x00"}, "lone-surrogate": {"a": "\ud800"}},
}


def accepted_values(field: Field) -> list[Any]:
    """The values of parity.yaml where it names some, else those of the field's kind."""
    return field.values or ACCEPTED[field.kind]


def readings(value: Any, *, form: bool) -> list[Any]:
    """What may be stored for a value: itself; for a lone surrogate in a form, two things more.

    In a form it is three bytes that are no UTF-8. The URL standard has them replaced by U+FFFD;
    Werkzeug leaves them as they were sent, percent-encoded.
    """
    if not form or not isinstance(value, str):
        return [value]
    replaced = [SURROGATE.sub("\ufffd" * count, value) for count in (1, 3)]
    return [value, *replaced, SURROGATE.sub(lambda found: sent(found[0]), value)]


def sent(character: str) -> str:
    """A character as a form holds it: `%ED%A0%80`."""
    return quote(character.encode("utf-8", "surrogatepass"))


def brief(value: Any) -> str:
    """A value for the first line of a message; of a long text, the beginning and the length."""
    text = repr(value)
    if isinstance(value, str) and len(value) > 40:
        return f"{value[:20]!r}... ({len(value)} characters)"
    return text if len(text) <= 60 else f"{text[:57]}..."
