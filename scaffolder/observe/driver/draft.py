"""From an operation that changed rows to a journey that the harness performs green."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scaffolder.observe.driver import covers, fields, naming
from scaffolder.observe.driver.bystander import with_bystander
from scaffolder.observe.driver.explore import Explorer
from scaffolder.observe.driver.logins import Logins
from scaffolder.observe.driver.looks import candidates, settled, shown
from scaffolder.observe.driver.openapi import Operation
from scaffolder.observe.driver.stored import Storing, is_matcher
from scaffolder.observe.driver.tables import Changes, changed_columns
from scaffolder.observe.driver.tries import Tried, attempt
from scaffolder.observe.driver.values import Values
from support.journeys.journey import Journey

BUDGET = 5  # seconds, at least
VERIFIED = 2  # performances by the harness's code


class NoJourney(Exception):
    """Why an operation that changed rows makes no journey."""


@dataclass
class Draft:
    """`entry`: as it stands in parity.yaml; `kind`: what it does to the main table."""

    entry: dict[str, Any]
    kind: str
    tried: Tried
    questions: list[str] = field(default_factory=list)

    @property
    def tables(self) -> list[str]:
        return list(dict.fromkeys(one["table"] for one in self.entry["stored"]))

    @property
    def journey(self) -> Journey:
        """As the harness's generated file has it."""
        entry = {key: self.entry[key] for key in KEYS if key in self.entry}
        return Journey(**entry)


KEYS = ("id", "act", "login", "setup", "stored", "visible", "fields")


def draft(
    explorer: Explorer,
    tried: Tried,
    reads: Sequence[Operation],
    entering: Logins,
    taken: Collection[str],
) -> Draft:
    """Performs it twice more, then as a journey. Raises NoJourney."""
    world, plan = explorer.world, tried.plan
    looks = candidates(reads, tried)
    first = attempt(world, plan, tried.step, looks)
    second = attempt(world, plan, tried.step, looks, shifted=True)
    _compare(tried, first, second)
    values = Values(first, second)
    storing = Storing(values, explorer.keys.schema, explorer.keys.initial)
    stored = storing.section()
    if not stored:
        raise NoJourney("the rows that it changed cannot be told from the others")
    main = next(one for one in first.changes if one.table == stored[0]["table"])
    visible = [settled(one, values) for one in shown(values, main.kind)]
    entrance = entering.look(plan.login, tried.step) if main.kind != "delete" else None
    visible += [entrance] if entrance else []
    entry: dict[str, Any] = {"id": naming.journey_id(plan.operation, main.kind, taken)}
    entry["budget"] = f"{BUDGET}s"
    entry["covers"] = []
    if plan.login:
        entry["login"] = plan.login
    if plan.setup:
        entry["setup"] = [_ordered(step) for step in plan.setup]
    act = {**tried.step, "status": first.status}
    entry["act"] = act | ({"capture": dict(values.capture)} if values.capture else {})
    entry["stored"] = stored
    if visible:
        entry["visible"] = visible
    made = Draft(entry, main.kind, first)
    _verify(explorer, made)
    if main.kind == "update" and not _is_telling(main, made):
        raise NoJourney("nothing of what it changes can be foretold, and no answer shows it")
    _vary(explorer, made)
    _prune(entry)
    _guard(explorer, made)
    made.entry["covers"] = covers.covered(made.kind, made.entry)
    return made


def _is_telling(main: Changes, made: Draft) -> bool:
    """Whether a lost update would be seen: an exact value that changes, or a changed answer."""
    columns = {name for pair in main.updated for name in changed_columns(*pair)}
    values = made.entry["stored"][0].get("values", {})
    exact = any(name in columns and not is_matcher(value) for name, value in values.items())
    return exact or bool(made.entry.get("visible"))


def _guard(explorer: Explorer, made: Draft) -> None:
    """Another row beside it, where all holds as before with it."""
    entry = with_bystander(explorer, made.entry) if made.kind != "insert" else None
    if entry is None:
        return
    guarded = replace(made, entry=entry)
    try:
        if _holds(explorer, guarded) and _holds(explorer, guarded):
            made.entry = entry
    except NoJourney:
        return  # it was fine without


def _prune(entry: dict[str, Any]) -> None:
    """Without captures that nothing uses."""
    steps = [*entry.get("setup", []), entry["act"]]
    for number, step in enumerate(steps):
        used = json.dumps([{**entry, "setup": entry.get("setup", [])[number + 1 :]}], default=str)
        kept = {k: v for k, v in step.get("capture", {}).items() if "{" + k + "}" in used}
        if step.get("capture"):
            del step["capture"]
        if kept:
            step["capture"] = kept


def _ordered(step: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if value is not None}


def _compare(*tries: Tried) -> None:
    """The same answer and the same changes each time."""
    for one in tries:
        if one.problem:
            raise NoJourney(f"it could not be repeated: {one.problem.splitlines()[0]}")
    if len({one.status for one in tries}) > 1:
        raise NoJourney(f"it answers {', '.join(str(one.status) for one in tries)} in turn")
    shapes = [[change.shape for change in one.changes] for one in tries]
    if any(shape != shapes[0] for shape in shapes):
        raise NoJourney("it changes other rows each time")


def _verify(explorer: Explorer, made: Draft) -> None:
    """With the harness's own code; a side effect or a look that does not hold is left out."""
    for _ in range(VERIFIED):
        for _ in range(len(made.entry["stored"]) + len(made.entry.get("visible", []))):
            if _holds(explorer, made):
                break
        else:
            raise NoJourney("what is stored is not the same in each performance")


def _holds(explorer: Explorer, made: Draft) -> bool:
    """Whether it is green; False after something was taken out. Raises NoJourney."""
    journey = made.journey
    began = time.monotonic()
    try:
        outcome = explorer.world.perform(journey)
        outcome.check_accepted()
    except AssertionError as problem:
        raise NoJourney(f"it could not be repeated: {_line(problem)}") from None
    for number in range(len(journey.stored)):
        try:
            outcome.check_stored(number)
        except AssertionError as problem:
            table = journey.stored[number]["table"]
            if table == journey.stored[0]["table"]:
                raise NoJourney(_line(problem)) from None
            kept = [one for one in journey.stored if one["table"] != table]
            made.entry["stored"] = kept
            return False
    for number in range(len(journey.visible)):
        try:
            outcome.check_visible(number)
        except AssertionError:
            del made.entry["visible"][number]
            return False
    took = time.monotonic() - began
    made.entry["budget"] = f"{max(BUDGET, math.ceil(4 * took))}s"
    return True


def _vary(explorer: Explorer, made: Draft) -> None:
    """Adds `fields`, where other values are kept as they were sent."""
    if made.kind == "delete" or not {"json", "form"} & made.entry["act"].keys():
        return
    section, made.questions = fields.fields(
        explorer.world,
        made.journey,
        made.tried,
        explorer.keys.schema,
        explorer.sampler,
        explorer.deadline,
    )
    if section:
        made.entry["fields"] = section


def _line(problem: AssertionError) -> str:
    return re.sub(r"^journeys\.\w+\.", "", str(problem).splitlines()[0])
