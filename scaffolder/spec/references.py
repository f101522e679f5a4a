"""Rules between entries: what is named exists, ids are unique, budgets hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scaffolder.catalog.load import checks as catalog_checks
from scaffolder.spec.findings import LOCAL
from scaffolder.spec.grammar import seconds
from scaffolder.spec.journeys import Journey, Refusal
from scaffolder.spec.model import COMMAND_TIERS, Check, Spec
from scaffolder.spec.problems import Finding, Path, did_you_mean, dotted, quoted

PR_SMOKE_LIMIT = 300
"""Seconds that `pr_smoke` may take at most, from session start to end in CI."""

_PR_BUDGET: Path = ("commands", "pr_smoke", "budget")

Ids = Mapping[str, set[str]]
"""Ids by section, as they are declared in the file, those of broken entries included."""


def reference_findings(spec: Spec, ids: Ids) -> Iterator[Finding]:
    """All findings about ids, references and budgets."""
    yield from _unique(spec)
    yield from _failure_modes(spec, ids)
    yield from _covers(spec, ids)
    yield from _logins(spec, ids)
    yield from _checks(spec, ids)
    yield from _accepted(spec, ids)
    yield from _budgets(spec)


def _unique(spec: Spec) -> Iterator[Finding]:
    spaces: list[list[tuple[str, Iterable[str]]]] = [
        [("gaps", (gap.id for gap in spec.gaps))],
        [("failure_modes", (mode.id for mode in spec.failure_modes))],
        [("logins", (login.id for login in spec.logins))],
        [("incidents", (incident.id for incident in spec.incidents))],
        [
            # They share file names and `accepted.check`.
            ("checks", (check.id for check in spec.checks)),
            ("journeys", (journey.id for journey in spec.journeys)),
            ("refusals", (refusal.id for refusal in spec.refusals)),
        ],
    ]
    for space in spaces:
        first: dict[str, Path] = {}
        for section, names in space:
            for index, name in enumerate(names):
                path: Path = (section, index, "id")
                if name in first:
                    text = f"the id {quoted(name)} is already taken by {dotted(first[name][:2])}"
                    yield Finding(path, text)
                first.setdefault(name, path)
    yield from _unique_workers(spec)


def _unique_workers(spec: Spec) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, worker in enumerate(spec.app.workers):
        if worker.id in seen:
            text = f"the id {quoted(worker.id)} is already taken by another worker"
            yield Finding(("app", "workers", index, "id"), text)
        seen.add(worker.id)


def _failure_modes(spec: Spec, ids: Ids) -> Iterator[Finding]:
    for index, mode in enumerate(spec.failure_modes):
        path: Path = ("failure_modes", index)
        if mode.gap not in ids["gaps"]:
            yield _unknown((*path, "gap"), "gap", mode.gap, ids["gaps"])
        if "nothing" in mode.depends_on and len(mode.depends_on) > 1:
            text = f"{dotted(path)}: 'nothing' (pure logic) stands alone in depends_on"
            yield Finding((*path, "depends_on"), text)
        if mode.covered_by is not None and mode.tier not in (None, "unit"):
            text = f"{dotted(path)}: covered_by names a unit test, and the tier is '{mode.tier}'"
            hint = "the check or journey that covers it names it under `covers`"
            yield Finding((*path, "covered_by"), text, hint)


def _covers(spec: Spec, ids: Ids) -> Iterator[Finding]:
    known = ids["failure_modes"]
    sections: dict[str, Sequence[Check | Journey]] = {
        "checks": spec.checks,
        "journeys": spec.journeys,
    }
    for section, entries in sections.items():
        for index, entry in enumerate(entries):
            for place, name in enumerate(entry.covers):
                if name not in known:
                    yield _unknown((section, index, "covers", place), "failure mode", name, known)


def _logins(spec: Spec, ids: Ids) -> Iterator[Finding]:
    for section, entries in _actions(spec).items():
        for index, entry in enumerate(entries):
            if entry.login is not None and entry.login not in ids["logins"]:
                path = (section, index, "login")
                yield _unknown(path, "login", entry.login, ids["logins"])


def _actions(spec: Spec) -> dict[str, Sequence[Journey | Refusal]]:
    return {"journeys": spec.journeys, "refusals": spec.refusals}


def _checks(spec: Spec, ids: Ids) -> Iterator[Finding]:
    known = set(catalog_checks()) | {f"regression-{name}" for name in ids["incidents"]}
    for index, check in enumerate(spec.checks):
        if check.id not in known:
            yield _unknown(("checks", index, "id"), "check", check.id, known)
    for section, entries in _actions(spec).items():
        for index, entry in enumerate(entries):
            if entry.id in known or entry.id.startswith(LOCAL):
                of = "a check" if entry.id in known else "a check in tests/parity/local/"
                text = f"the id {quoted(entry.id)} is the name of {of}"
                yield Finding((section, index, "id"), text, "choose another")


def _accepted(spec: Spec, ids: Ids) -> Iterator[Finding]:
    known = ids["checks"] | ids["journeys"] | set(catalog_checks()) | {"area"}
    for index, entry in enumerate(spec.accepted):
        if entry.check not in known and not entry.check.startswith(LOCAL):
            yield _unknown(("accepted", index, "check"), "check or journey", entry.check, known)


def _budgets(spec: Spec) -> Iterator[Finding]:
    limit = spec.commands.budget("pr_smoke")
    if limit > PR_SMOKE_LIMIT:
        yield Finding(_PR_BUDGET, f"pr_smoke has at most {PR_SMOKE_LIMIT}s, not {limit}s")
        limit = PR_SMOKE_LIMIT
    tiers = spec.commands.tiers("pr_smoke")
    entries: list[Check | Journey] = [*spec.checks, *spec.journeys]
    total = sum(seconds(entry.budget) for entry in entries if entry.tier in tiers)
    if total > limit:
        path = _PR_BUDGET if spec.commands.pr_smoke.budget else ("checks",)
        text = f"the checks and journeys of pr_smoke take {total}s together, its budget is {limit}s"
        yield Finding(path, text, "`parity plan` moves the least to nightly", fixed_by_plan=True)
    yield from _repeated_tiers(spec)


def _repeated_tiers(spec: Spec) -> Iterator[Finding]:
    for name in COMMAND_TIERS:
        tiers = getattr(spec.commands, name).tiers
        for index, tier in enumerate(tiers):
            if tier in tiers[:index]:
                path = ("commands", name, "tiers", index)
                yield Finding(path, f"the tier '{tier}' stands here a second time")


def _unknown(path: Path, kind: str, name: str, known: set[str]) -> Finding:
    hint = did_you_mean(name, known) if known else f"the file declares no {kind}"
    return Finding(path, f"{dotted(path)}: there is no {kind} {quoted(name)}", hint)
