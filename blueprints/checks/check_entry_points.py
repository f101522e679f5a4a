"""The server starts with production's command, is healthy, and stops on SIGTERM; scripts answer.

Faults that turn it red: a package hidden; the port ignored; SIGTERM ignored.
"""

from __future__ import annotations

import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support import settings
from support.app import children
from support.app.application import Application, NotHealthy
from support.app.commands import Completed, process_environment
from support.database.cluster import Database
from support.run.session import Session

STOPPED = (0, -signal.SIGTERM, 128 + signal.SIGTERM)
WORKER_SECONDS = 2
STOP_SECONDS = 10


def test_the_server_starts_is_healthy_and_stops_on_sigterm(
    database: Database, start_server: Callable[..., Application]
) -> None:
    try:
        server = start_server(database)
    except NotHealthy as problem:
        pytest.fail(f"entry-points: {problem}", pytrace=False)

    code = server.stop()

    assert code in STOPPED, (
        f"entry-points: the server ended with {code} after SIGTERM\n{server.output()[-2000:]}"
    )


if settings.SCRIPTS:

    @pytest.mark.parametrize("script", settings.SCRIPTS)
    def test_a_console_script_answers_help(
        script: str, command: Callable[[str], Completed]
    ) -> None:
        done = command(f"{script} --help")

        assert done.returncode == 0, (
            f"entry-points: {script} --help ends with {done.returncode}\n{done.tail()}"
        )


if settings.WORKERS:

    @dataclass
    class Worker:
        """A worker of the application that was started at `since`, in seconds."""

        process: subprocess.Popen[bytes]
        log: Path
        since: float

    @pytest.fixture(scope="module", autouse=True)
    def workers(shared: Session, migrated: Database, worker: str) -> Iterator[dict[str, Worker]]:
        """All of them, started before the first test: they stay up while the others run."""
        database = shared.cluster.create(f"{worker}_workers", shared.role, template=migrated)
        variables = process_environment(shared.environment, settings, database.env())
        started: dict[str, Worker] = {}
        try:
            for program in settings.WORKERS:
                log = shared.repository / ".parity" / "logs" / f"{worker}-{program['id']}.log"
                process = children.spawn(
                    shlex.split(program["run"]), env=variables, cwd=shared.directory, log=log
                )
                started[program["id"]] = Worker(process, log, time.monotonic())
            yield started
        finally:
            for left in started.values():
                children.terminate(left.process, left.log, STOP_SECONDS)
            database.drop()

    @pytest.mark.parametrize("program", settings.WORKERS, ids=lambda program: program["id"])
    def test_a_worker_starts_and_stops_on_sigterm(
        program: dict[str, Any], workers: dict[str, Worker]
    ) -> None:
        started = workers.pop(program["id"])
        time.sleep(max(0.0, started.since + WORKER_SECONDS - time.monotonic()))
        ended = started.process.poll()

        code = children.terminate(started.process, started.log, STOP_SECONDS)

        name = f"entry-points: worker {program['id']}"
        output = started.log.read_text(errors="replace")[-2000:]
        assert ended is None, f"{name} ended at once with {ended}\n{output}"
        assert code in STOPPED, f"{name} ended with {code} after SIGTERM\n{output}"
