"""Suggest: the lines of parity.yaml that would catch the survivors, as edits and as a patch."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scaffolder.prove.judged import Fault
from scaffolder.prove.prove import Asked, drive, job
from scaffolder.spec.edit import Add, Edit, Put

Data = Mapping[str, Any]
NO_END = "\\ No newline at end of file"
VERBS = {"insert": "create", "commit": "create", "update": "update", "delete": "delete"}


@dataclass(slots=True)
class Suggestions:
    """`journeys`: survivor -> the journey that would catch it; `why`: survivor -> why none does."""

    edits: list[Edit] = field(default_factory=list)
    journeys: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)


def suggest(
    repository: Path,
    data: Data,
    survivors: Sequence[Fault],
    *,
    echo: Callable[[str], None] = lambda text: None,
) -> Suggestions:
    """Try what would catch each survivor, on the running application.

    `data`: parity.yaml as it is read. Raises BadInput without a harness, and Missing without
    PostgreSQL.
    """
    if not survivors:
        return Suggestions()
    asked = Asked([fault.fault for fault in survivors])
    told = job(repository, asked, 0) | {
        "target": "suggest",
        "survivors": [
            {
                "id": fault.id,
                "fault": fault.fault,
                "table": fault.table,
                "column": fault.column,
                "met": sorted({test.partition("::")[0] for test in fault.met}),
            }
            for fault in survivors
        ],
    }
    events: list[Data] = []

    def tell(number: int, event: Data) -> None:
        if event["event"] == "say":
            echo(event["text"])
        events.append(event)

    drive(repository, [told], tell)
    return gathered(data, survivors, events)


def gathered(data: Data, survivors: Sequence[Fault], events: Sequence[Data]) -> Suggestions:
    """From what the driver told."""
    found = Suggestions()
    caught: dict[int, list[Fault]] = {}
    by_id = {fault.id: fault for fault in survivors}
    for event in events:
        if event["event"] == "suggestion" and event["scene"] is None:
            found.why[event["fault"]] = event["why"]
        elif event["event"] == "suggestion":
            caught.setdefault(event["scene"], []).append(by_id[event["fault"]])
    taken = {one["id"] for name in ("checks", "journeys", "refusals") for one in data.get(name, [])}
    for event in events:
        if event["event"] != "grown":
            continue
        puts = [(tuple(place), value) for place, value in event["puts"]]
        name = event["source"]
        if event["at"]:
            name = new_id(caught[event["scene"]][0], taken)
            taken.add(name)
            found.edits.append(Add("journeys", new_journey(data, name, event, puts)))
        else:
            found.edits += [Put("journeys", name, place, value) for place, value in puts]
        found.journeys |= {fault.id: name for fault in caught[event["scene"]]}
    return found


def new_id(fault: Fault, taken: Collection[str]) -> str:
    """`update-daycount`: what its action does, to which table."""
    verb = VERBS.get(fault.catalog.details.get("at", ""), "write")
    table = re.sub(r"[^a-z0-9]+", "-", fault.table.lower()).strip("-")
    names = [f"{verb}-{table}", *(f"{verb}-{table}-{number}" for number in range(2, 100))]
    return next(name for name in names if name not in taken)


def new_journey(
    data: Data, name: str, event: Data, puts: Sequence[tuple[tuple[Any, ...], Any]]
) -> dict[str, Any]:
    """A request that comes before another journey's action, as a journey of its own."""
    source = next(one for one in data["journeys"] if one["id"] == event["source"])
    where, number = event["at"]
    login = source.get("login")
    steps = source.get("setup", [])
    if where == "login":
        steps = next(one["steps"] for one in data["logins"] if one["id"] == login)
        login = None
    stored = [value for place, value in puts if place[0] == "stored" and not place[2:]]
    for place, value in puts:
        if place[0] == "stored" and place[2:]:
            stored[place[1]].setdefault("values", {})[place[3]] = value
    action = {key: value for key, value in steps[number].items() if key != "capture"}
    added = {place[2]: value for place, value in puts if place[0] == "act"}
    known = {**steps[number].get("capture", {}), **added}
    used = {key: value for key, value in known.items() if "{" + key + "}" in json.dumps(stored)}
    return {
        "id": name,
        "tier": "smoke",
        "budget": "5s",
        **({"login": login} if login else {}),
        **({"setup": steps[:number]} if number else {}),
        "act": action | ({"capture": used} if used else {}),
        "stored": stored,
    }


def patch(before: bytes, after: bytes, name: str) -> str:
    """What `git apply` and `patch -p1` take, in the folder of the file."""
    old, new = (raw.decode("utf-8").splitlines(keepends=True) for raw in (before, after))
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
    return "".join(one if one.endswith("\n") else f"{one}\n{NO_END}\n" for one in lines)
