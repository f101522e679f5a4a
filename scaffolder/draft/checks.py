"""The sections that follow from gaps: failure modes, checks, and their tiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scaffolder.catalog.load import checks as catalog_checks
from scaffolder.draft.gaps import FoundGap, FoundMode, covers
from scaffolder.plan.allocate import allocate
from scaffolder.plan.checks import SUPPORT
from scaffolder.plan.decisions import Decision
from scaffolder.plan.edits import check_entry
from scaffolder.spec.model import Spec

JOURNEYS = "journeys"
"""What a failure mode of the catalogue calls the journeys, among the ids of its checks."""


def gap_entries(gaps: Sequence[FoundGap]) -> list[dict[str, Any]]:
    """The section `gaps`."""
    return [
        {
            "id": gap.id,
            "category": gap.category,
            "what": gap.what,
            "evidence": list(gap.evidence),
            "coverage": gap.coverage,
            "risk": gap.risk,
        }
        for gap in gaps
    ]


def mode_entries(modes: Sequence[FoundMode]) -> list[dict[str, Any]]:
    """The section `failure_modes`, without tiers."""
    return [
        {
            "id": mode.id,
            "gap": mode.gap,
            "what": mode.what,
            "visibility": mode.visibility,
            "blast_radius": mode.blast_radius,
            "detection": mode.detection,
            "depends_on": list(mode.depends_on),
        }
        for mode in modes
    ]


def journey_entries(
    journeys: Sequence[dict[str, Any]], modes: Sequence[FoundMode]
) -> list[dict[str, Any]]:
    """Observed journeys, covering what the spec has of the modes that journeys hold."""
    held = covers(modes).get(JOURNEYS, ())
    return [
        {**entry, "covers": [name for name in entry.get("covers", []) if name in held]}
        for entry in journeys
    ]


def planned(data: dict[str, Any], modes: Sequence[FoundMode]) -> dict[str, Any]:
    """The draft with its checks, and with the tier and the reason of everything.

    `data` must be a valid spec without `checks`.
    """
    spec = Spec.model_validate({**data, "checks": _candidates(data, modes)})
    allocation = allocate(spec)
    result = dict(data)
    result["failure_modes"] = [
        {**entry, "tier": decision.tier, "reason": decision.reason}
        for entry, decision in zip(data["failure_modes"], allocation.failure_modes, strict=True)
    ]
    result["journeys"] = [
        _journey(entry, decision)
        for entry, decision in zip(data["journeys"], allocation.journeys, strict=True)
    ]
    result["checks"] = [check_entry(decision) for decision in allocation.checks]
    return result


def _candidates(data: dict[str, Any], modes: Sequence[FoundMode]) -> list[dict[str, Any]]:
    """Checks that a gap asks for, or that hold a mode, as far as the draft supports them."""
    spec = Spec.model_validate(data)
    categories = {gap.category for gap in spec.gaps}
    held = covers(modes)
    found = []
    for check in catalog_checks().values():
        own = list(held.get(check.id, ()))
        wanted = check.foundation or own or categories & set(check.categories)
        if check.generated and wanted and all(SUPPORT[name](spec) for name in check.requires):
            entry = {"id": check.id, "tier": check.tier, "budget": f"{check.budget}s"}
            found.append({**entry, "covers": own})
    return found


def _journey(entry: dict[str, Any], decision: Decision) -> dict[str, Any]:
    first = {"id": entry["id"], "tier": decision.tier}
    reason = {"reason": decision.reason} if decision.reason else {}
    return {**first, **entry, "tier": decision.tier, **reason}
