"""The application's server: whether it starts, what answers when it is healthy, and whether it
connects to the database that it was given."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import httpx

from scaffolder.observe.driver.prepare import Sessions
from scaffolder.observe.driver.report import Report, StepFailed, exceptions, told
from support.app.application import START_SECONDS, Application, NotHealthy, listens
from support.app.commands import cause
from support.app.serve import ServerProcess, make_application
from support.database.cluster import Database
from support.database.connections import Seen, watch_connections
from support.run.session import Session

HEALTH_SECONDS = 10
ABSENT = "/parity-asks-for-what-is-not-there"
READS = 12
PATIENCE = 1.5  # seconds until PostgreSQL has counted a session that is over


@contextmanager
def server(
    shared: Session, settings: ModuleType, known: Mapping[str, Any], migrated: bool, report: Report
) -> Iterator[tuple[ServerProcess, Database]]:
    """The application, healthy, on a database of its own with a snapshot. Raises StepFailed.

    `migrated`: whether the migrations were seen to connect; then a server that connects only
    for its first write is trusted to find the same database.
    """
    database = shared.cluster.create("main", shared.role, template=shared.template)
    counted = Sessions(shared.server, database)
    process = ServerProcess(make_application(shared, settings, database, "main"))
    try:
        with watch_connections(shared.server, shared.role) as seen:
            _start(process.application, report)
            report.document["health"] = _health(process.application, settings, known, report)
            process.ready()
            with report.step("connected") as note:
                note.text = _connected(process.application, known, migrated, seen, counted)
        database.snapshot()
        yield process, database
    finally:
        process.application.stop()


def _start(application: Application, report: Report) -> None:
    with report.step("start"):
        application.launch()
        process = application.process
        assert process is not None
        deadline = time.monotonic() + START_SECONDS
        while not listens(application.port):
            code = process.poll()
            output = application.output()
            if code is not None:
                problem = f"the server exited with code {code}: {_cause(output)}"
                raise StepFailed(told(problem, output), output)
            if time.monotonic() > deadline:
                problem = f"nothing listens on the port after {START_SECONDS} s: {_cause(output)}"
                raise StepFailed(told(problem, output), output)
            time.sleep(0.05)


def _health(
    application: Application, settings: ModuleType, known: Mapping[str, Any], report: Report
) -> str | None:
    """The path that answers when it is healthy; `settings.HEALTH` follows it."""
    wanted: str | None = settings.HEALTH
    started = time.monotonic()
    found, answers = None, {}
    while found is None and time.monotonic() - started < HEALTH_SECONDS:
        paths = dict.fromkeys([*([wanted] if wanted else []), *known["health_candidates"]])
        answers = {path: _answer(application, settings, path) for path in [*paths, ABSENT]}
        found = _healthy(wanted, answers)
        ended = application.process is None or application.process.poll() is not None
        if ended or all(0 < status < 500 for status in answers.values()):
            break  # or it answers, and will go on answering so
        time.sleep(0.2)
    vars(settings)["HEALTH"] = found
    try:
        application.start()  # where no path is known, that is what the harness looks at
    except NotHealthy as problem:
        raise _unhealthy(problem, report) from problem
    told = [f"GET {path}: {status or 'no answer'}" for path, status in answers.items()]
    right = found is not None if wanted is None else found == wanted
    text = f"GET {found}" if right else ", ".join(told[:-1])
    if found is None and wanted is None:
        right, text = True, "it answers; no path for its health is known"
    report.add("health", right, text, time.monotonic() - started)
    return found


def _healthy(wanted: str | None, answers: Mapping[str, int]) -> str | None:
    """The draft's own path below 400, as the harness takes it; another one only with a success.

    Where any path is a success (an application for browsers), another one tells nothing.
    """
    if wanted and 200 <= answers[wanted] < 400:
        return wanted
    if 200 <= answers[ABSENT] < 300:
        return None
    return next((path for path, status in answers.items() if 200 <= status < 300), None)


def _unhealthy(problem: NotHealthy, report: Report) -> StepFailed:
    """The server listens and does not answer: it has not started after all."""
    report.document["steps"] = [s for s in report.document["steps"] if s["id"] != "start"]
    code = re.search(r"exited with code \d+", str(problem))
    what = f"the server {code[0]}" if code else "the server listens, and is not healthy"
    head = f"{what}: {_cause(problem.output)}"
    report.add("start", False, told(head, problem.output))
    return StepFailed(head, problem.output)


def _cause(output: str) -> str:
    return next(iter(exceptions(output)), "") or cause(output)


def _answer(application: Application, settings: ModuleType, path: str) -> int:
    """The status of a GET; 0 without an answer."""
    try:
        return httpx.get(
            application.base_url + path,
            headers=settings.PROXY_HEADERS,
            timeout=5,
            trust_env=False,
        ).status_code
    except (httpx.HTTPError, httpx.InvalidURL):
        return 0


def _connected(
    application: Application,
    known: Mapping[str, Any],
    migrated: bool,
    seen: Seen,
    counted: Sessions,
) -> str:
    """What shows that it is our database; raises StepFailed where nothing does."""
    if _looked(seen, counted, 0.2):
        return "when it started"
    for path in _reads(application, known):
        _answer(application, application.settings, path)
        if _looked(seen, counted, 0.1):
            return f"with GET {path}"
    if _looked(seen, counted, PATIENCE):
        return "with one of its answers"
    if migrated:
        return "the migrations did; the server connects only when it has to"
    raise StepFailed(
        "the server runs, and made no connection to the database that it was given, neither at its"
        " start nor for what was read from it: it may use another one, so that nothing was written"
    )


def _reads(application: Application, known: Mapping[str, Any]) -> Sequence[str]:
    """Paths that are read, never written: the health path, routes, and requests of the tests."""
    requests: Iterable[Mapping[str, Any]] = known["requests"]
    seen = [one["path"] for one in requests if one["method"].upper() == "GET"]
    routes = [path for route in known["routes"] if (path := route.removeprefix("GET ")) != route]
    paths = [application.settings.HEALTH or "/", "/", *routes, *seen]
    plain = [path for path in paths if path.startswith("/") and not re.search(r"[{<(]", path)]
    return list(dict.fromkeys(plain))[:READS]


def _looked(seen: Seen, counted: Sessions, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (seen.connections or counted.more):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
