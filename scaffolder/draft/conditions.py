"""Whether conditions of the catalogue hold for the facts of a repository, and by which facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from scaffolder.catalog.load import facts as catalog_facts
from scaffolder.catalog.load_gaps import Condition, ends_of_life
from scaffolder.scan.facts import Contradiction, Fact, Facts

Matched = tuple[Fact, ...]
LONGEST = 1000
"""Characters of a value that a regular expression is tried on: what is longer is no name."""


class Known:
    """Facts by key, best first, on a day. Looking one up does not go through all of them."""

    def __init__(self, facts: Facts, on: date) -> None:
        groups: dict[str, list[Fact]] = {}
        for fact in facts.found:
            groups.setdefault(fact.key, []).append(fact)
        self._all = {key: Facts(tuple(group)).all(key) for key, group in groups.items()}
        self.on = on

    def possible(self, key: str) -> Matched:
        """All facts of a key, guesses too."""
        return self._all.get(key, ())

    def sure(self, key: str) -> Matched:
        """What counts for a key: no guess, and one fact where there can be one value."""
        found = tuple(fact for fact in self.possible(key) if fact.confidence != "guess")
        return found if catalog_facts()[key].many else found[:1]

    def contradictions(self) -> Iterator[Contradiction]:
        """Keys with one possible value and several found ones."""
        single = (key for key, row in catalog_facts().items() if not row.many)
        merged = (fact for key in single for fact in self.possible(key))
        return Facts(tuple(merged)).contradictions()


def matching(conditions: Iterable[Condition], known: Known) -> dict[str, Matched] | None:
    """The facts that make the conditions true, by key; None when one of them is not true.

    Several conditions on a key narrow its facts down, one after the other.
    """
    found: dict[str, Matched] = {}
    for condition in conditions:
        key = condition.fact
        if condition.test in NEGATIVE:
            if not NEGATIVE[condition.test](condition, known):
                return None
            continue
        chosen = tuple(POSITIVE[condition.test](condition, known, found.get(key, known.sure(key))))
        if not chosen:
            return None
        found[key] = chosen
    return found


def same(one: str, other: str) -> bool:
    """Whether two values mean the same: `3.12` and `3.12.4` do, `3.1` and `3.12` do not."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def end_of_life(product: str, version: str) -> date | None:
    """The last day with fixes; None when the version is not known."""
    for row, day in ends_of_life()[product].items():
        if version == row or version.startswith(f"{row}."):
            return day
    return None


def _is(condition: Condition, known: Known, facts: Matched) -> Iterable[Fact]:
    return (fact for fact in facts if fact.value in condition.arguments)


def _full(condition: Condition, known: Known, facts: Matched) -> Iterable[Fact]:
    return (fact for fact in facts if _fits(condition, fact))


def _only(condition: Condition, known: Known, facts: Matched) -> Iterable[Fact]:
    return facts if all(_fits(condition, fact) for fact in facts) else ()


def _shared(condition: Condition, known: Known, facts: Matched) -> Iterable[Fact]:
    others = known.sure(condition.arguments[0])
    return (fact for fact in facts if any(same(fact.value, other.value) for other in others))


def _differs(condition: Condition, known: Known, facts: Matched) -> Iterable[Fact]:
    others = known.sure(condition.arguments[0])
    return facts if others and not any(_shared(condition, known, facts)) else ()


def _ended(condition: Condition, known: Known, facts: Matched) -> Iterable[Fact]:
    (product,) = condition.arguments
    for fact in facts:
        day = end_of_life(product, fact.value)
        if day is not None and day < known.on:
            yield fact


def _fits(condition: Condition, fact: Fact) -> bool:
    if len(fact.value) > LONGEST:
        return False
    return any(re.fullmatch(pattern, fact.value, re.DOTALL) for pattern in condition.arguments)


def _absent(condition: Condition, known: Known) -> bool:
    return not known.possible(condition.fact)


def _not(condition: Condition, known: Known) -> bool:
    return not any(fact.value in condition.arguments for fact in known.possible(condition.fact))


POSITIVE: dict[str, Callable[[Condition, Known, Matched], Iterable[Fact]]] = {
    "present": lambda condition, known, facts: facts,
    "is": _is,
    "matches": _full,
    "only": _only,
    "same": _shared,
    "among": _shared,
    "differs": _differs,
    "ended": _ended,
}
NEGATIVE: dict[str, Callable[[Condition, Known], bool]] = {"absent": _absent, "not": _not}
