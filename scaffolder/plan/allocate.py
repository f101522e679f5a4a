"""From a spec to its allocation: tiers of failure modes, checks, journeys, and the smoke suite."""

from __future__ import annotations

from collections.abc import Iterable

from scaffolder.catalog.load import checks as catalog_checks
from scaffolder.plan.checks import Chosen, choose
from scaffolder.plan.decisions import Allocation, Decision
from scaffolder.plan.smoke import SETUP_SECONDS, Candidate, select
from scaffolder.plan.tiers import decide, weight
from scaffolder.spec.grammar import seconds
from scaffolder.spec.journeys import Journey
from scaffolder.spec.model import Spec

WORTH_EVERY_CHANGE = 4
"""Weight from which an integration check is worth its place in the smoke suite: a record is wrong,
silently and hard to detect, or more."""
QUICK_SECONDS = 30
"""Up to which budget an integration check may be in the smoke suite."""


def allocate(spec: Spec) -> Allocation:
    """Every decision about a spec; pure, and the same again for its own result."""
    chosen, removed, not_generated = choose(spec)
    entries = [*(_of_journey(journey) for journey in spec.journeys), *chosen]
    candidates = _candidates(spec, entries)
    smoke = select(candidates, _room(spec, entries, candidates))
    free = {candidate.id for candidate in candidates}
    decisions = {entry.id: _decision(entry, free, smoke, spec) for entry in entries}
    journeys = tuple(decisions[journey.id] for journey in spec.journeys)
    checks = tuple(decisions[check.id] for check in chosen)
    tiers = spec.commands.tiers("pr_smoke")
    everything = (*journeys, *checks)
    return Allocation(
        failure_modes=tuple(_modes(spec, everything)),
        journeys=_with_own_reasons(journeys, {j.id: (j.tier, j.reason) for j in spec.journeys}),
        checks=_with_own_reasons(checks, {c.id: (c.tier, c.reason) for c in spec.checks}),
        removed=tuple(removed),
        not_generated=tuple(not_generated),
        smoke_seconds=sum(entry.budget for entry in everything if entry.tier in tiers),
        smoke_room=spec.commands.budget("pr_smoke") - SETUP_SECONDS,
    )


def _of_journey(journey: Journey) -> Chosen:
    """A journey through the whole flow stays in e2e; the others are for the smoke suite."""
    fixed = journey.pinned or journey.tier == "e2e"
    tier = journey.tier if fixed else "smoke"
    reason = journey.reason or ("pinned" if journey.pinned else "")
    covers = tuple(journey.covers)
    return Chosen(journey.id, tier, seconds(journey.budget), covers, reason, fixed)


def _room(spec: Spec, entries: Iterable[Chosen], candidates: Iterable[Candidate]) -> int:
    """Seconds of pr_smoke that are left for the candidates."""
    tiers = spec.commands.tiers("pr_smoke")
    free = {candidate.id for candidate in candidates}
    fixed = sum(e.budget for e in entries if e.tier in tiers and e.id not in free)
    return spec.commands.budget("pr_smoke") - SETUP_SECONDS - fixed


def _candidates(spec: Spec, entries: Iterable[Chosen]) -> list[Candidate]:
    """What is made for the smoke suite, and integration checks that are worth it and quick."""
    catalog = catalog_checks()
    found = []
    for entry in entries:
        value = _value(spec, entry)
        quick = entry.budget <= QUICK_SECONDS and value >= WORTH_EVERY_CHANGE
        if entry.pinned or not (entry.tier == "smoke" or (entry.tier == "integration" and quick)):
            continue
        foundation = entry.id in catalog and catalog[entry.id].foundation
        found.append(Candidate(entry.id, value, entry.budget, foundation))
    return found


def _value(spec: Spec, entry: Chosen) -> int:
    weights = {mode.id: weight(mode) for mode in spec.failure_modes}
    return sum(weights.get(name, 0) for name in entry.covers)


def _decision(entry: Chosen, free: set[str], smoke: set[str], spec: Spec) -> Decision:
    if entry.id not in free:
        return Decision(entry.id, entry.tier, entry.reason, entry.budget, entry.covers)
    tier: str = "smoke"
    fits = "fits into pr_smoke"
    if entry.id not in smoke:
        tier = "nightly" if entry.tier == "smoke" else entry.tier
        fits = (
            f"{entry.budget}s are too many for the {spec.commands.budget('pr_smoke')}s of pr_smoke"
        )
    value = _value(spec, entry)
    parts = (entry.reason, f"covers weight {value}" if value else "", fits)
    reason = "; ".join(part for part in parts if part)
    return Decision(entry.id, tier, reason, entry.budget, entry.covers)


def _with_own_reasons(
    decisions: Iterable[Decision], before: dict[str, tuple[str, str | None]]
) -> tuple[Decision, ...]:
    """A reason that stands in the spec stays as long as the tier does."""
    kept = []
    for decision in decisions:
        tier, reason = before.get(decision.id, ("", None))
        text = reason if tier == decision.tier and reason else decision.reason
        kept.append(Decision(decision.id, decision.tier, text, decision.budget, decision.covers))
    return tuple(kept)


def _modes(spec: Spec, entries: Iterable[Decision]) -> Iterable[Decision]:
    holders: dict[str, dict[str, list[str]]] = {mode.id: {} for mode in spec.failure_modes}
    for entry in entries:
        for name in entry.covers:
            if name in holders:
                holders[name].setdefault(entry.tier, []).append(entry.id)
    categories = {gap.id: gap.category for gap in spec.gaps}
    for mode in spec.failure_modes:
        yield decide(mode, categories.get(mode.gap), holders[mode.id])
