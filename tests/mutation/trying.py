"""A pytest plugin: the tests once, and those that are red again with each place switched off.

It runs in the environment of an instrumented harness, beside mutants.py. PARITY_TRIED names the
file for what it finds, a list of `{"red": {test: message}, "places": {place: [tests still red]}}`:
one for each fault of PARITY_FAULTS (JSON), or for the application as it is. A fault is `{"entry":
of the catalogue, "table", "column"}`, or `{"statements": SQL of an altered schema}`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mutation import mutants
from support.run.results import Blocked
from support.run.session import SESSION, Session

HARNESS = Path.cwd()


class Boundary(pytest.Item):
    """Behind the last test: what belongs to its module is torn down, what to the session stays."""

    def runtest(self) -> None:
        """Never run."""


class Trying:
    def __init__(self) -> None:
        self.red: dict[str, str] = {}
        self.shared: Session | None = None
        self.faults: list[dict[str, Any]] = json.loads(os.environ.get("PARITY_FAULTS") or "[{}]")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        settings = import_module("support.settings")
        self.shared = Session.begin(HARNESS.parents[1], settings, print)
        session.config.stash[SESSION] = self.shared
        self.injector: Any = None
        if entries := [fault["entry"] for fault in self.faults if "entry" in fault]:
            driver = import_module("scaffolder.prove.driver.injector")
            once = list({entry["id"]: entry for entry in entries}.values())
            self.injector = driver.Injector(self.shared.server, once)
            self.injector.install(self.shared.cluster, self.shared.template)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        # A check that was blocked by another one has noticed nothing itself; and a name that is
        # missing now is missing because the statement which ended the test is.
        nothing = call.excinfo is not None and isinstance(call.excinfo.value, (Blocked, NameError))
        if not report.passed and not nothing:
            text = str(call.excinfo.value) if call.excinfo else str(report.longrepr)
            self.red.setdefault(item.nodeid, text[:300])
        return report

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        boundary = Boundary.from_parent(session, name="boundary")
        found = []
        for number, fault in enumerate(self.faults):
            with self.armed(fault, number):
                found.append(self.tried(session, boundary))
            if number + 1 < len(self.faults):
                session._setupstate.teardown_exact(None)
        Path(os.environ["PARITY_TRIED"]).write_text(json.dumps(found), encoding="utf-8")
        return True

    def tried(self, session: pytest.Session, boundary: pytest.Item) -> dict[str, Any]:
        """All tests, and the first red case of each again, with one place after the other off."""

        def run(items: Sequence[pytest.Item], off: str = "") -> dict[str, str]:
            mutants.begin(off)
            self.red = {}
            for number, item in enumerate(items):
                following = items[number + 1] if number + 1 < len(items) else boundary
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            session._setupstate.teardown_exact(boundary)
            return self.red

        first = run(session.items)
        fired = list(mutants.FIRED)
        cases = {name.partition("[")[0]: name for name in reversed(first)}
        again = [item for item in session.items if item.nodeid in cases.values()]
        return {"red": first, "places": {place: sorted(run(again, place)) for place in fired}}

    @contextmanager
    def armed(self, fault: Mapping[str, Any], number: int) -> Iterator[None]:
        """As the driver of `parity prove` does it: live, or with another template."""
        assert self.shared is not None
        if "entry" in fault:
            self.injector.arm(fault["entry"]["id"], fault["table"], fault["column"])
            yield
            self.injector.disarm()
        elif "statements" in fault:
            shared, template = self.shared, self.shared.template
            altered = shared.cluster.create(f"altered{number}", shared.role, template=template)
            with altered.connect() as connection:
                connection.execute(fault["statements"].encode())
            shared.cluster.seal(altered)
            shared.template = altered
            yield
            shared.template = template
        else:
            yield

    def pytest_unconfigure(self) -> None:
        if self.shared is not None:
            self.shared.end()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Trying())
