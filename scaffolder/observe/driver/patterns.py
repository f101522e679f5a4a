"""A text that a regular expression takes: for `pattern` of a schema."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

# Its name changed in Python 3.11, its contents did not.
parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

PREFERRED = "a1A0bcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ23456789-_. "
LONGEST = 8  # repetitions of what may be repeated for ever


def matching(pattern: str, length: int = 1) -> str | None:
    """A text of at least about `length` characters that the pattern finds; None when unlucky."""
    try:
        tree = parser.parse(pattern)
        for more in (0, 1, 2, 4, LONGEST, length):
            text = "".join(_part(item, more) for item in tree)
            if len(text) >= length and re.search(pattern, text):
                return text
    except (re.error, ValueError, OverflowError, RecursionError):
        pass
    return None


def _part(item: tuple[Any, Any], more: int) -> str:
    """The text for one node of the parsed pattern. Raises ValueError for what it cannot make."""
    kind, about = str(item[0]), item[1]
    if kind == "LITERAL":
        return chr(about)
    if kind == "NOT_LITERAL":
        return "a" if about != ord("a") else "b"
    if kind == "ANY":
        return "a"
    if kind == "IN":
        return _one_of(about)
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, inner = about
        count = min(max(int(least), more), int(most))
        return "".join("".join(_part(one, more) for one in inner) for _ in range(count))
    if kind == "SUBPATTERN":
        return "".join(_part(one, more) for one in about[-1])
    if kind == "BRANCH":
        return "".join(_part(one, more) for one in about[1][0])
    if kind in ("AT", "ASSERT", "ASSERT_NOT"):
        return ""  # whether it holds is seen at the end
    raise ValueError(f"no text for {kind}")


def _one_of(members: list[tuple[Any, Any]]) -> str:
    """A character of a class such as [a-z0-9_]."""
    for character in PREFERRED:
        if _holds(members, ord(character)):
            return character
    for kind, about in members:
        if str(kind) in ("LITERAL", "RANGE"):
            return chr(about if str(kind) == "LITERAL" else about[0])
    raise ValueError("an empty class")


def _holds(members: list[tuple[Any, Any]], code: int) -> bool:
    found, negated = False, False
    for kind, about in members:
        name = str(kind)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found |= code == about
        elif name == "RANGE":
            found |= about[0] <= code <= about[1]
        elif name == "CATEGORY":
            found |= _category(str(about), chr(code))
    return found is not negated


def _category(name: str, character: str) -> bool:
    kinds = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
    kind = name.rpartition("_")[2]
    if kind not in kinds:
        return False
    return bool(re.match(kinds[kind], character)) is not ("NOT_" in name)


def finds(pattern: str, text: str) -> bool:
    """Whether a text has what the pattern asks for; True for a pattern that Python cannot read."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True
