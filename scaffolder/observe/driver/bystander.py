"""A second thing beside the one that is changed or deleted: it must stay as it is."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from scaffolder.observe.driver.answers import leaves
from scaffolder.observe.driver.explore import Explorer
from scaffolder.observe.driver.keys import Recipe
from scaffolder.observe.driver.openapi import snake
from scaffolder.observe.driver.plan import AGAIN
from scaffolder.observe.driver.world import Step

NAME = "bystander"
SENT = ("json", "form")


def with_bystander(explorer: Explorer, entry: dict[str, Any]) -> dict[str, Any] | None:
    """The journey with one more step in the setup, and its row; None where nothing makes one."""
    main = entry["stored"][0]
    held = [(column, value) for column, value in main["where"].items() if _is_held(value)]
    if len(main["where"]) != 1 or len(held) != 1:
        return None
    column, placeholder = held[0]
    name = placeholder[1:-1]
    for place, step in enumerate(entry.get("setup", [])):
        source = step.get("capture", {}).get(name)
        recipe = _maker(explorer, step) if source is not None else None
        if recipe is None:
            continue
        other = replace(recipe.plan, n=AGAIN).step(explorer.sampler)
        other |= {key: step[key] for key in ("headers", "status") if key in step}
        other["capture"] = {NAME: source}
        made = copy.deepcopy(entry)
        made["setup"].insert(place + 1, other)
        whole = [one for one in made.get("visible", []) if not _is_of_list(one)]
        if whole:  # in a list the two may change places
            made["visible"] = whole
        stays = {column: "{" + NAME + "}"}
        values = _values(other, main)
        made["stored"].append(
            {
                "table": main["table"],
                "where": stays,
                **({"values": values} if values else {}),
                "rows": 1,
            }
        )
        return made
    return None


def _is_of_list(look: dict[str, Any]) -> bool:
    paths = [path for path in look.get("json") or {} if isinstance(path, str)]
    return any(part.isdigit() for path in paths for part in path.split(".")[:2])


def _is_held(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{") and value.endswith("}")


def _maker(explorer: Explorer, step: Step) -> Recipe | None:
    """The recipe that a step of the setup comes from."""
    for recipe in explorer.keys.recipes:
        method, path = recipe.plan.operation.method, recipe.plan.operation.path
        if step.get(method) == path and any(kind in step for kind in SENT):
            return recipe
    return None


def _values(step: Step, main: dict[str, Any]) -> dict[str, Any]:
    """What the bystander was given in the columns that are expected of the other row."""
    body = next((step[kind] for kind in SENT if kind in step), None)
    sent = {snake(str(path[-1])): value for path, value in leaves(body) if path}
    return {
        column: sent[column]
        for column, value in main.get("values", {}).items()
        if isinstance(value, str) and isinstance(sent.get(column), str) and "{" not in sent[column]
    }
