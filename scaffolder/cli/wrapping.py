"""Long lines of a report on a terminal: wrapped between words, further lines indented."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator

_NARROWEST = 40
_COLUMN = re.compile(r" *\S+ {2,}")
"""A name and blanks behind it: what follows is a column of its own."""


def for_terminal(lines: Iterable[str]) -> Iterator[str]:
    """The lines as they are, or wrapped to the terminal's width where the output is one."""
    if not sys.stdout.isatty():
        yield from lines
        return
    width = max(shutil.get_terminal_size().columns, _NARROWEST)
    for line in lines:
        yield from wrapped(line, width)


def wrapped(line: str, width: int) -> list[str]:
    """A line in pieces of at most `width` characters; longer words are left whole."""
    if len(line) <= width:
        return [line]
    column = _COLUMN.match(line)
    own = len(line) - len(line.lstrip())
    indent = column.end() if column and column.end() <= width // 2 else own + 2
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
