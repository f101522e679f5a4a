"""The rows as a table: on the terminal, and in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from measure.timing import Row, Sample

BEGIN, END = "<!-- figures: written by tests/bench.py --write-docs -->", "<!-- end of figures -->"
HEAD = ("what", "median ms", "min ms", "n", "target", "", "compared with")


def cells(row: Row) -> tuple[str, ...]:
    """One line of the table, as text."""
    if row.sample is None:
        return (row.what, "-", "-", "0", target(row), "not measured", row.note)
    beside = [compare(name, other, row.sample) for name, other in row.beside.items()]
    verdict = {True: "met", False: "missed", None: ""}[row.met]
    figures = (number(row.sample.median), number(row.sample.minimum), str(len(row.sample.seconds)))
    said = "; ".join([*beside, *([row.note] if row.note else [])])
    return (row.what, *figures, target(row), verdict, said)


def compare(name: str, other: Sample, own: Sample) -> str:
    share = own.median / other.median
    return f"{name}: {number(other.median)} (min {number(other.minimum)}), share {share:.2g}"


def target(row: Row) -> str:
    if row.target is None:
        return ""
    if row.share_of:
        return f"share of {row.share_of} <= {row.target:g}"
    return f"<= {number(row.target)}"


def number(seconds: float) -> str:
    """Milliseconds with as many digits as mean something."""
    ms = seconds * 1000
    return f"{ms:,.0f}" if ms >= 20 else f"{ms:.2f}"


def machine() -> str:
    """Nothing that tells one machine from another but what the figures depend on."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"


def terminal(rows: list[Row]) -> str:
    table = [HEAD, *map(cells, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD) - 1)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[-1]])
        for line in table
    ]
    return "\n".join([machine(), *(line.rstrip() for line in lines)])


def markdown(rows: list[Row]) -> str:
    lines = [HEAD, ("---",) * len(HEAD), *map(cells, rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{BEGIN}\nMeasured on {machine()}.\n\n{table}\n{END}"


def write_docs(path: Path, rows: list[Row]) -> None:
    """Put the figures of this run in the place of those of the last."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{path}: there is no section between {BEGIN!r} and {END!r}")
    path.write_text(before + markdown(rows) + after, encoding="utf-8")
