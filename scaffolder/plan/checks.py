"""Which checks follow from the gaps and from what the spec holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scaffolder.catalog.load import REQUIREMENTS, CatalogCheck
from scaffolder.catalog.load import checks as catalog_checks
from scaffolder.plan.tiers import dependencies
from scaffolder.spec.grammar import seconds
from scaffolder.spec.journeys import Journey
from scaffolder.spec.model import Check, Spec
from scaffolder.spec.payloads import matcher_of

SUPPORT: dict[str, Callable[[Spec], bool]] = {
    "migrations": lambda spec: bool(
        spec.production.database.migrate or spec.production.database.sql_files
    ),
    "orm": lambda spec: spec.app.orm != "none",
    "own-suite": lambda spec: spec.app.own_suite is not None,
    "named-tests": lambda spec: any(mode.covered_by for mode in spec.failure_modes),
    "start": lambda spec: spec.app.start is not None,
    "entry-points": lambda spec: bool(spec.app.start or spec.app.scripts or spec.app.workers),
    "journeys": lambda spec: bool(spec.journeys),
    "fields": lambda spec: any(journey.fields for journey in spec.journeys),
    "instants": lambda spec: any(_tells_time(journey) for journey in spec.journeys),
    "journeys-or-refusals": lambda spec: bool(spec.journeys or spec.refusals),
    "artifact": lambda spec: spec.packaging.artifact in ("wheel", "sdist"),
    "dockerfile": lambda spec: spec.production.image is not None,
}
"""Whether a spec has what the catalogue's `requires` asks for."""


def _tells_time(journey: Journey) -> bool:
    """Whether a journey writes an instant, or one is stored that must be now."""
    if any(field.kind == "instant" for field in journey.fields.values()):
        return True
    values = [value for stored in journey.stored for value in stored.values.values()]
    return journey.act.run is None and any(matcher_of(value) == "recent" for value in values)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A check of the plan before its tier is final; budget in seconds."""

    id: str
    tier: str
    budget: int
    covers: tuple[str, ...]
    reason: str
    pinned: bool


def missing(check: CatalogCheck, spec: Spec) -> list[str]:
    """What the spec lacks for the check, in the words of the spec."""
    return [REQUIREMENTS[name] for name in check.requires if not SUPPORT[name](spec)]


def choose(spec: Spec) -> tuple[list[Chosen], list[tuple[str, str]], list[tuple[str, str]]]:
    """Checks of the plan, those to be removed, and those that no blueprint exists for yet."""
    present = {check.id: check for check in spec.checks}
    catalog = catalog_checks()
    chosen: list[Chosen] = []
    removed: list[tuple[str, str]] = []
    for own in spec.checks:
        lacks = missing(catalog[own.id], spec) if own.id in catalog else []
        if lacks and not own.pinned:
            removed.append((own.id, "the spec has no " + " and no ".join(lacks)))
        else:
            chosen.append(_existing(own, catalog.get(own.id), spec))
    not_generated: list[tuple[str, str]] = []
    for check in catalog.values():
        why = _why(check, spec)
        if check.id in present or why is None or missing(check, spec):
            continue
        if check.generated:
            covers = tuple(_held(check, spec))
            chosen.append(Chosen(check.id, check.tier, check.budget, covers, why, False))
        else:
            not_generated.append((check.id, check.promise))
    return chosen, removed, not_generated


def _existing(own: Check, check: CatalogCheck | None, spec: Spec) -> Chosen:
    if own.pinned or check is None:
        covers = tuple(own.covers)
        reason = own.reason or ("pinned" if own.pinned else "stands in the spec")
        return Chosen(own.id, own.tier, seconds(own.budget), covers, reason, True)
    covers = tuple(dict.fromkeys([*own.covers, *_held(check, spec)]))
    reason = own.reason or _why(check, spec) or "stands in the spec"
    return Chosen(own.id, check.tier, seconds(own.budget), covers, reason, False)


def _why(check: CatalogCheck, spec: Spec) -> str | None:
    """The gaps that ask for a check; None when nothing does."""
    gaps = [gap.id for gap in spec.gaps if gap.category in check.categories]
    if gaps:
        return f"{'gap' if len(gaps) == 1 else 'gaps'} {', '.join(gaps)}"
    if not check.categories:
        return "the spec has " + " and ".join(REQUIREMENTS[name] for name in check.requires)
    return "the other checks rest on it" if check.foundation else None


def _held(check: CatalogCheck, spec: Spec) -> list[str]:
    """Failure modes that a check catches by its nature."""
    category = {gap.id: gap.category for gap in spec.gaps}
    held = []
    for mode in spec.failure_modes:
        needs, _ = dependencies(mode, category.get(mode.gap))
        if any((category.get(mode.gap), need) in check.holds for need in needs):
            held.append(mode.id)
    return held
