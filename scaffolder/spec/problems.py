"""What is wrong with a spec, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from scaffolder.errors import BadInput

Path = tuple[str | int, ...]
"""Keys and list indexes that lead from the root of the spec to a value."""

At = Literal["value", "key"]
"""Which of the two a finding points to."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem of a spec; line and column count from 1."""

    line: int
    column: int
    text: str
    hint: str = ""
    fixed_by_plan: bool = False
    """`parity plan` repairs it, so that command goes on where every other refuses."""

    def render(self, filename: str) -> str:
        """`parity.yaml:12:5: unknown tier 'smok' (did you mean 'smoke'?)`"""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{filename}:{self.line}:{self.column}: {self.text}{hint}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem or a warning that knows its path in the spec, not yet its line."""

    path: Path
    text: str
    hint: str = ""
    at: At = "value"
    fixed_by_plan: bool = False


class SpecError(BadInput):
    """The spec can't be used; holds every problem found, in file order."""

    def __init__(self, problems: list[Problem], filename: str = "parity.yaml") -> None:
        super().__init__("\n".join(problem.render(filename) for problem in problems))
        self.problems = problems
        self.filename = filename


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """The nearest known name as a hint, or the list of all when it is short, or nothing."""
    names = sorted(name for name in known if name.isprintable())
    near = get_close_matches(wrong, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"one of: {', '.join(names)}" if 0 < len(names) <= 12 else ""


def dotted(path: Path) -> str:
    """`journeys[0].act.status`: the path as people write it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def quoted(value: str, limit: int = 60) -> str:
    """The value for a message: in quotes, control characters escaped, shortened."""
    shown = value if len(value) <= limit else value[:limit] + "..."
    return "'" + "".join(c if c.isprintable() else _escape(c) for c in shown) + "'"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
