"""What a journey would have to promise so that a fault that survived turns it red.

Nothing is proposed that was not tried: green twice with nothing armed, red with the fault.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scaffolder.observe.driver.values import PRESENT
from scaffolder.observe.driver.world import Fingerprint, World
from scaffolder.prove.driver.injector import Injector
from scaffolder.prove.driver.scenes import Place, Scene, Written, observe, scenes
from support.journeys.journey import Journey

LIVE = ("row", "value")
"""Kinds that are armed at once, so that a proposal can be tried."""
WRITES: Mapping[str, tuple[str, ...]] = {
    "insert": ("insert",),
    "commit": ("insert",),
    "update": ("update",),
    "delete": ("delete",),
    "write": ("insert", "update"),
}
Entry = dict[str, Any]
Puts = list[tuple[Place, Any]]


@dataclass(frozen=True, slots=True)
class Missed:
    """A fault that survived. `met`: the files of the tests that met it."""

    id: str
    fault: Mapping[str, Any]
    table: str
    column: str
    met: Sequence[str]

    @property
    def writes(self) -> tuple[str, ...]:
        """What a request must do to the table to meet it."""
        return WRITES[self.fault.get("at", "write")]


class Proposer:
    """`initial`: the rows before anybody did anything."""

    def __init__(
        self,
        world: World,
        injector: Injector,
        journeys: Sequence[Journey],
        initial: Fingerprint,
    ) -> None:
        self.world, self.injector, self.initial = world, injector, initial
        each = [one for journey in journeys for one in scenes(journey, world.logins)]
        self.scenes = list({scene.key: scene for scene in reversed(each)}.values())[::-1]

    def propose(self, missed: Missed) -> tuple[Scene | None, str]:
        """The scene that now notices it, or why there is none."""
        if missed.fault["kind"] not in LIVE:
            return None, "no entry of `stored` can notice a fault of this kind"
        writing = 0
        for scene in self._ordered(missed):
            written = self._written(scene, missed.table)
            if not written.kinds & set(missed.writes):
                continue
            writing += 1
            if scene.puts and self._catches(scene.journey, missed):
                return scene, ""
            for puts in candidates(scene, written, missed):
                grown = with_puts(scene.journey, puts)
                if self._catches(grown, missed):
                    scene.journey = grown
                    scene.puts += puts
                    return scene, ""
        return None, why_not(missed, writing)

    def _ordered(self, missed: Missed) -> list[Scene]:
        """Journeys that met it first; the action, then what comes before it."""

        def rank(scene: Scene) -> tuple[bool, int]:
            file = f"journey_{scene.source.replace('-', '_')}.py"
            return file not in missed.met, ("", "setup", "login").index(str((*scene.at, "")[0]))

        return sorted(self.scenes, key=rank)

    def _written(self, scene: Scene, table: str) -> Written:
        if not scene.is_known:
            try:
                observe(self.world, scene, self.initial)
            except AssertionError:  # it can't be done twice, or not by itself
                scene.written = {}
        return scene.written.get(table, Written())

    def _catches(self, journey: Journey, missed: Missed) -> bool:
        """Whether what is promised of the table holds, and is red with the fault armed.

        As `parity prove` arms it: before login and setup, which it may alter as well.
        """
        numbers = [n for n, one in enumerate(journey.stored) if one["table"] == missed.table]
        if any(self._is_red(journey, numbers) for _ in range(2)):
            return False
        self.world.close()
        self.injector.arm(missed.fault["id"], missed.table, missed.column)
        try:
            return self._is_red(journey, numbers)
        finally:
            self.injector.disarm()
            self.world.close()

    def _is_red(self, journey: Journey, numbers: Sequence[int]) -> bool:
        try:
            outcome = self.world.perform(journey)
            for number in numbers:
                outcome.check_stored(number)
        except AssertionError:
            return True
        return False


def candidates(scene: Scene, written: Written, missed: Missed) -> Iterator[Puts]:
    """Ways to promise more: a column of an entry that stands there, then an entry of its own."""
    stored = scene.journey.stored
    told = [one["values"] for one in written.entries if missed.column in one.get("values", {})]
    for number, entry in enumerate(stored if missed.column else []):
        if entry["table"] != missed.table or entry.get("rows", 1) == 0:
            continue
        for value in [values[missed.column] for values in told]:
            if entry.get("values", {}).get(missed.column, ...) != value:
                yield [(("stored", number, "values", missed.column), value)]
    for entry in written.entries:
        wanted = {missed.column} if missed.column else set(written.changed)
        short = _shortened(entry, wanted, at_least=missed.column)
        if short is not None:
            yield [*_captures(scene, short), (("stored", len(stored)), short)]


def _shortened(entry: Entry, wanted: Collection[str], at_least: str) -> Entry | None:
    """An entry with the wanted columns (all, if none is); None where it says nothing of one."""
    values = entry.get("values", {})
    if at_least and at_least not in {**values, **entry["where"]}:
        return None
    kept = {name: value for name, value in values.items() if name in wanted or not wanted}
    if not at_least:
        kept = {name: value for name, value in kept.items() if value != PRESENT}
    found = {"table": entry["table"], "where": entry["where"], "values": kept}
    return {name: value for name, value in found.items() if value} | {"rows": entry["rows"]}


def _captures(scene: Scene, entry: Entry) -> Puts:
    """What the entry needs of the action's answer, and the journey does not capture yet."""
    known = scene.journey.act.get("capture") or {}
    text = json.dumps(entry)
    return [
        (("act", "capture", name), source)
        for name, source in scene.capture.items()
        if name not in known and "{" + name + "}" in text
    ]


def with_puts(journey: Journey, puts: Puts) -> Journey:
    """The journey as it would be."""
    stored, act = copy.deepcopy(journey.stored), copy.deepcopy(journey.act)
    for place, value in puts:
        if place[0] == "act":
            act.setdefault("capture", {})[place[2]] = value
        elif place[2:] == ():  # an entry, at the end
            stored.append(value)
        else:
            stored[int(place[1])].setdefault("values", {})[place[3]] = value
    return replace(journey, stored=stored, act=act)


def why_not(missed: Missed, writing: int) -> str:
    """Why nothing is proposed."""
    verb = " or ".join(missed.writes)
    if not writing:
        return (
            f"no request of a journey does it ({verb} {missed.table}); "
            f"it was met by {', '.join(missed.met)}"
        )
    where = f"{missed.table}.{missed.column}" if missed.column else missed.table
    return (
        f"what is written to {where} is another in each run, and no matcher tells it from what the "
        "fault makes of it; name what a page shows of it under `visible`"
    )
