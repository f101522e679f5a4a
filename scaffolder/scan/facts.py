"""What is known about a repository: facts, where they stand, and what contradicts what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from scaffolder.catalog.load import facts as catalog_facts

Confidence = Literal["certain", "likely", "guess"]
CONFIDENCES: tuple[Confidence, ...] = ("certain", "likely", "guess")
"""certain: it stands there; likely: a convention says so; guess: worth a question."""

Place = Literal[
    "image",
    "compose",
    "procfile",
    "deploy",
    "scripts",
    "ci",
    "settings",
    "code",
    "manifest",
    "lock",
    "example",
    "tests",
    "docs",
]
"""What kind of file a fact comes from. image: Dockerfile; deploy: Kubernetes, fly.toml, render.yaml
and the like; scripts: shell scripts, Makefile, tox; example: .env.example, sample settings."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Where something stands: a path of the repository, with `/`, and its line (None: the file)."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a detector found; key and form of the value as in catalog/facts.yaml."""

    key: str
    value: str
    evidence: tuple[Evidence, ...]
    place: Place
    confidence: Confidence = "certain"
    detail: str = ""
    """What else the draft may use: a default, a type, a sample. Its form is the detector's."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A key that can have one value and has several; `chosen` is what the draft goes on with."""

    key: str
    chosen: Fact
    others: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of a repository, as found."""

    found: tuple[Fact, ...] = field(default=())

    def all(self, key: str) -> tuple[Fact, ...]:
        """Facts of a key, best first, one for each value; their evidence put together."""
        merged: dict[str, Fact] = {}
        for fact in sorted((f for f in self.found if f.key == key), key=_rank):
            first = merged.get(fact.value)
            merged[fact.value] = fact if first is None else _together(first, fact)
        return tuple(merged.values())

    def one(self, key: str) -> Fact | None:
        """The fact that counts for a key; None when nothing was found."""
        return next(iter(self.all(key)), None)

    def value(self, key: str) -> str | None:
        """The value that counts for a key."""
        fact = self.one(key)
        return None if fact is None else fact.value

    def values(self, key: str) -> tuple[str, ...]:
        """All values of a key."""
        return tuple(fact.value for fact in self.all(key))

    def has(self, key: str, value: str) -> bool:
        """Whether a key has this value, among others perhaps."""
        return value in self.values(key)

    def contradictions(self) -> Iterator[Contradiction]:
        """Keys with one possible value and several found ones.

        What a convention suggests is no contradiction to what stands somewhere; nor is a guess.
        """
        for key, row in catalog_facts().items():
            if row.many:
                continue
            found = [fact for fact in self.all(key) if fact.confidence != "guess"]
            sure = found[0].confidence if found else "certain"
            known = [fact for fact in found if sure == "likely" or fact.confidence == "certain"]
            others = tuple(fact for fact in known[1:] if not _is_part(fact, known[0]))
            if others:
                yield Contradiction(key, known[0], others)


def together(parts: Iterable[Iterable[Fact]]) -> Facts:
    """The facts of all detectors, without repetitions.

    What tells the application its database, by whichever file, is no other variable as well.
    """
    found = dict.fromkeys(fact for part in parts for fact in part)
    rows = (f.value.partition("=")[0] for f in found if f.key == "database.variable")
    database = set(rows)
    other = ("environment.optional", "environment.required")
    return Facts(tuple(f for f in found if f.key not in other or f.value not in database))


def _together(first: Fact, other: Fact) -> Fact:
    evidence = tuple(dict.fromkeys((*first.evidence, *other.evidence)))
    detail = first.detail or other.detail
    return Fact(first.key, first.value, evidence, first.place, first.confidence, detail)


def _is_part(fact: Fact, other: Fact) -> bool:
    """`python -m shop` says less than `python -m shop --port 8080`, and nothing else."""
    return f"{other.value} ".startswith(f"{fact.value} ")


def _rank(fact: Fact) -> tuple[int, int]:
    """Guesses last; among the others the place decides, then the confidence."""
    prefer = catalog_facts()[fact.key].prefer
    place = prefer.index(fact.place) if fact.place in prefer else len(prefer)
    confidence = CONFIDENCES.index(fact.confidence)
    return (place + 100 * (fact.confidence == "guess"), confidence)
