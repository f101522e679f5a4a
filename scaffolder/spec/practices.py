"""Warnings: what the format allows and experience does not."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from scaffolder.catalog.load import checks as catalog_checks
from scaffolder.spec.findings import LOCAL, FailureMode
from scaffolder.spec.journeys import Journey
from scaffolder.spec.model import COMMAND_TIERS, Check, Spec
from scaffolder.spec.problems import Finding, Path, dotted, quoted

_SHELLS = {"sh", "bash", "dash", "zsh", "ksh"}
_OPERATOR = re.compile(r"(?:&&|\|\||[|;&]|[0-9]?>>?(?:&[0-9])?|<)")
_EXPANSION = re.compile(r"\$\(|`|\$\{?[A-Za-z_]|^~")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


def practice_findings(
    spec: Spec, *, today: date, exists: Callable[[str], bool]
) -> Iterator[Finding]:
    """All warnings; `exists` tells whether a path of the repository is there."""
    yield from _gaps(spec, exists)
    yield from _failure_modes(spec)
    yield from _named_tests(spec, exists)
    yield from _areas(spec)
    yield from _journeys(spec)
    yield from _commands_of_the_harness(spec)
    yield from _accepted(spec, today)
    yield from _production(spec)
    yield from _shell(spec)


def _gaps(spec: Spec, exists: Callable[[str], bool]) -> Iterator[Finding]:
    named = {mode.gap for mode in spec.failure_modes}
    for index, gap in enumerate(spec.gaps):
        path: Path = ("gaps", index)
        if gap.id not in named:
            text = f"the gap {quoted(gap.id)} has no failure mode"
            yield Finding(path, text, "how could it break the system?")
        for place, evidence in enumerate(gap.evidence):
            name = evidence.split(":")[0]
            if not exists(name):
                text = f"the evidence {quoted(name)} does not exist"
                yield Finding((*path, "evidence", place), text)


def _failure_modes(spec: Spec) -> Iterator[Finding]:
    entries: list[Check | Journey] = [*spec.checks, *spec.journeys]
    for index, mode in enumerate(spec.failure_modes):
        if mode.tier is None:
            text = f"the failure mode {quoted(mode.id)} has no tier"
            yield Finding(("failure_modes", index), text, "`parity plan` gives it one")
            continue
        tiers: set[str] = {entry.tier for entry in entries if mode.id in entry.covers}
        if mode.covered_by and any(check.id == "unit-tests" for check in spec.checks):
            tiers.add("unit")
        if mode.tier == "monitoring" or mode.tier in tiers:
            continue
        path: Path = ("failure_modes", index, "tier")
        if tiers:
            text = f"{quoted(mode.id)} belongs to {mode.tier}, and is covered in {sorted(tiers)[0]}"
            yield Finding(path, text, "`parity plan` allocates again")
        else:
            text = f"no check or journey covers the failure mode {quoted(mode.id)}"
            yield Finding(path, text, _how_to_cover(mode))


def _how_to_cover(mode: FailureMode) -> str:
    if mode.covered_by:
        return "`parity plan` adds the check unit-tests where app.own_suite says how tests run"
    return "name a test under covered_by" if mode.tier == "unit" else "add it to `covers`"


def _named_tests(spec: Spec, exists: Callable[[str], bool]) -> Iterator[Finding]:
    for index, mode in enumerate(spec.failure_modes):
        name = (mode.covered_by or "").partition("::")[0]
        if name and not exists(str(PurePosixPath(spec.app.directory, name))):
            text = f"the test file {quoted(name)} does not exist"
            yield Finding(("failure_modes", index, "covered_by"), text)


def _areas(spec: Spec) -> Iterator[Finding]:
    """Areas that nothing holds; `pr_smoke` fails for them unless they are accepted."""
    accepted = {entry.case for entry in spec.accepted if entry.check == "area"}
    hint = "accept it with {check: area, case: %s, reason: ...}, or pr_smoke fails where strict"
    if not spec.journeys and not accepted & {"persistence", None}:
        text = "no journey shows that what is acknowledged is stored"
        yield Finding(("journeys",), text, hint % "persistence")
    known = catalog_checks()
    held = {c for check in spec.checks if check.id in known for c in known[check.id].categories}
    gap_of = {mode.id: mode.gap for mode in spec.failure_modes}
    by_journey = {gap_of.get(name) for journey in spec.journeys for name in journey.covers}
    for index, gap in enumerate(spec.gaps):
        if gap.category in held or gap.id in by_journey or accepted & {gap.category, None}:
            continue
        text = f"no check holds the category '{gap.category}' of the gap {quoted(gap.id)}"
        yield Finding(("gaps", index, "category"), text, hint % gap.category)


def _journeys(spec: Spec) -> Iterator[Finding]:
    for index, journey in enumerate(spec.journeys):
        path: Path = ("journeys", index)
        if not journey.stored:
            text = f"the journey {quoted(journey.id)} looks at nothing that is stored"
            yield Finding(path, text, "give it `stored`: a 200 alone proves no commit")
        if not journey.outcomes:
            text = f"the journey {quoted(journey.id)} looks at nothing that a user can see"
            yield Finding(path, text, "give it `visible`")


def _commands_of_the_harness(spec: Spec) -> Iterator[Finding]:
    for name in COMMAND_TIERS:
        settings = getattr(spec.commands, name)
        if settings.budget and not settings.owner:
            text = f"the budget of {name} has no owner"
            yield Finding(("commands", name), text, "who keeps it?")
    if "smoke" not in spec.commands.tiers("pr_smoke"):
        yield Finding(("commands", "pr_smoke"), "pr_smoke does not run the tier 'smoke'")


def _accepted(spec: Spec, today: date) -> Iterator[Finding]:
    chosen = {check.id for check in spec.checks} | {journey.id for journey in spec.journeys}
    for index, entry in enumerate(spec.accepted):
        path: Path = ("accepted", index)
        if entry.until is None:
            text = f"the accepted finding of {quoted(entry.check)} has no end"
            yield Finding(path, text, 'until: "2027-01-31", say')
        elif date.fromisoformat(entry.until) < today:
            text = f"the accepted finding of {quoted(entry.check)} expired on {entry.until}"
            yield Finding((*path, "until"), text, "it is red again")
        listed = entry.check in chosen or entry.check.startswith(LOCAL)
        if entry.check != "area" and not listed:
            text = f"{quoted(entry.check)} is accepted, and is not under `checks`"
            yield Finding((*path, "check"), text)


def _production(spec: Spec) -> Iterator[Finding]:
    database = spec.production.database
    path: Path = ("production", "database")
    if database.image is not None and _floats(database.image):
        text = f"the image {quoted(database.image)} is another one tomorrow"
        yield Finding((*path, "image"), text, "name a version")
    if database.migrate is None and not database.sql_files:
        text = "nothing builds the schema: neither `migrate` nor `sql_files`"
        yield Finding(path, text, "the application must do it when it starts")
    zones = available_timezones()
    for place, zone in (
        (("production", "timezone"), spec.production.timezone),
        ((*path, "timezone"), database.timezone),
    ):
        if zones and not _is_zone(zone):
            yield Finding(place, f"there is no time zone {quoted(zone)} on this machine")


def _floats(image: str) -> bool:
    _, _, tag = image.rpartition("/")[2].partition(":")
    return "@" not in image and (not tag or tag == "latest" or not any(c.isdigit() for c in tag))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _shell(spec: Spec) -> Iterator[Finding]:
    for path, command in _commands(spec):
        arguments = shlex.split(command)
        if arguments[0].rsplit("/", 1)[-1] in _SHELLS:
            continue
        if _ASSIGNMENT.match(arguments[0]):
            text = f"{dotted(path)}: {quoted(arguments[0])} is taken for the program"
            yield Finding(path, text, f"env {arguments[0]} ...: commands never meet a shell")
        for argument in arguments:
            if _OPERATOR.fullmatch(argument) or _EXPANSION.search(argument):
                text = f"{dotted(path)}: {quoted(argument)} is handed over as it is"
                yield Finding(path, text, "commands never meet a shell; sh -c '...' if need be")
                break


def _commands(spec: Spec) -> Iterator[tuple[Path, str]]:
    app = spec.app
    migrate = spec.production.database.migrate
    if app.start:
        yield ("app", "start"), app.start
    if app.own_suite:
        yield ("app", "own_suite", "run"), app.own_suite.run
    for index, command in enumerate(app.prepare):
        yield ("app", "prepare", index), command
    for index, worker in enumerate(app.workers):
        yield ("app", "workers", index, "run"), worker.run
    if isinstance(migrate, str):
        yield ("production", "database", "migrate"), migrate
    for index, command in enumerate(migrate if isinstance(migrate, list) else []):
        yield ("production", "database", "migrate", index), command
    for index, journey in enumerate(spec.journeys):
        if journey.act.run:
            yield ("journeys", index, "act", "run"), journey.act.run
