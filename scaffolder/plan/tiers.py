"""The rules that give a failure mode its tier.

1. It depends on what only production has: no tier can hold it, so `monitoring`.
2. Pure logic: `unit`.
3. It takes the whole flow to see it: `e2e` or what runs more often.
4. It is about packages being there: `packaging` or what runs more often.
5. It depends on external state (database, file system, network, ...): `integration` or higher.

Where a check or journey covers it, its tier is that one's, as far as the rule allows it: the rule
says where it can be seen, the cover where it is seen.
"""

from __future__ import annotations

from collections.abc import Iterable

from scaffolder.plan.decisions import Decision
from scaffolder.spec.findings import FailureMode

_SOONEST = ("smoke", "integration", "packaging", "e2e", "nightly")
_ALLOWED = {
    "integration": frozenset(_SOONEST),
    "packaging": frozenset({"smoke", "packaging", "nightly"}),
    "e2e": frozenset({"smoke", "e2e", "nightly"}),
}
_BY_CATEGORY = {
    "db-dialect": "database",
    "os-container": "process",
    "dependencies": "packages",
    "environment": "environment",
    "timezone-locale": "clock",
    "real-vs-mock": "network",
    "serialization": "database",
    "packaging": "packages",
}
_BLAST = {"record": 1, "feature": 2, "system": 4}


def weight(mode: FailureMode) -> int:
    """How much it matters to catch it on every pull request: 1 to 16.

    Blast radius (1, 2, 4), doubled when silent, doubled when hard to detect.
    """
    silent = 2 if mode.visibility == "silent" else 1
    hard = 2 if mode.detection == "hard" else 1
    return _BLAST[mode.blast_radius] * silent * hard


def dependencies(mode: FailureMode, category: str | None) -> tuple[tuple[str, ...], str]:
    """What the failure depends on, and where that is known from."""
    if mode.depends_on:
        return tuple(mode.depends_on), "depends on " + ", ".join(mode.depends_on)
    guess = _BY_CATEGORY.get(category or "", "environment")
    return (guess,), f"depends on {guess} by its category {category}"


def rule(needs: Iterable[str]) -> tuple[str, str]:
    """The tier that the rules above give, and the rule in words."""
    known = set(needs)
    if "production-only" in known:
        return "monitoring", "no tier can hold it"
    if known == {"nothing"}:
        return "unit", "pure logic"
    if "whole-flow" in known:
        return "e2e", "e2e or more often"
    if known == {"packages"}:
        return "packaging", "packaging or more often"
    return "integration", "integration or higher"


def decide(mode: FailureMode, category: str | None, holders: dict[str, list[str]]) -> Decision:
    """The tier of one failure mode; `holders` maps tiers to the checks that cover it there."""
    if mode.pinned and mode.tier is not None:
        return Decision(mode.id, mode.tier, mode.reason or "pinned")
    needs, why = dependencies(mode, category)
    base, words = rule(needs)
    if base in ("monitoring", "unit"):
        return _keep(mode, base, f"{why} ({words})")
    for tier in _SOONEST:
        if tier in _ALLOWED[base] and tier in holders:
            return _keep(mode, tier, f"{why} ({words}); {nature(mode)}; {_by(holders[tier])}")
    return _keep(mode, base, f"{why} ({words}); nothing covers it yet")


def nature(mode: FailureMode) -> str:
    """Visibility, detection and blast radius in words."""
    return f"{mode.visibility}, {mode.detection} to detect, {mode.blast_radius}-wide"


def _by(names: list[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"held by {', '.join(names[:2])}{more}"


def _keep(mode: FailureMode, tier: str, reason: str) -> Decision:
    """A reason that people wrote stays as long as the decision is the same."""
    same = mode.reason is not None and mode.tier == tier
    return Decision(mode.id, tier, mode.reason if same and mode.reason else reason)
