"""The application's migrations, run on a real server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness_settings import make_settings, this_python, write

from support.app.migrate import Migration, migrate, sql_files
from support.database.cluster import Cluster, Database
from support.postgres import ladder as postgres
from support.postgres.server import Server

WANTED: dict[str, Any] = {
    "version": "16",
    "image": None,
    "extensions": [],
    "encoding": "UTF8",
    "collation": None,
    "timezone": "UTC",
    "migrate": [],
    "sql_files": [],
    "env": {"DATABASE_URL": "postgresql://{user}:{password}@{host}:{port}/{name}"},
}
NUMBERS = iter(range(1_000))
MARK = """
import os, sys
assert os.environ["DATABASE_URL"].startswith("postgresql://parity_"), os.environ
open("ran.txt", "a").write(sys.argv[1] + "\\n")
if sys.argv[1] == "fails":
    raise ValueError("no such revision")
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PARITY_DATABASE_URL", raising=False)
        patch.setenv("PARITY_POSTGRES", "wheel")
        server = postgres.provide(settings(), echo=lambda text: None)
    yield server
    server.stop()


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    cluster = Cluster(server, settings(), f"t{os.getpid()}m{next(NUMBERS)}")
    yield cluster.create("app", cluster.role("app"))
    cluster.drop_all()


def settings(prepare: list[str] | None = None, **database: Any) -> Any:
    return make_settings(DATABASE=WANTED | database, PREPARE=prepare or [])


def run(folder: Path, given: Any, database: Database, **options: Any) -> Migration:
    return migrate(folder, this_python(folder), given, database, **options)


def step(name: str) -> str:
    return f"{sys.executable} mark.py {name}"


def test_files_are_applied_in_the_order_of_their_names(tmp_path: Path, database: Database) -> None:
    write(
        tmp_path,
        {
            "sql/2.sql": "INSERT INTO a VALUES (1); INSERT INTO a VALUES (2);",
            "sql/1.sql": "CREATE TABLE a (id integer); -- 100 % plain",
            "sql/notes.txt": "no SQL",
        },
    )
    given = settings(sql_files=["sql/*.sql", "sql/1*"])

    done = run(tmp_path, given, database)

    assert done.problem is None, done.problem
    assert sql_files(tmp_path, given) == ["sql/1.sql", "sql/2.sql"]
    assert database.count("a") == 2
    with database.connect() as connection:
        row = connection.execute(
            "SELECT tableowner FROM pg_tables WHERE tablename = 'a'"
        ).fetchone()
    assert row == (database.role.name,)


def test_a_file_that_fails_is_named_with_its_line(tmp_path: Path, database: Database) -> None:
    write(
        tmp_path, {"1.sql": "CREATE TABLE a (id integer);\n\nINSERT OR REPLACE INTO a VALUES (1);"}
    )

    done = run(tmp_path, settings(sql_files=["*.sql"], migrate=[step("never")]), database)

    assert done.problem == """'1.sql' failed: 1.sql:3: syntax error at or near "OR\""""
    assert database.tables() == []
    assert not (tmp_path / "ran.txt").exists()


def test_commands_come_after_the_files_and_then_prepare(tmp_path: Path, database: Database) -> None:
    write(tmp_path, {"mark.py": MARK, "1.sql": "CREATE TABLE a (id integer)"})
    given = settings([step("seed")], sql_files=["*.sql"], migrate=[step("one"), step("two")])

    assert run(tmp_path, given, database).problem is None
    assert (tmp_path / "ran.txt").read_text() == "one\ntwo\nseed\n"

    again = run(tmp_path, given, database, again=True)  # the table is there already

    assert again.problem is None
    assert (tmp_path / "ran.txt").read_text() == "one\ntwo\nseed\none\ntwo\n"


def test_the_first_command_that_fails_is_the_last(tmp_path: Path, database: Database) -> None:
    write(tmp_path, {"mark.py": MARK})

    done = run(tmp_path, settings(migrate=[step("fails"), step("never")]), database)

    assert done.problem == f"{step('fails')!r} failed: ValueError: no such revision"
    assert "Traceback" in done.output
    assert (tmp_path / "ran.txt").read_text() == "fails\n"
    assert Migration.from_json(done.as_json()) == done
