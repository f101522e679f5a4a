"""Which statements read rows in the order of the heap, by the plans in the server's log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PLAN = re.compile(r" LOG:  duration: \S+ ms  plan:$")
SETTINGS: Mapping[str, str] = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_verbose": "on",
    "auto_explain.log_format": "json",
}
"""What a role needs so that its plans are logged."""
HEAP = ("Seq Scan", "Bitmap Heap Scan", "Tid Scan")
PASSES_ON = (
    "Limit",
    "Result",
    "Append",
    "LockRows",
    "Materialize",
    "ProjectSet",
    "Subquery Scan",
    "Nested Loop",
    "Hash Join",
)
"""Nodes whose rows come in the order of those of their first child."""


@dataclass(frozen=True, slots=True)
class Read:
    """A query that gave at least two rows of a table, in no order of its own."""

    table: str
    rows: int


def unordered(lines: list[str]) -> Iterator[Read]:
    """Such queries, of the roles that have SETTINGS."""
    for number, line in enumerate(lines):
        if PLAN.search(line):
            try:
                plan = json.loads("".join(_continued(lines, number + 1)))["Plan"]
            except ValueError:  # what was read of the log ends in the middle of it
                continue
            rows = int(plan.get("Actual Rows", 0))
            table = heap_ordered(plan)
            if table and rows > 1:
                yield Read(table, rows)


def heap_ordered(plan: Mapping[str, Any]) -> str | None:
    """The table whose heap decides the order of the rows, None where something else does."""
    while plan["Node Type"] in PASSES_ON and plan.get("Plans"):
        plan = plan["Plans"][0]
    if plan["Node Type"] not in HEAP:
        return None
    schema = plan.get("Schema", "public")
    name = str(plan["Relation Name"])
    return name if schema == "public" else f"{schema}.{name}"


def _continued(lines: list[str], begin: int) -> Iterator[str]:
    for line in lines[begin:]:
        if not line.startswith("\t"):
            return
        yield line
