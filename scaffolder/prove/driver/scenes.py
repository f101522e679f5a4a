"""What a journey writes: each of its requests by itself, done twice with nothing altered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scaffolder.observe.driver.openapi import Operation
from scaffolder.observe.driver.plan import Plan
from scaffolder.observe.driver.stored import Storing
from scaffolder.observe.driver.tables import Changes, changed_columns, read_schema
from scaffolder.observe.driver.tries import Tried
from scaffolder.observe.driver.values import Values
from scaffolder.observe.driver.world import Fingerprint, World
from support.journeys.client import METHODS
from support.journeys.journey import Journey, act

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Written:
    """What was done to a table: insert, update, delete; entries of `stored` that describe it.

    `changed`: the columns that an update gave other values.
    """

    kinds: frozenset[str] = frozenset()
    entries: Sequence[dict[str, Any]] = ()
    changed: frozenset[str] = frozenset()


@dataclass
class Scene:
    """A journey's action, or one of the requests before it, as an action of its own.

    `at`: `()` for the action, else `("setup", n)` or `("login", n)`. `written`: by table.
    `capture`: what its entries need of the answer. `puts`: what was proposed so far.
    """

    source: str
    at: Place
    journey: Journey
    written: dict[str, Written] = field(default_factory=dict)
    capture: dict[str, Any] = field(default_factory=dict)
    puts: list[tuple[Place, Any]] = field(default_factory=list)
    is_known: bool = False

    @property
    def key(self) -> str:
        """Equal for the same requests, whichever journey they come from."""
        own = self.source if self.at == () else ""
        return repr((own, self.journey.login, self.journey.setup, self.journey.act))


def scenes(journey: Journey, logins: Mapping[str, Any]) -> Iterator[Scene]:
    """The action first, then what comes right before it, and so on."""
    yield Scene(journey.id, (), journey)
    plain = replace(journey, stored=[], visible=[], fields={})
    for number in reversed(range(len(journey.setup))):
        before = journey.setup[:number]
        step = replace(plain, setup=before, act=journey.setup[number])
        yield Scene(journey.id, ("setup", number), step)
    steps = logins[journey.login]["steps"] if journey.login else []
    for number in reversed(range(len(steps))):
        step = replace(plain, login=None, setup=steps[:number], act=steps[number])
        yield Scene(journey.id, ("login", number), step)


def observe(world: World, scene: Scene, initial: Fingerprint) -> None:
    """Fill in what it writes; nothing where two performances differ. Raises AssertionError.

    `initial`: the rows before anybody did anything.
    """
    scene.is_known = True
    first, second = (perform(world, scene.journey, shifted=later) for later in (False, True))
    values = Values(first, second)
    values.capture = dict(scene.journey.act.get("capture") or {})
    storing = Storing(values, read_schema(world.database), initial)
    others = {change.table: change for change in second.changes}
    for change in first.changes:
        other = others.get(change.table)
        if other is not None and other.shape == change.shape:
            scene.written[change.table] = Written(
                kinds(change), storing.of_table(change, other), changed(change)
            )
    scene.capture = values.capture


def kinds(change: Changes) -> frozenset[str]:
    """What was done to a table."""
    done = {"insert": change.inserted, "update": change.updated, "delete": change.deleted}
    return frozenset(name for name, rows in done.items() if rows)


def changed(change: Changes) -> frozenset[str]:
    """Columns with other values than before."""
    return frozenset(name for pair in change.updated for name in changed_columns(*pair))


def perform(world: World, journey: Journey, *, shifted: bool) -> Tried:
    """The action, with all rows before and after it. Raises AssertionError."""
    method = next((name for name in METHODS if name in journey.act), "run")
    plan = Plan(Operation(method, journey.act[method]), setup=tuple(journey.setup))
    client = world.client(journey.login, journey.setup, shifted=shifted)
    tried = Tried(plan, journey.act, values=dict(client.values), before=world.fingerprint())
    begin = dt.datetime.now(dt.timezone.utc)
    act(journey, client, world.stage.run)
    tried.window = (begin, dt.datetime.now(dt.timezone.utc))
    tried.text = client.last.text if client.last is not None else ""
    tried.after = world.fingerprint()
    return tried
