"""The engine is another one: everything runs on a server of another major version."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scaffolder.prove.driver.log import Log
from scaffolder.prove.driver.own_server import installed
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Run, Runner
from scaffolder.prove.driver.trace import Target, Trace
from scaffolder.prove.driver.verdict import Evidence
from support.app.migrate import migrate
from support.database.cluster import Cluster
from support.postgres import ladder
from support.postgres.options import wanted_major
from support.postgres.server import Server
from support.postgres.wheels import WHEELS
from support.run.results import Unavailable
from support.run.session import Session

LOOKS_AT = "db-dialect"


class Engine:
    """`run` runs items up to the first that notices; `items` are all of the session."""

    def __init__(
        self, shared: Session, runner: Runner, trace: Trace, items: Sequence[pytest.Item], run: Run
    ) -> None:
        self.shared, self.runner, self.run, self.trace = shared, runner, run, trace
        self.items = [item for item in items if item.nodeid not in trace.red]

    def prove(self, fault: Mapping[str, Any], wanted: Callable[[Target], bool]) -> Iterator[Result]:
        """On the first other major that can be had."""
        target = Target(fault["id"])
        if not wanted(target):
            return
        reasons: list[str] = []
        for major in others(wanted_major(self.shared.settings), installed() | set(WHEELS)):
            try:
                server = other_server(self.shared.settings, major)
            except Unavailable as problem:
                reasons.append(str(problem))
                continue
            try:
                yield self._on(server, target, fault)
            finally:
                server.stop()
            return
        why = f"no other major can be had here: {'; '.join(reasons) or 'none is known'}"
        yield result_of(target, fault, Evidence(), why=why)

    def _on(self, server: Server, target: Target, fault: Mapping[str, Any]) -> Result:
        begin = time.perf_counter()
        items = self._chosen()
        with self._moved(server):
            done, late = self.run(items)
        seconds = time.perf_counter() - begin
        reds = [red for one in done for red in one.reds]
        seen = Evidence([one.test for one in done], len(done), len(done), reds, late=late)
        if reds:
            red = {one.test for one in reds}
            again, _ = self.run([item for item in self.items if item.nodeid in red])
            seen.green_after = not any(one.reds for one in again)
        why = f"on PostgreSQL {server.version} instead of {wanted_major(self.shared.settings)}"
        expected = sum(self.trace.seconds.get(test, 0.0) for test in seen.ran)
        return result_of(
            target, fault, seen, seconds=seconds, why=why, total=len(items), expected=expected
        )

    def _chosen(self) -> list[pytest.Item]:
        """What looks at the server first; then everything, since everything runs on it."""
        checks = self.shared.settings.CHECKS.values()
        files = {check["file"] for check in checks if LOOKS_AT in check["categories"]}
        first = [item for item in self.items if item.nodeid.partition("::")[0] in files]
        return first + [item for item in self.items if item not in first]

    @contextmanager
    def _moved(self, server: Server) -> Iterator[None]:
        """The whole session is on another server, migrated there from nothing."""
        shared, runner = self.shared, self.runner
        names = ("server", "cluster", "role", "template", "migration")
        before = {name: getattr(shared, name) for name in names}
        log, admin = runner.log, runner.admin
        runner.recycle()
        cluster = Cluster(server, shared.settings, shared.run)
        try:
            role = cluster.role("app")
            template = cluster.create("template", role)
            done = migrate(shared.directory, shared.environment, shared.settings, template)
            if not done.problem:
                cluster.seal(template)
            for name, value in zip(names, (server, cluster, role, template, done), strict=True):
                setattr(shared, name, value)
            assert server.log is not None
            runner.log, runner.admin = Log(Path(server.log)), server.user
            yield
        finally:
            runner.recycle()
            for name, value in before.items():
                setattr(shared, name, value)
            runner.log, runner.admin = log, admin
            cluster.drop_all()


def others(production: int, known: Iterable[int]) -> list[int]:
    """The next major first, then later ones, then earlier ones."""
    found = sorted(known)
    later = [major for major in found if major > production]
    return later + [major for major in reversed(found) if major < production]


def other_server(settings: Any, major: int) -> Server:
    """A server of this major, found as if production had it. Raises Unavailable."""
    before, rung = settings.DATABASE, os.environ["PARITY_POSTGRES"]
    settings.DATABASE = {**before, "version": str(major), "image": None}
    problems = []
    try:
        for name in ("system", "wheel"):
            os.environ["PARITY_POSTGRES"] = name
            try:
                server = ladder.provide(settings, echo=lambda text: None)
            except Unavailable as problem:
                problems.append(str(problem))
                continue
            if server.major == major:
                return server
            problems.append(f"{name} has {server.major}")
            server.stop()
    finally:
        settings.DATABASE, os.environ["PARITY_POSTGRES"] = before, rung
    raise Unavailable(f"PostgreSQL {major}: {', '.join(problems)}")
