"""More fields for a payload that no schema describes: columns that the answer shows, too."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from scaffolder.observe.driver import texts
from scaffolder.observe.driver.answers import Path, leaves
from scaffolder.observe.driver.explore import Explorer
from scaffolder.observe.driver.openapi import snake
from scaffolder.observe.driver.plan import Plan
from scaffolder.observe.driver.repair import changed
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
    every = plan
    for name, (value, _) in fields.items():
        every = changed(every, (name,), value)
    best = _kept(explorer, every, fields) if fields else None
    if best is not None:
        return best
    best = tried
    for name, (value, kind) in fields.items():
        if explorer.deadline.over:
            break
        one = _kept(explorer, changed(best.plan, (name,), value), {name: (value, kind)})
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


def _fields(explorer: Explorer, tried: Tried) -> dict[str, tuple[Any, str]]:
    """Name -> value and kind, of what is in the answer and in the row, and was not sent."""
    rows = [row for one in tried.changes for row in (*one.inserted, *(n for _, n in one.updated))]
    sent = {str(path[0]) for path, _ in leaves(tried.step["json"]) if path}
    shown = {snake(str(path[0])): str(path[0]) for path, _ in leaves(tried.json) if len(path) == 1}
    found: dict[str, tuple[Any, str]] = {}
    for change in tried.changes:
        if not rows or change.deleted:
            continue
        for column, column_type in explorer.keys.schema.types[change.table].items():
            key = explorer.keys.schema.is_key(change.table, column)
            name = shown.get(snake(column))
            sample = _sample(column, column_type)
            if key or name is None or name in sent or OWN.search(column) or sample is None:
                continue
            found.setdefault(name, sample)
    return dict(list(found.items())[:MOST])


def _sample(column: str, column_type: str) -> tuple[Any, str] | None:
    """A value for a column, and its kind."""
    if re.fullmatch(r"character varying.*|text|citext", column_type):
        limit = re.search(r"\((\d+)\)", column_type)
        text = texts.text_for(column, 0, person=False)
        return text[: int(limit[1])] if limit else text, "text"
    samples: tuple[tuple[str, Any, str], ...] = (
        (r"smallint|integer|bigint", texts.number_for(column, 0), "integer"),
        (r"numeric.*|double precision", "12.50", "decimal"),
        (r"boolean", True, "boolean"),
        (r"timestamp.*", texts.instant(column), "instant"),
        (r"date", texts.date(column), "date"),
        (r"jsonb?", {"colour": "blue"}, "json"),
    )
    return next(((v, kind) for said, v, kind in samples if re.fullmatch(said, column_type)), None)


def _kept(explorer: Explorer, plan: Plan, fields: dict[str, tuple[Any, str]]) -> Tried | None:
    """The performance with the fields that were stored as sent; None when it was refused."""
    tried = attempt(explorer.world, plan, plan.step(explorer.sampler))
    if not (tried.accepted and tried.changes):
        return None
    rows = [row for one in tried.changes for row in (*one.inserted, *(n for _, n in one.updated))]
    lost: set[Path] = {
        (name,)
        for name, (value, kind) in fields.items()
        if not any(same_kind(kind, value, row.get(snake(name))) for row in rows)
    }
    if not lost:
        return tried
    kept = tuple((path, value) for path, value in plan.put if path not in lost)
    fewer = replace(plan, put=kept)
    if fewer.put == plan.put:
        return None
    again = attempt(explorer.world, fewer, fewer.step(explorer.sampler))
    return again if again.accepted and again.changes else None
