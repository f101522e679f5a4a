"""Runs of the team's own suite: a process each, on a database and with an account of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scaffolder.prove.driver import recording
from scaffolder.prove.driver.log import Log
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.schema import set_for_role
from support.app.commands import Completed, process_environment, run
from support.database import roles
from support.database.cluster import Database
from support.database.connections import watch_connections
from support.install.environment import Environment
from support.run.session import Session

RECORDER = Path(__file__).resolve().parent / "recorder"
BASELINE_SECONDS = 3600.0
NONE: Mapping[str, str] = {}


@dataclass(slots=True)
class Once:
    """One run of the suite."""

    done: Completed
    recorded: recording.Recording
    connections: int
    position: int

    @property
    def ran(self) -> list[Ran]:
        return self.recorded.ran


class Runs:
    """`limit`: seconds for one."""

    def __init__(self, shared: Session, command: str, log: Log, environment: Environment) -> None:
        self.shared, self.command, self.log = shared, command, log
        self.environment = environment
        self.numbers = itertools.count()
        self.limit = BASELINE_SECONDS

    def once(
        self,
        tests: Sequence[str] | None = None,
        *,
        plain: bool = False,
        stop: bool = False,
        lacks: tuple[str, str, str] = ("", "", ""),
        settings: Mapping[str, str] = NONE,
    ) -> Once:
        """Run it, or some tests of it, on a fresh database with an account of its own.

        `lacks`: what the database lacks, as of `_parity.lack`. `settings`: of the account.
        """
        number = next(self.numbers)
        own = self.shared.repository / ".parity" / "prove"
        own.mkdir(parents=True, exist_ok=True)
        record = own / f"record-{os.getpid()}-{number}"
        position = self.log.position()
        with self._database(number, lacks, settings) as database:
            variables = self._variables(database, record, plain=plain)
            if tests is not None:
                listed = record.with_suffix(".chosen")
                listed.write_text("\n".join(tests), encoding="utf-8")
                variables["PARITY_CHOSEN"] = str(listed)
            variables["PARITY_STOP"] = "1" if stop else "0"
            with watch_connections(self.shared.server, database.role, database) as seen:
                done = run(
                    self.command,
                    variables,
                    self.shared.directory,
                    self.shared.repository / ".parity",
                    timeout=self.limit,
                )
        recorded = recording.read(record, self.log, position, self.shared.server.user)
        for path in own.glob(f"{record.name}*"):
            path.unlink()
        return Once(done, recorded, seen.connections, position)

    @contextmanager
    def _database(
        self, number: int, lacks: tuple[str, str, str], settings: Mapping[str, str]
    ) -> Iterator[Database]:
        name = f"suite{number}"
        role = roles.make(self.shared, name, may_create_databases=True)
        database = self.shared.cluster.create(name, role, template=self.shared.template)
        try:
            with closing(database.connect()) as connection:
                set_for_role(connection, role.name, settings)
                connection.execute("SELECT _parity.lack(%s, %s, %s)", lacks)
            yield database
        finally:
            database.drop()
            roles.drop_databases(self.shared, role)

    def _variables(self, database: Database, record: Path, *, plain: bool) -> dict[str, str]:
        wanted = self.shared.settings.OWN_SUITE
        own: dict[str, str] = {}
        if not plain:
            own = {name: database.fill(value) for name, value in wanted["env"].items()}
            if wanted["settings"]:
                own["DJANGO_SETTINGS_MODULE"] = wanted["settings"]
        given = self.shared.settings
        variables = process_environment(self.environment, given, database.env(), env=own)
        paths = [str(RECORDER), variables.get("PYTHONPATH", "")]
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        variables["PYTEST_ADDOPTS"] = "-p parity_recorder"
        variables["PARITY_RECORD"] = str(record)
        variables["PARITY_SERVER_LOG"] = str(self.log.path)
        return variables
