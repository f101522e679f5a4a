"""Ids of journeys: `create-item`, `update-user-password`, `favorite-article`."""

from __future__ import annotations

import re
from collections.abc import Collection

from scaffolder.observe.driver.keys import singular
from scaffolder.observe.driver.openapi import Operation, snake

NOISE = re.compile(r"api|rest|v\d+|public|private|internal")
VERBS = {"post": "create", "put": "update", "patch": "update", "delete": "delete"}
LONGEST = 48


def journey_id(operation: Operation, kind: str, taken: Collection[str]) -> str:
    """Unique among `taken`; [a-z][a-z0-9-]*."""
    plain = [snake(word).replace("_", "-") for word in operation.words]
    words = [word for word in plain if not NOISE.fullmatch(word)] or ["item"]
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    ends_in_place = operation.path.rstrip("/").endswith("}")
    verb = VERBS.get(operation.method, operation.method)
    if singular(last) != last or ends_in_place or not before:
        name = f"{verb}-{singular(last)}"
        if operation.method == "post" and kind != "insert":
            name = last if not before else f"{last}-{singular(before)}"
    elif operation.method == "post":
        name = f"{last}-{singular(before)}"
    else:
        name = f"{verb}-{singular(before)}-{last}"
    name = re.sub(r"[^a-z0-9]+", "-", name)[:LONGEST].strip("-")
    name = name if name[:1].isalpha() else f"{verb}-{name}"
    return unique(name if "-" in name else f"{verb}-{name}", taken)


def unique(name: str, taken: Collection[str]) -> str:
    numbers = (f"{name}-{number}" for number in range(2, 1000))
    return name if name not in taken else next(one for one in numbers if one not in taken)
