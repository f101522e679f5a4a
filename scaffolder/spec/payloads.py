"""Payloads and expectations: plain JSON values, and matchers in place of a literal."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from scaffolder.spec import grammar
from scaffolder.spec.problems import Finding, Path, dotted, quoted

MATCHERS = ("recent", "present", "matches", "differs", "instant")


def matcher_of(value: Any) -> str | None:
    """The name of the matcher that a value is; None for a literal."""
    if isinstance(value, dict) and len(value) == 1:
        (name,) = value
        return name if name in MATCHERS else None
    return None


def literal(path: Path, value: Any) -> Iterator[Finding]:
    """What is wrong with a payload: anything in it that JSON does not have."""
    yield from _walk(path, value, matchers=False)


def expectation(path: Path, value: Any) -> Iterator[Finding]:
    """The same, with matchers allowed."""
    yield from _walk(path, value, matchers=True)


def _walk(path: Path, value: Any, *, matchers: bool) -> Iterator[Finding]:
    name = matcher_of(value) if matchers else None
    if name is not None:
        yield from _matcher((*path, name), name, value[name])
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk((*path, key), item, matchers=matchers)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk((*path, index), item, matchers=matchers)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Finding(path, f"{dotted(path)}: JSON has no number like this", "quote it")
    elif isinstance(value, date):
        text = f"{dotted(path)}: JSON has no dates, and YAML reads this as one"
        yield Finding(path, text, f'quote it: "{value.isoformat()}"')
    elif not isinstance(value, str | int | float | bool | None):
        yield Finding(path, f"{dotted(path)}: JSON has no {type(value).__name__}")


def _matcher(path: Path, name: str, wanted: Any) -> Iterator[Finding]:
    text = f"{dotted(path)}: {quoted(str(wanted))} does not fit the matcher '{name}'"
    if name == "recent" and not (
        isinstance(wanted, str) and grammar.problem_of(grammar.DURATION, wanted) is None
    ):
        yield Finding(path, text, grammar.DURATION.wanted)
    elif name == "present" and wanted is not True:
        yield Finding(path, text, "the only value is true; a null is expected as the literal null")
    elif name == "matches":
        yield from _regex(path, wanted, text)
    elif name == "instant":
        if isinstance(wanted, date):
            yield Finding(path, text, "quote it: YAML reads it as a date")
        else:
            reason = grammar.instant_problem(wanted) if isinstance(wanted, str) else "quote it"
            if reason:
                yield Finding(path, text, reason)
    elif name == "differs":
        yield from literal(path, wanted)


def _regex(path: Path, wanted: Any, text: str) -> Iterator[Finding]:
    if not isinstance(wanted, str):
        yield Finding(path, text, "a regular expression, in quotes")
        return
    try:
        re.compile(wanted)
    except re.error as error:
        yield Finding(path, text, f"no regular expression: {error}")


def texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    """Every text inside of a value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts((*path, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts((*path, index), item)
