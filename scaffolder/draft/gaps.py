"""From facts to the gaps between tests and production, and the failure modes that they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from scaffolder.catalog.load import categories
from scaffolder.catalog.load_gaps import CatalogGap, Coverage, contradictions, gaps, modes
from scaffolder.draft.conditions import Known, Matched, end_of_life, matching
from scaffolder.draft.wording import fill, listed, spoken
from scaffolder.scan.facts import Contradiction, Fact, Facts
from scaffolder.spec import grammar

MOST_EVIDENCE = 4
"""Places of a gap that are shown: enough for both sides, few enough to be read."""


@dataclass(frozen=True, slots=True)
class FoundGap:
    """A gap of a repository, in the words of the spec; `modes` are ids of failure_modes.yaml."""

    id: str
    category: str
    what: str
    evidence: tuple[str, ...]
    coverage: str
    risk: str
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundMode:
    """A failure mode and the first gap that leads to it; `held_by`: checks, or `journeys`."""

    id: str
    gap: str
    what: str
    visibility: str
    blast_radius: str
    detection: str
    depends_on: tuple[str, ...]
    held_by: tuple[str, ...]


def find_gaps(facts: Facts, on: date) -> tuple[FoundGap, ...]:
    """All gaps that the facts show, by category, then as in the catalogue.

    `on` is the day that ends of life are compared with.
    """
    known = Known(facts, on)
    found = [gap for row in gaps().values() if (gap := _found(row, known)) is not None]
    found += [_contradicting(contradiction) for contradiction in known.contradictions()]
    order = list(categories())
    return tuple(sorted(found, key=lambda gap: order.index(gap.category)))


def failure_modes(found: Iterable[FoundGap]) -> tuple[FoundMode, ...]:
    """The failure modes of gaps: each once, at the first gap that leads to it."""
    first: dict[str, str] = {}
    for gap in found:
        for name in gap.modes:
            first.setdefault(name, gap.id)
    return tuple(_mode(name, gap) for name, gap in first.items())


def covers(found: Iterable[FoundMode]) -> dict[str, tuple[str, ...]]:
    """The failure modes that each check holds (`journeys`: a journey), in their order."""
    held: dict[str, tuple[str, ...]] = {}
    for mode in found:
        for name in mode.held_by:
            held[name] = (*held.get(name, ()), mode.id)
    return held


def _found(row: CatalogGap, known: Known) -> FoundGap | None:
    matched = matching(row.when, known)
    if matched is None:
        return None
    shown = [matched.get(key) or known.sure(key) for key in row.evidence]
    return FoundGap(
        row.id,
        row.category,
        _sentence(row.what, row, matched, known),
        _places(shown),
        _coverage(row.coverage, row, known),
        row.risk,
        row.modes,
    )


def _sentence(template: str, row: CatalogGap, matched: dict[str, Matched], known: Known) -> str:
    products = {c.fact: c.arguments[0] for c in row.when if c.test == "ended"}

    def values(name: str) -> Sequence[str]:
        key, _, day = name.partition("|")
        found = [fact.value for fact in matched.get(key) or known.sure(key)]
        return [str(end_of_life(products[key], value)) for value in found] if day else found

    return fill(template, values)


def _coverage(choices: Iterable[Coverage], row: CatalogGap, known: Known) -> str:
    for choice in choices:
        matched = matching(choice.when, known)
        if matched is not None:
            says = _sentence(choice.says, row, matched, known)
            places = _places(matched.values())
            return f"{says} ({places[0]})" if places else says
    return "none"


def _contradicting(contradiction: Contradiction) -> FoundGap:
    key = contradiction.key
    row = next(row for row in contradictions() if key in row.keys)
    sides = (contradiction.chosen, *contradiction.others)
    return FoundGap(
        f"contradicting-{key.replace('.', '-')}",
        row.category,
        f"{row.keys[key]} is {listed([_side(fact) for fact in sides])}",
        _places([(fact,) for fact in sides]),
        "none",
        row.risk,
        row.modes,
    )


def _side(fact: Fact) -> str:
    where = f" by {spoken(str(fact.evidence[0]))}" if fact.evidence else ""
    return f"{spoken(fact.value)}{where}"


def _places(sides: Iterable[Matched]) -> tuple[str, ...]:
    """Places of the facts, the first one of each side first; those that the spec can hold."""
    rows = [list(_evidence(facts)) for facts in sides]
    mixed = [place for layer in zip_longest(*rows) for place in layer if place is not None]
    valid = [place for place in dict.fromkeys(mixed) if grammar.EVIDENCE.matches(place)]
    return tuple(valid[:MOST_EVIDENCE])


def _evidence(facts: Matched) -> Iterator[str]:
    """One place of each fact before the second of any."""
    layers = zip_longest(*(fact.evidence for fact in facts))
    return (str(place) for layer in layers for place in layer if place is not None)


def _mode(name: str, gap: str) -> FoundMode:
    row = modes()[name]
    return FoundMode(
        name,
        gap,
        row.what,
        row.visibility,
        row.blast_radius,
        row.detection,
        row.depends_on,
        row.held_by,
    )
