"""An allocation as edits of the spec; none where the spec says the same already."""

from __future__ import annotations

from typing import Any

from scaffolder.plan.decisions import Allocation, Decision
from scaffolder.spec.edit import Add, Change, Edit, Remove
from scaffolder.spec.model import Spec


def edits(spec: Spec, allocation: Allocation) -> list[Edit]:
    """What has to change in the file, in its order; empty for a spec that is planned."""
    found: list[Edit] = []
    for mode, decision in zip(spec.failure_modes, allocation.failure_modes, strict=True):
        if not mode.pinned and (mode.tier, mode.reason) != (decision.tier, decision.reason):
            found.append(_change("failure_modes", mode.tier, mode.reason, decision))
    for journey, decision in zip(spec.journeys, allocation.journeys, strict=True):
        before = journey.tier if "tier" in journey.model_fields_set else None
        new = decision.reason or None
        if not journey.pinned and (before, journey.reason) != (decision.tier, new):
            found.append(_change("journeys", before, journey.reason, decision))
    return found + _checks(spec, allocation)


def _checks(spec: Spec, allocation: Allocation) -> list[Edit]:
    present = {check.id: check for check in spec.checks}
    found: list[Edit] = [Remove("checks", name) for name, _ in allocation.removed]
    for decision in allocation.checks:
        own = present.get(decision.id)
        if own is None:
            found.append(Add("checks", check_entry(decision)))
        elif not own.pinned:
            values = _values(own.tier, own.reason, decision)
            if tuple(own.covers) != decision.covers:
                values["covers"] = list(decision.covers)
            if values:
                found.append(Change("checks", own.id, values))
    return found


def _change(section: str, tier: str | None, reason: str | None, decision: Decision) -> Change:
    return Change(section, decision.id, _values(tier, reason, decision))


def _values(tier: str | None, reason: str | None, decision: Decision) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if tier != decision.tier:
        values["tier"] = decision.tier
    if decision.reason and reason != decision.reason:
        values["reason"] = decision.reason
    return values


def check_entry(decision: Decision) -> dict[str, Any]:
    """A check of a plan, as an entry of the spec."""
    found: dict[str, Any] = {
        "id": decision.id,
        "tier": decision.tier,
        "budget": f"{decision.budget}s",
    }
    if decision.covers:
        found["covers"] = list(decision.covers)
    return {**found, "reason": decision.reason}
