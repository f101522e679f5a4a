"""Ids of the failure modes that journeys cover, as the draft declares them."""

from __future__ import annotations

from typing import Any

LOST = {"insert": "lost-insert", "update": "lost-update", "delete": "lost-delete"}
ALTERED = "altered-value"
SHIFTED = "shifted-instant"
HALF_DONE = "half-done-refusal"  # of the check `rollback`, which performs the refusals


def covered(kind: str, journey: dict[str, Any]) -> list[str]:
    """`kind`: what the action does to its main table."""
    fields = journey.get("fields", {}).values()
    found = [LOST[kind]]
    if fields:
        found.append(ALTERED)
    matchers = [value for one in journey["stored"] for value in one.get("values", {}).values()]
    timed = any(isinstance(one, dict) and {"recent", "instant"} & one.keys() for one in matchers)
    if timed or any(field["kind"] == "instant" for field in fields):
        found.append(SHIFTED)
    return found
