"""A draft, observed, and drafted again with what was seen; at most a few times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from scaffolder.catalog.load_gaps import ends_of_life
from scaffolder.draft.draft import Draft, Observed, draft
from scaffolder.draft.install import SETUPTOOLS
from scaffolder.observe.from_scan import known_of
from scaffolder.observe.observe import Observation, observe
from scaffolder.scan.scan import Scan

SECONDS = 420.0
"""How long one observation may take, the installation included."""
ATTEMPTS = 5


def refine(
    root: Path, scan: Scan, on: date, echo: Callable[[str], None]
) -> tuple[Draft, Observation]:
    """The draft with what observation found.

    A start that names a variable gets a sample for it and is tried again. An installation that
    fails on a Python which nothing in the repository names is tried with an older one.
    """
    # A superuser can be made of Django's own user; of another one it may need more.
    own = any("/management/commands/" in path for path in scan.tree.named("createsuperuser.py"))
    seen = Observed(superuser=scan.facts.value("app.framework") == "django" and not own)
    for attempt in range(1, ATTEMPTS + 1):
        drafted = draft(scan, on, seen)
        observation = observe(
            root, drafted.text.encode(), known_of(scan, drafted.data), deadline=SECONDS, echo=echo
        )
        again = _again(drafted, observation, seen)
        if again is None or attempt == ATTEMPTS:
            break
        echo(f"trying again: {_why(seen, again)}")
        seen = again
    prepared = observation.step("prepare")
    seen = replace(
        seen,
        superuser=seen.superuser and prepared is not None and prepared.ok,  # not proven: not there
        logins=tuple(observation.logins),
        journeys=tuple(observation.journeys),
        refusals=tuple(observation.refusals),
        health=observation.health or "",
        asks=tuple(observation.questions),
        failed=_failed(observation),
        looked=True,
    )
    return draft(scan, on, seen), observation


def _again(drafted: Draft, observation: Observation, seen: Observed) -> Observed | None:
    """What to assume beside it the next time; None when there is nothing more to try."""
    missing = [n for n in observation.missing_variables if n not in seen.variables]
    if missing:
        return replace(seen, variables=(*seen.variables, *missing))
    prepared = observation.step("prepare")
    if seen.superuser and prepared is not None and not prepared.ok:
        return replace(seen, superuser=False)
    installed = observation.step("install")
    failed = installed is not None and not installed.ok
    if failed and seen.seeded and SETUPTOOLS in drafted.data["app"]["install"].get("extra", []):
        return replace(seen, seeded=False)
    asked = any(question.place == "production.python" for question in drafted.questions)
    if failed and asked:
        older = _older(drafted.data["production"]["python"])
        return replace(seen, python=older) if older else None
    return None


def _failed(observation: Observation) -> tuple[str, str] | None:
    return next(((step.id, step.message) for step in observation.steps if not step.ok), None)


def _older(version: str) -> str | None:
    """The minor version before, as far as the table of ends of life knows it."""
    known = sorted(ends_of_life()["python"], key=_order)
    before = [each for each in known if _order(each) < _order(version)]
    return before[-1] if before else None


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def _why(before: Observed, after: Observed) -> str:
    if after.seeded != before.seeded:
        return f"without {SETUPTOOLS}"
    if after.superuser != before.superuser:
        return "without a superuser"
    if after.python != before.python:
        return f"with Python {after.python}"
    return f"with {', '.join(after.variables[len(before.variables) :])}"
