"""More fields for a payload that no schema describes: columns that the answer shows, too."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from scaffolder.observe.driver.answers import Path, leaves
from scaffolder.observe.driver.explore import Explorer
from scaffolder.observe.driver.openapi import snake
from scaffolder.observe.driver.plan import Plan
from scaffolder.observe.driver.sample import kind_of_column
from scaffolder.observe.driver.tables import Row
from scaffolder.observe.driver.tries import Tried, attempt
from support.journeys.compare import same_kind

MOST = 12  # fields
OWN = re.compile(r"(^|_)(id|uuid|pk|slug|token|hash)$|^(created|updated|modified|deleted)")


def enriched(explorer: Explorer, tried: Tried) -> Tried:
    """The same operation with every further field that is stored as it is sent."""
    plan = tried.plan
    if plan.operation.schema or "json" not in tried.step or plan.operation.method == "delete":
        return tried
    fields = _fields(explorer, tried)
    every = replace(plan, columns=(*plan.columns, *(((k,), v) for k, v in fields.items())))
    best = _kept(explorer, every, fields) if fields else None
    if best is not None:
        return best
    best = tried
    for name, column_type in fields.items():
        if explorer.deadline.over:
            break
        more = replace(best.plan, columns=(*best.plan.columns, ((name,), column_type)))
        one = _kept(explorer, more, {name: column_type})
        best = one or best
    return best


def partial(explorer: Explorer, tried: Tried) -> Tried:
    """A change that leaves one optional field alone: only so is it seen whether that stays."""
    payload = tried.step.get("json")
    if tried.plan.operation.method != "patch" or not isinstance(payload, dict):
        return tried
    inner = next(iter(payload.values())) if len(payload) == 1 else None
    path: Path = (next(iter(payload)),) if isinstance(inner, dict) and len(inner) > 2 else ()
    names = list(inner if isinstance(inner, dict) and path else payload)
    if len(names) < 3:
        return tried
    left = replace(tried.plan, dropped=tried.plan.dropped | {(*path, names[-1])})
    done = attempt(explorer.world, left, left.step(explorer.sampler))
    same = [one.table for one in done.changes] == [one.table for one in tried.changes]
    return done if done.accepted and same else tried


def _fields(explorer: Explorer, tried: Tried) -> dict[str, str]:
    """Name -> type of the column, of what is in the answer and in the row, and was not sent."""
    rows = [row for one in tried.changes for row in (*one.inserted, *(n for _, n in one.updated))]
    sent = {str(path[0]) for path, _ in leaves(tried.step["json"]) if path}
    shown = {snake(str(path[0])): str(path[0]) for path, _ in leaves(tried.json) if len(path) == 1}
    found: dict[str, str] = {}
    for change in tried.changes:
        if not rows or change.deleted:
            continue
        for column, column_type in explorer.keys.schema.types.get(change.table, {}).items():
            key = explorer.keys.schema.is_key(change.table, column)
            name = shown.get(snake(column))
            usual = kind_of_column(column_type) is not None and not OWN.search(column)
            if not key and usual and name is not None and name not in sent:
                found.setdefault(name, column_type)
    return dict(list(found.items())[:MOST])


def _kept(explorer: Explorer, plan: Plan, fields: dict[str, str]) -> Tried | None:
    """The performance with the fields that were stored as sent; None when it was refused."""
    tried = attempt(explorer.world, plan, plan.step(explorer.sampler))
    if not (tried.accepted and tried.changes):
        return None
    rows = [row for one in tried.changes for row in (*one.inserted, *(n for _, n in one.updated))]
    lost: set[Path] = {
        (name,)
        for name, column_type in fields.items()
        if not any(_holds(row, snake(name), column_type, tried.step["json"][name]) for row in rows)
    }
    if not lost:
        return tried
    fewer = replace(plan, columns=tuple(one for one in plan.columns if one[0] not in lost))
    if fewer.columns == plan.columns:
        return None
    again = attempt(explorer.world, fewer, fewer.step(explorer.sampler))
    return again if again.accepted and again.changes else None


def _holds(row: Row, column: str, column_type: str, value: Any) -> bool:
    kind = kind_of_column(column_type)
    return kind is not None and same_kind(kind, value, row.get(column))
