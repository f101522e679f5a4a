"""The section `fields`: what of the payload has a column of its own, tried with other values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scaffolder.observe.driver import texts
from scaffolder.observe.driver.answers import Path, dotted, is_plain, leaves
from scaffolder.observe.driver.openapi import snake
from scaffolder.observe.driver.sample import Sampler, kind_of_column
from scaffolder.observe.driver.tables import Row, Schema, written_columns
from scaffolder.observe.driver.tries import Tried
from scaffolder.observe.driver.world import Deadline, World
from support.journeys.boundary_values import accepted_values
from support.journeys.client import at_path
from support.journeys.compare import same, same_kind
from support.journeys.journey import Field, Journey, with_value

MOST = 8  # fields of one journey
SPECIAL = re.compile(r"@|://|^[0-9a-f-]{36}$")
# What the check `timezone` sends: an instant field must take all of it.
INSTANTS = ("2027-03-14T06:59:59Z", "2028-02-29T23:30:00Z", "2027-01-31T23:59:59Z")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Candidate:
    path: Path
    kind: str
    column: str
    values: list[Any] | None


def fields(
    world: World,
    journey: Journey,
    tried: Tried,
    schema: Schema,
    sampler: Sampler,
    deadline: Deadline,
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The section, and what was stored otherwise than it was sent: questions."""
    section: dict[str, dict[str, Any]] = {}
    questions: list[str] = []
    if not journey.stored or journey.stored[0].get("rows") != 1:
        return {}, []
    table = journey.stored[0]["table"]
    for candidate in list(_candidates(tried, table, schema, sampler))[:MOST]:
        if deadline.over:
            break
        about: dict[str, Any] = {"kind": candidate.kind}
        if candidate.column != candidate.path[-1]:
            about["column"] = candidate.column
        if candidate.values is not None:
            about["values"] = candidate.values
        name = dotted(candidate.path)
        shown = _shown(world, journey, candidate) if journey.visible else None
        problem = _varied(world, journey, name, candidate, shown)
        if problem and shown:
            shown, again = None, _varied(world, journey, name, candidate, None)
            problem = again
        if problem:
            if "stored as" in problem:
                questions.append(f"{tried.plan.operation.label}: {problem}")
            continue
        if journey.visible and shown != str(candidate.path[-1]):
            about["shown"] = shown or False
        section[name] = about
    return section, questions


def _candidates(tried: Tried, table: str, schema: Schema, sampler: Sampler) -> Iterator[Candidate]:
    change = next((one for one in tried.changes if one.table == table), None)
    if change is None:
        return
    row: Row = written_columns(change)
    payload = tried.step.get("json", tried.step.get("form"))
    if not isinstance(payload, dict):
        return
    whole = [
        ((name,), value) for name, value in payload.items() if isinstance(value, dict) and value
    ]
    for path, value in [*leaves(payload), *whole]:
        if not is_plain(path) or not NAME.fullmatch(dotted(path)) or not _is_free(path, value):
            continue
        column = _column(path, value, row, schema, table)
        kind = kind_of_column(schema.types.get(table, {}).get(column or "", ""))
        if column is None or kind is None or (isinstance(value, dict) and kind != "json"):
            continue
        about, _ = sampler.at(tried.plan.operation.schema, path)
        if kind == "text" and about.get("format") not in (None, "", "textarea"):
            continue
        listed = [one for one in about.get("enum") or [] if one is not None]
        yield Candidate(path, kind, column, listed[:6] or None)


def _is_free(path: Path, value: Any) -> bool:
    """Any value of the kind may stand there: no key, no password, no address."""
    name = snake(str(path[-1]))
    if isinstance(value, str) and ("{" in value or SPECIAL.search(value)):
        return False
    return not (value is None or texts.is_secret(name) or texts.KEYS.search(name))


def _column(path: Path, value: Any, row: Row, schema: Schema, table: str) -> str | None:
    """Of the same name, else the only one that holds the value."""
    name = snake(str(path[-1]))
    holding = [
        column
        for column, stored in row.items()
        if same(value, stored) or (isinstance(value, str) and same_kind("instant", value, stored))
    ]
    holding = [one for one in holding if not schema.is_key(table, one)]
    if name in holding:
        return name
    telling = isinstance(value, str) and len(value) > 3
    return holding[0] if len(holding) == 1 and telling else None


def _shown(world: World, journey: Journey, candidate: Candidate) -> str | None:
    """The path in the first visible answer, by the name of the field or of the column."""
    outcome = world.perform(journey)
    value = _value(journey, candidate.path)
    if outcome.problem is not None:
        return None
    answer = outcome.look(0)
    try:
        document = answer.json()
    except ValueError:
        return None
    names = (snake(str(candidate.path[-1])), snake(candidate.column))
    top = document if isinstance(document, dict) else {}
    found = [((key,), item) for key, item in top.items() if isinstance(item, dict)]
    for path, shown in [*leaves(document), *found]:
        named = bool(path) and snake(str(path[-1])) in names
        if named and is_plain(path) and same_kind(candidate.kind, value, shown):
            return dotted(path)
    return None


def _value(journey: Journey, path: Path) -> Any:
    payload = journey.act.get("json", journey.act.get("form"))
    return at_path(payload, dotted(path))


def _varied(
    world: World, journey: Journey, name: str, candidate: Candidate, shown: str | None
) -> str | None:
    """Why a field is no field for the checks; None when at least two values were kept as sent."""
    about = Field(candidate.kind, candidate.column, shown, candidate.values)
    tried = replace(journey, fields={name: {}})
    must = INSTANTS if candidate.kind == "instant" else ()
    taken = 0
    for value in [*accepted_values(about), *must]:
        outcome = world.perform(with_value(tried, name, value))
        if outcome.problem is not None:
            answer = outcome.answer
            if answer is None or answer.status_code >= 500:
                return f"{value!r} in {name} is answered with an internal error"
            if value in must:
                return f"{value!r} in {name} is refused"
            continue
        stored = outcome.changed(candidate.column)
        if not any(same_kind(candidate.kind, value, one) for one in stored):
            said = f"{stored[0]!r}" if stored else "nothing"
            return f"{value!r} in {name} is stored as {said}: is that wanted?"
        if shown:
            try:
                seen = at_path(outcome.look(0).json(), shown)
            except (KeyError, ValueError, AssertionError):
                return f"{name} is not shown"
            if not same_kind(candidate.kind, value, seen):
                return f"{name} is shown as {seen!r}"
        taken += 1
    return None if taken else f"every other value of {name} is refused"
