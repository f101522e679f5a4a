"""Whose order the rows of a plan have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scaffolder.prove.driver.plans import Read, heap_ordered, unordered


def node(kind: str, *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Node Type": kind, "Plans": list(children), **more}


HEAP = node("Seq Scan", **{"Relation Name": "orders", "Schema": "public"})


@pytest.mark.parametrize(
    ("plan", "table"),
    [
        (HEAP, "orders"),
        (node("Limit", HEAP), "orders"),
        (node("Nested Loop", HEAP, node("Index Scan")), "orders"),
        (node("Bitmap Heap Scan", **{"Relation Name": "e", "Schema": "audit"}), "audit.e"),
        (node("Sort", HEAP), None),
        (node("Limit", node("Sort", HEAP)), None),
        (node("Aggregate", HEAP), None),
        (node("Index Scan", **{"Relation Name": "orders"}), None),
        (node("ModifyTable", HEAP), None),
        (node("Result"), None),
    ],
)
def test_what_decides_the_order(plan: dict[str, Any], table: str | None) -> None:
    assert heap_ordered(plan) == table


@pytest.mark.parametrize(("rows", "found"), [(1, []), (2, [Read("orders", 2)])])
def test_plans_in_the_log_with_two_rows_and_more(rows: int, found: list[Read]) -> None:
    document = json.dumps({"Query Text": "SELECT", "Plan": {**HEAP, "Actual Rows": rows}}, indent=2)
    lines = [
        "2027-01-01 00:00:00.000 UTC [1] app@shop LOG:  duration: 0.01 ms  plan:",
        *("\t" + line for line in document.splitlines()),
        "2027-01-01 00:00:00.000 UTC [1] app@shop LOG:  PARITY|I|orders|INSERT|",
    ]

    assert list(unordered(lines)) == found


def test_a_plan_that_is_cut_short_tells_nothing() -> None:
    assert list(unordered([" LOG:  duration: 0.01 ms  plan:", '\t{"Plan": {'])) == []
