"""From what was read (and observed) to the text of a spec that is valid as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scaffolder.draft.app import app
from scaffolder.draft.checks import gap_entries, journey_entries, mode_entries, planned
from scaffolder.draft.emit import emit
from scaffolder.draft.gaps import FoundGap, FoundMode, failure_modes, find_gaps
from scaffolder.draft.production import production
from scaffolder.draft.questions import Question
from scaffolder.draft.sections import Sections
from scaffolder.scan.scan import Scan

HEAD = """\
Where the tests of this application differ from its production, and what is checked because of it.
Drafted by `parity init` from the repository: the evidence stands beside each value, and what could
not be found is marked QUESTION. All of it is yours to edit; `parity validate` checks it."""
SUPPORTED = ("postgres", "sqlite")
"""Engines that a draft can be made for: a service that names only SQLite may have another one."""


STEP_PLACES = {
    "install": ("app.install.lock", "how does production install the application?"),
    "migrate": ("production.database.migrate", "what do the migrations need beside?"),
    "prepare": ("app.prepare", "what does production run between the migrations and the server?"),
    "start": ("app.start", "what does the start need beside?"),
    "health": ("app.health", "which path answers when the application is healthy?"),
    "connected": ("production.database.env", "which variables tell the application its database?"),
}
"""Where the answer goes when a step of the observation failed, and what is asked."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What observation adds: entries of parity.yaml, and what it found of the draft's own parts.

    variables: what a start asked for. health: a path that answers. python: a version that the lock
    can be installed with, where nothing in the repository names one.
    """

    logins: tuple[dict[str, Any], ...] = ()
    journeys: tuple[dict[str, Any], ...] = ()
    refusals: tuple[dict[str, Any], ...] = ()
    variables: tuple[str, ...] = ()
    health: str = ""
    python: str = ""
    superuser: bool = False
    seeded: bool = True
    """Whether setuptools is added where production has it unasked; the lock may ask for another."""
    asks: tuple[str, ...] = ()
    failed: tuple[str, str] | None = None
    """The step that failed, as in STEP_PLACES, and what was said."""
    looked: bool = False
    """Whether journeys were looked for; else they are asked for with another reason."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted spec: its text, the same as data, and what the summary tells."""

    text: str
    data: dict[str, Any]
    gaps: tuple[FoundGap, ...]
    questions: tuple[Question, ...] = field(default=())


def unsupported(scan: Scan) -> str | None:
    """The engine of production, where parity has no checks for it yet."""
    engines = scan.facts.all("database.engine")
    engines = tuple(each for each in engines if each.confidence != "guess") or engines
    if not engines or {each.value for each in engines} & set(SUPPORTED):
        return None
    return engines[0].value


def draft(scan: Scan, on: date, observed: Observed = Observed()) -> Draft:
    """The spec for the application of a scan; `on` is the day that ends of life are judged by.

    The scan must have found an application with a package and a lock (see `lacking`).
    """
    sections = Sections(scan)
    sections.data["parity"] = 1
    app(sections, superuser=observed.superuser, seeded=observed.seeded)
    production(sections, observed.variables, observed.python)
    if observed.health and "health" not in sections.data["app"]:
        sections.put(("app", "health"), observed.health)
        sections.remark(("app", "health"), "answered when the application was observed")
    gaps = find_gaps(scan.facts, on)
    modes = failure_modes(gaps)
    data = sections.data
    data["gaps"] = gap_entries(gaps)
    data["failure_modes"] = mode_entries(modes)
    _flow(sections, modes, observed)
    data["checks"] = []
    data["commands"] = {"pr_smoke": {"budget": "240s"}}
    data["ci"] = {"providers": _providers(scan)}
    _ask_about_observation(sections, observed)
    _ask_for_journeys(sections, observed)
    data.update(planned({key: value for key, value in data.items() if key != "checks"}, modes))
    sections.comments.above[("parity",)] = HEAD.splitlines()
    text = emit(data, sections.comments)
    return Draft(text, data, gaps, tuple(sections.questions))


def lacking(scan: Scan) -> str | None:
    """What no draft can do without, in words; None when it is all there."""
    if scan.application is None or not scan.facts.values("app.package"):
        return "no Python package or module that could be the application"
    if scan.facts.value("install.lock") is None:
        return (
            "no file that production installs from: uv.lock, requirements.txt, poetry.lock, "
            "Pipfile.lock, pdm.lock or pylock.toml (`uv lock` makes one)"
        )
    return None


def _providers(scan: Scan) -> list[str]:
    known = [name for name in ("github", "gitlab") if scan.facts.has("ci.provider", name)]
    return known or ["github"]


def _flow(sections: Sections, modes: Sequence[FoundMode], observed: Observed) -> None:
    data = sections.data
    if observed.logins:
        data["logins"] = list(observed.logins)
    data["journeys"] = journey_entries(observed.journeys, modes)
    if observed.refusals:
        data["refusals"] = list(observed.refusals)


def _ask_about_observation(sections: Sections, observed: Observed) -> None:
    if observed.failed is not None and observed.failed[0] in STEP_PLACES:
        step, said = observed.failed
        place, asks = STEP_PLACES[step]
        lines = [line.strip() for line in said.splitlines() if line.strip()][:4]
        asks = f"when it was observed, the step {step!r} failed: {asks}"
        sections.ask(Question(place, asks, ("journeys",), tuple(lines)))
    for text in observed.asks:
        sections.ask(Question("journeys", text, ("journeys",)))


def _ask_for_journeys(sections: Sections, observed: Observed) -> None:
    if sections.data["journeys"]:
        return
    requests = [fact.value for fact in sections.facts.all("tests.request")]
    routes = [fact.value for fact in sections.facts.all("app.route")]
    writes = [r for r in routes if r.split(" ", 1)[0] in ("POST", "PUT", "PATCH", "DELETE")]
    candidates = [f"the tests send {each}" for each in requests[:4]]
    candidates += [f"route {each}" for each in writes[:8]]
    why = "no journey was observed" if observed.looked else "nothing was observed"
    sections.ask(
        Question(
            "journeys",
            f"{why}: which action must be stored, in which row, and where is it seen afterwards? "
            "(docs: spec.md, journeys)",
            ("journeys", "boundaries", "serialization", "timezone", "rollback"),
            tuple(candidates),
        )
    )
