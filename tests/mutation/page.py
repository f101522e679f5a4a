"""The page docs/mutations.md: what each place of a generated harness is there for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from mutation.places import Place

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "mutations.md"
REASONS = Path(__file__).resolve().parent / "reasons.yaml"
HEAD = """# What each assertion is there for

<!-- Generated: python tests/mutate.py -->

Every place of the generated harnesses that judges (an assertion, a comparison, a finding) is
switched off, one at a time, under the breakages of the examples and under faults of `parity prove`.

*Alone*: the check that names the breakage or fault does not notice it any more. *Together*: one of
its tests does not, another one of the same check still does; a row and an answer that both show a
lost write, say. What nothing proves is left over, with the reason why it stays.
"""


@dataclass(slots=True)
class Proof:
    """Breakages and faults (`example/id`, with the check) that a place is needed for."""

    alone: list[str] = field(default_factory=list)
    together: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """One of them, the stronger kind first."""
        if self.alone:
            return f"{self.alone[0]}, alone" + _more(self.alone)
        return f"{self.together[0]}, together" + _more(self.together)


@dataclass(frozen=True, slots=True)
class Tried:
    """A breakage or a fault: red tests of its check; place -> those that stay red without it."""

    name: str
    red: Sequence[str]
    places: Mapping[str, Sequence[str]]


def proofs(tried: Iterable[Tried]) -> dict[str, Proof]:
    """Of every place that something needs."""
    found: dict[str, Proof] = {}
    for one in tried:
        asked = set(first_of_each(one.red))
        for place, still in one.places.items():
            proof = found.setdefault(place, Proof())
            if not still:
                proof.alone.append(one.name)
            elif set(still) < asked:
                proof.together.append(one.name)
    return {place: proof for place, proof in found.items() if proof.alone or proof.together}


def first_of_each(tests: Iterable[str]) -> list[str]:
    """The first case of each test: the others say the same by the same statement."""
    found: dict[str, str] = {}
    for test in tests:
        found.setdefault(test.partition("[")[0], test)
    return list(found.values())


def reasons() -> dict[str, str]:
    """Why a place stays that nothing proves."""
    found: dict[str, str] = yaml.safe_load(REASONS.read_text(encoding="utf-8")) or {}
    return found


def page(places: Sequence[Place], found: Mapping[str, Proof], why: Mapping[str, str]) -> str:
    """The whole document."""
    return "\n".join([HEAD, *_figures(places, found), *_tables(places, found, why), ""])


def _figures(places: Sequence[Place], found: Mapping[str, Proof]) -> Iterator[str]:
    proven = [found[place.name] for place in places if place.name in found]
    alone = sum(bool(proof.alone) for proof in proven)
    yield (
        f"{len(places)} places: {alone} needed alone, {len(proven) - alone} together with another,"
        f" {len(places) - len(proven)} left over."
    )


def _tables(
    places: Sequence[Place], found: Mapping[str, Proof], why: Mapping[str, str]
) -> Iterator[str]:
    for file in dict.fromkeys(place.file for place in places):
        yield f"\n## {file}\n\n| place | statement | needed for |\n|---|---|---|"
        for place in (one for one in places if one.file == file):
            name = place.name.removeprefix(f"{file}:")
            proof = found.get(place.name)
            told = proof.text if proof else f"left over: {why.get(place.name, '?')}"
            yield f"| {name} | `{_cell(place.text)}` | {_cell(told)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")


def _more(names: Sequence[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
