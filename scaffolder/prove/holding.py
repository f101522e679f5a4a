"""Whether each check of a harness holds here: which of the faults that it names turned it red."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scaffolder.catalog.load import checks
from scaffolder.catalog.load_faults import proofs
from scaffolder.spec.model import Spec

LEFT_OUT = ("own-suite",)
"""Proven by itself, with --suite."""


@dataclass(frozen=True, slots=True)
class Holding:
    """`holds`: yes, no (it met a fault of its own and stayed green), not shown, or not injected.

    `red_by`, `green_under`: narrow ids of faults that the check names. A run ends with the first
    test that notices, so a check that is in neither has had no say.
    """

    check: str
    named: tuple[str, ...]
    red_by: tuple[str, ...] = ()
    green_under: tuple[str, ...] = ()

    @property
    def holds(self) -> str:
        """One of the four."""
        if not self.named:
            return "not injected"
        if self.red_by:
            return "yes"
        return "no" if self.green_under else "not shown"

    def as_json(self) -> dict[str, Any]:
        """An entry of `checks` in `--json`."""
        return {
            "check": self.check,
            "holds": self.holds,
            "named": list(self.named),
            "red_by": list(self.red_by),
            "green_under": list(self.green_under),
        }


def named(spec: Spec) -> dict[str, tuple[str, tuple[str, ...]]]:
    """File of each check and journey of the harness -> its id, and the faults that it names."""
    found = {}
    for check in spec.checks:
        known = checks().get(check.id)
        if known and known.generated and check.id not in LEFT_OUT:
            found[f"check_{check.id.replace('-', '_')}.py"] = (check.id, proofs()[check.id])
    for journey in spec.journeys:
        file = f"journey_{journey.id.replace('-', '_')}.py"
        found[file] = (journey.id, proofs()["journeys"])
    return found


def holdings(
    spec: Spec,
    judged: Sequence[tuple[str, str, Collection[str]]],
    asked: Sequence[Mapping[str, Any]],
) -> Iterator[Holding]:
    """From the faults that were judged, and from what each check was asked by itself.

    `judged`: narrow id, fault, and the tests that noticed. `asked`: what the driver told of a check
    that ran alone, `{"file", "id", "red", "infected"}`.
    """
    for file, (name, own) in named(spec).items():
        red = [
            narrow
            for narrow, fault, tests in judged
            if fault in own and any(test.partition("::")[0] == file for test in tests)
        ]
        alone = [one for one in asked if one["file"] == file]
        red += [one["id"] for one in alone if one["red"]]
        green = [one["id"] for one in alone if one["infected"] and not one["red"]]
        yield Holding(name, own, tuple(dict.fromkeys(red)), tuple(green))
