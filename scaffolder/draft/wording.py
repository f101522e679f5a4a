"""Sentences of the catalogue with the values of a repository."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scaffolder.catalog.load_gaps import names

LISTED = 3
"""So many values of a key are named; of more than that, the number."""
LONGEST = 80
"""Characters of a value in a sentence."""

OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
PLACEHOLDER = re.compile(r"\{([a-z]+\.[a-z-]+(?:\|ended)?)\}")


def fill(template: str, values: Callable[[str], Sequence[str]]) -> str:
    """The sentence; a part in brackets is left out when one of its values is unknown.

    `values` gives the values of a placeholder, none when unknown; outside of brackets there must
    be one. Values never become placeholders or brackets themselves.
    """

    def optional(part: re.Match[str]) -> str:
        known = all(values(name) for name in PLACEHOLDER.findall(part[1]))
        return part[1] if known else ""

    chosen = OPTIONAL.sub(optional, template)
    return PLACEHOLDER.sub(lambda part: listed([spoken(v) for v in values(part[1])]), chosen)


def listed(texts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`, or `a, b and 7 more`."""
    shown = list(texts)
    if len(shown) > LISTED:
        shown = [*shown[: LISTED - 1], f"{len(shown) - LISTED + 1} more"]
    *first, last = shown
    return f"{', '.join(first)} and {last}" if first else last


def spoken(value: str) -> str:
    """A value as it stands in a sentence: its name, or one short line of printable text."""
    line = "".join(c for c in " ".join(value.split()) if c.isprintable())
    short = line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
    return names().get(short, short)
