"""The application's own migrations, from nothing, on the production engine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg

from support.app.commands import Completed, cause, process_environment, run
from support.database.cluster import Database
from support.install.environment import Environment
from support.run import own

SEED = "tests/parity/local/seed.py"


@dataclass(frozen=True)
class Migration:
    """How it went: the step that failed with its cause and its output, if one did."""

    seconds: float
    step: str | None = None
    cause: str = ""
    output: str = ""

    @property
    def problem(self) -> str | None:
        return f"{self.step!r} failed: {self.cause}" if self.step else None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Migration:
        return cls(**data)


def migrate(
    directory: Path,
    environment: Environment,
    settings: ModuleType,
    database: Database,
    *,
    again: bool = False,
) -> Migration:
    """Run the migrations, then `prepare`; stops at the first step that fails.

    `again`: on a database that has them. Only commands know what is to do then; plain files
    would be applied a second time.
    """
    seconds = 0.0
    for path in () if again else sql_files(directory, settings):
        problem = apply_file(directory, path, database)
        if problem:
            return Migration(seconds, path, problem, problem)
    variables = process_environment(environment, settings, database.env())
    commands = list(settings.DATABASE["migrate"]) + ([] if again else list(settings.PREPARE))
    for command in commands:
        done: Completed = run(command, variables, directory, environment.path.parent.parent)
        seconds += done.seconds
        if done.returncode:
            return Migration(seconds, command, cause(done.output), done.tail(40))
    if not again and (problem_of_seed := run_seed(database)):
        return Migration(seconds, SEED, *problem_of_seed)
    return Migration(seconds)


def run_seed(database: Database) -> tuple[str, str] | None:
    """The team's own rows; what its code raised, in short and in full."""
    seed = own.hook("seed", "seed")
    if seed is None:
        return None
    with database.connect(as_role=True) as connection:
        return own.call(lambda: seed(connection))


def sql_files(directory: Path, settings: ModuleType) -> list[str]:
    """Plain SQL migrations in the order of their names, relative to the application."""
    found = {
        path.relative_to(directory).as_posix()
        for pattern in settings.DATABASE["sql_files"]
        for path in directory.glob(pattern)
    }
    return sorted(found)


def apply_file(directory: Path, path: str, database: Database) -> str | None:
    """Run one file as the application's role; the server's complaint if there is one."""
    sql = (directory / path).read_text(encoding="utf-8")
    with database.connect(as_role=True) as connection:
        try:
            connection.execute(sql.encode())  # without parameters, a file of many statements
        except psycopg.Error as error:
            place = error.diag.statement_position
            line = f":{sql[: int(place)].count(chr(10)) + 1}" if place else ""
            return f"{path}{line}: {error.diag.message_primary or error}"
    return None
