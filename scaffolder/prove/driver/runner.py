"""Runs tests of a collected session again and again, in the process that has collected them."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import pytest

from scaffolder.prove.driver.log import Log, Note, Violation, notes, violations
from scaffolder.prove.driver.plans import Read, unordered
from scaffolder.prove.driver.verdict import Evidence, Red
from support.journeys.client import Client
from support.journeys.journey import Journey
from support.journeys.stage import Stage

# The application crashed: the test did not compare a value, it got no answer that it could compare.
CRASHED = re.compile(r"answer(?:s|ed) 5\d\d|no answer:")
COMPARED = ("AssertionError", "Failed")


class Late(BaseException):
    """The time limit of a fault. No `except Exception` of a test may swallow it."""


@dataclass(slots=True)
class Ran:
    """One test: what was red, and what stands in the server's log about it; seconds."""

    test: str
    reds: list[Red] = field(default_factory=list)
    noted: list[Note] = field(default_factory=list)
    prepared: list[Note] = field(default_factory=list)
    """What others had written for it: a journey's setup is done once, and resumed from there."""
    violated: list[Violation] = field(default_factory=list)
    read: list[Read] = field(default_factory=list)
    skipped: bool = False
    seconds: float = 0.0

    @property
    def reached(self) -> int:
        """Rows or statements that the fault saw."""
        return sum(note.kind in "RI" for note in self.noted)

    @property
    def infected(self) -> int:
        """Rows or statements that it altered."""
        return sum(note.kind == "I" for note in self.noted)


Run = Callable[[Sequence[pytest.Item]], tuple[list[Ran], bool]]
"""Runs items up to the first that notices: what ran, and whether the time was over."""


class Boundary(pytest.Item):
    """Stands behind the last test of a fault: what belongs to its module is torn down."""

    def runtest(self) -> None:
        """Never run."""


class Runner:
    """A pytest plugin: notes what is red, and runs items on request."""

    def __init__(self, log: Log, admin: str) -> None:
        self.log = log
        self.admin = admin
        self.session: pytest.Session | None = None
        self.stages: list[Stage] = []
        self.shared: dict[str, list[Note]] = {}
        """Test -> what fixtures wrote that it shares with the first test that asked for them."""
        self._running: Ran | None = None
        self._rehearsed: dict[Client, list[Note]] = {}
        self._lent: list[Note] = []

    def begin(self, session: pytest.Session) -> None:
        """The session whose items are run."""
        self.session = session
        self._boundary = Boundary.from_parent(session, name="parity-boundary")

    def run(
        self,
        items: Sequence[pytest.Item],
        *,
        enough: Callable[[Ran], bool] = lambda ran: False,
        limit: float = 0,
    ) -> tuple[list[Ran], bool]:
        """Each item, until one is enough or the limit (seconds, 0: none) is over; if it was."""
        self.forget()
        done: list[Ran] = []
        late = False
        with time_limit(limit):
            try:
                for number, item in enumerate(items):
                    following = items[number + 1] if number + 1 < len(items) else self._boundary
                    done.append(self._one(item, following, done))
                    if enough(done[-1]):
                        break
            except Late:
                late = True
        self._tear_down(everything=late)
        self.forget()
        return done, late

    def forget(self) -> None:
        """What was prepared under other conditions is not used again."""
        for stage in self.stages:
            stage.close()
        self._rehearsed.clear()
        self._lent.clear()

    def recycle(self) -> None:
        """Servers, databases, everything that lives for a session is made anew when needed."""
        self._tear_down(everything=True)
        self.stages.clear()

    def _one(self, item: pytest.Item, following: pytest.Item, done: list[Ran]) -> Ran:
        self._running = ran = Ran(item.nodeid)
        item.user_properties.clear()
        position, begin = self.log.position(), time.perf_counter()
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except Late:
            done.append(ran)
            raise
        finally:
            ran.seconds = time.perf_counter() - begin
            lines = self.log.since(position)
            ran.noted = list(notes(lines))
            ran.violated = list(violations(lines, self.admin))
            ran.read = list(unordered(lines))
            self._running = None
        return ran

    def _tear_down(self, *, everything: bool) -> None:
        assert self.session is not None
        self.session._setupstate.teardown_exact(None if everything else self._boundary)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        """Stages keep what they have prepared: they must forget it when a fault comes or goes."""
        position, lent = self.log.position(), len(self._lent)
        made = yield
        if fixturedef.scope in ("class", "module", "package"):
            written = [*notes(self.log.since(position)), *self._lent[lent:]]
            self._share(fixturedef.argname, request.node, written)
        if isinstance(made, Stage):
            self.watch(made)
        elif isinstance(made, dict):  # the zones of check_timezone.py
            found = (getattr(value, "stage", None) for value in made.values())
            for stage in found:
                if isinstance(stage, Stage):
                    self.watch(stage)
        return made

    def watch(self, stage: Stage) -> None:
        """Note what a journey's login and setup write for every test that goes on from there."""
        name, prepare = "prepared", stage.prepared

        def prepared(journey: Journey) -> Client:
            position = self.log.position()
            client = prepare(journey)
            if client not in self._rehearsed:
                self._rehearsed[client] = list(notes(self.log.since(position)))
            elif self._running is not None:
                self._lent += self._rehearsed[client]
                self._running.prepared += self._rehearsed[client]
            return client

        setattr(stage, name, prepared)
        self.stages.append(stage)

    def _share(self, fixture: str, node: pytest.Item | pytest.Collector, found: list[Note]) -> None:
        """What it wrote concerns every test that asks for it, not only the first one."""
        assert self.session is not None
        for item in self.session.items if found else ():
            if node in item.listchain() and fixture in getattr(item, "fixturenames", ()):
                self.shared.setdefault(item.nodeid, []).extend(found)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        ran = self._running
        if ran is None:
            return report
        if call.excinfo is not None and isinstance(call.excinfo.value, Late):
            raise call.excinfo.value
        if report.skipped:
            ran.skipped = True
        elif report.failed and call.excinfo is not None:
            ran.reds.append(red(item, call.when, call.excinfo))
        return report


def red(item: pytest.Item, phase: str, excinfo: pytest.ExceptionInfo[BaseException]) -> Red:
    """What kind of red it is; see verdict.Red."""
    error = excinfo.value
    names = {one.__name__ for one in type(error).__mro__}
    text = str(error) or repr(error)
    here = str(item.path)
    frames = [str(entry.path) for entry in excinfo.traceback]
    compared = bool(names & set(COMPARED)) and not CRASHED.search(text.split("\n", 1)[0])
    return Red(item.nodeid, phase, compared, here in frames, first_line(text))


def first_line(text: str) -> str:
    """What a failure says first."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:300]


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises Late in the main thread when the block takes longer; 0: never."""

    def raise_late(number: int, frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, raise_late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def by_cost(items: Iterable[pytest.Item], seconds: dict[str, float]) -> list[pytest.Item]:
    """Cheap files first, so that a red one is found soon; the order within a file stays."""
    items = list(items)
    files: dict[str, float] = {}
    for item in items:
        file = item.nodeid.partition("::")[0]
        files[file] = files.get(file, 0.0) + seconds.get(item.nodeid, 0.0)
    return sorted(items, key=lambda item: files[item.nodeid.partition("::")[0]])


def evidence(done: Sequence[Ran], *, late: bool, green_before: bool) -> Evidence:
    """All that was seen; a red test counts once something was altered, never before."""
    seen = Evidence(late=late, green_before=green_before)
    for ran in done:
        seen.ran.append(ran.test)
        seen.reached += ran.reached
        seen.infected += ran.infected
        seen.reds += ran.reds
        if ran.reds and not seen.infected:
            seen.green_after = False
    return seen
