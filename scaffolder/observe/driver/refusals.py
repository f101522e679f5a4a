"""The section `refusals`: actions that are refused with a 4xx and change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scaffolder.observe.driver.answers import leaves
from scaffolder.observe.driver.draft import Draft
from scaffolder.observe.driver.explore import Explorer
from scaffolder.observe.driver.naming import unique
from scaffolder.observe.driver.openapi import snake
from scaffolder.observe.driver.plan import Plan, merged, name_of
from scaffolder.observe.driver.tries import Tried, attempt
from scaffolder.observe.driver.world import Step
from support.journeys.placeholders import fill

MOST = 4
TRIED = 24
FAR = 1_000_000
NOBODY = "no-such-thing"
NO_UUID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Idea:
    """`kind`: twice, unknown, too-much, nobody, without; the earlier ones say more."""

    kind: str
    name: str
    plan: Plan
    step: Step


def refusals(
    explorer: Explorer, drafts: Sequence[Draft], taken: Sequence[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """At most four, of several kinds; and questions about answers that are no refusals."""
    found: list[tuple[str, dict[str, Any]]] = []
    questions: list[str] = []
    for made in drafts:
        for idea in _ideas(explorer, made):
            if explorer.deadline.over or len(found) >= TRIED:
                break
            tried = attempt(explorer.world, idea.plan, idea.step)
            if tried.status >= 500:
                label = idea.plan.operation.label
                questions.append(f"{label}: {idea.name} answers {tried.status}: is that known?")
            elif tried.status >= 400 and not tried.changes and _again(explorer, tried):
                found.append((idea.kind, _entry(idea, tried, made)))
    chosen = _varied(found)
    names = list(taken)
    for entry in chosen:
        entry["id"] = unique(entry["id"], names)
        names.append(entry["id"])
    return chosen, questions


def _again(explorer: Explorer, tried: Tried) -> bool:
    second = attempt(explorer.world, tried.plan, tried.step)
    return second.status == tried.status and not second.changes


def _entry(idea: Idea, tried: Tried, made: Draft) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": idea.name}
    if idea.plan.login:
        entry["login"] = idea.plan.login
    if idea.plan.setup:
        entry["setup"] = [dict(step) for step in idea.plan.setup]
    entry["act"] = {**idea.step, "status": tried.status}
    entry["unchanged"] = made.tables
    return entry


def _varied(found: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """One of each kind before the second of any; refusals by rules of the application first."""
    order = {"twice": 0, "unknown": 1, "too-much": 2, "nobody": 3, "without": 4}
    chosen: list[dict[str, Any]] = []
    rest = sorted(found, key=lambda one: (order[one[0]], one[1]["act"]["status"] == 422))
    while rest and len(chosen) < MOST:
        kinds: set[str] = set()
        for one in list(rest):
            if one[0] not in kinds and len(chosen) < MOST:
                kinds.add(one[0])
                chosen.append(one[1])
                rest.remove(one)
    return chosen


def _ideas(explorer: Explorer, made: Draft) -> Iterator[Idea]:
    plan, step, name = made.tried.plan, made.tried.step, made.entry["id"]
    if made.kind != "insert":
        return
    done = {**step, "status": made.tried.status}
    yield Idea("twice", f"{name}-twice", replace(plan, setup=merged(plan.setup, [done])), step)
    if plan.login and not plan.setup:
        yield Idea("nobody", f"{name}-without-login", replace(plan, login=None), step)
    body = next((kind for kind in ("json", "form") if kind in step), None)
    if body is None:
        return
    for path, value in leaves(step[body]):
        if not path:
            continue
        field = snake(str(path[-1])).replace("_", "-")
        _, required = explorer.sampler.at(plan.operation.schema, path)
        key = explorer.keys.is_key(name_of(path), value)
        if key:
            changed = replace(plan, put=(*plan.put, (path, _nobody(made.tried, value))))
            yield _idea(explorer, "unknown", f"{name}-unknown-{field}", changed)
        if isinstance(value, int) and not isinstance(value, bool) and not key:
            most = explorer.sampler.at(plan.operation.schema, path)[0].get("maximum", FAR)
            changed = replace(plan, put=(*plan.put, (path, int(min(FAR, most)))))
            yield _idea(explorer, "too-much", f"{name}-too-much-{field}", changed)
        if required and plan.operation.schema:
            changed = replace(plan, dropped=plan.dropped | {path})
            yield _idea(explorer, "without", f"{name}-without-{field}", changed)


def _nobody(tried: Tried, value: Any) -> Any:
    """A key of the same kind that nothing has."""
    known = fill(value, tried.values)
    if isinstance(known, int):
        return FAR
    return NO_UUID if isinstance(known, str) and len(known) == len(NO_UUID) else NOBODY


def _idea(explorer: Explorer, kind: str, name: str, plan: Plan) -> Idea:
    return Idea(kind, name, plan, plan.step(explorer.sampler))
