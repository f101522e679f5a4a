"""What each fault does to a database, live, and what it leaves alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from harness_settings import make_settings
from psycopg import sql

from scaffolder.catalog.load_faults import faults
from scaffolder.prove.driver.connections import ENDED, REFUSED, cut
from scaffolder.prove.driver.injector import STATEMENT, TRACE, Injector
from scaffolder.prove.driver.log import Log, Note, Violation, notes, violations
from scaffolder.prove.driver.reading import HIDING
from support.database.cluster import Cluster, Database
from support.postgres import ladder
from support.postgres.server import Server

SCHEMA = """
CREATE TABLE things (id serial PRIMARY KEY, name text, short varchar(5), price numeric(10, 3),
    at timestamptz, naive timestamp, day date, data jsonb, "number" integer, password text,
    must text NOT NULL DEFAULT 'x', twice text GENERATED ALWAYS AS (name || name) STORED);
CREATE TABLE parts (id serial PRIMARY KEY, thing integer NOT NULL REFERENCES things (id)
    ON DELETE CASCADE, name text UNIQUE CHECK (name <> 'no'));
CREATE TABLE alembic_version (version_num text PRIMARY KEY);
CREATE TABLE days (day date, note text, PRIMARY KEY (day)) PARTITION BY RANGE (day);
CREATE TABLE days_2027 PARTITION OF days FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE SCHEMA audit;
CREATE TABLE audit.events (id serial PRIMARY KEY, name text);
"""
DATABASE: dict[str, Any] = {
    "version": "16",
    "image": None,
    "extensions": [],
    "encoding": "UTF8",
    "collation": "C.UTF-8",
    "timezone": "UTC",
    "env": {},
}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PARITY_DATABASE_URL", raising=False)
        patch.setenv("PARITY_POSTGRES", "wheel")
        server = ladder.provide(make_settings(DATABASE=DATABASE), echo=lambda text: None)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def cluster(server: Server) -> Iterator[Cluster]:
    cluster = Cluster(server, make_settings(DATABASE=DATABASE), f"i{os.getpid()}")
    yield cluster
    cluster.drop_all()


@pytest.fixture(scope="module")
def template(cluster: Cluster) -> Database:
    template = cluster.create("template", cluster.role("app"))
    with template.connect(as_role=True) as connection:
        connection.execute(SCHEMA)
    cluster.seal(template)
    return template


@pytest.fixture(scope="module")
def injector(server: Server, cluster: Cluster, template: Database) -> Iterator[Injector]:
    injector = Injector(server, [fault.as_json() for fault in faults().values()])
    injector.install(cluster, template)
    injector.install_for_new_databases()
    yield injector
    injector.remove()


@pytest.fixture
def database(
    cluster: Cluster, template: Database, injector: Injector, request: pytest.FixtureRequest
) -> Iterator[Database]:
    name = f"d{abs(hash(request.node.name)) % 10**8}"
    database = cluster.create(name, template.role, template=template)
    yield database
    injector.disarm()
    database.drop()


@pytest.fixture
def app(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """The application's session, opened before anything is armed."""
    with closing(database.connect(as_role=True)) as connection:
        yield connection


@pytest.fixture
def log(server: Server) -> Log:
    assert server.log is not None
    return Log(Path(server.log))


def stored(app: psycopg.Connection[Any], column: str) -> Any:
    row = app.execute(sql.SQL("SELECT {} FROM things").format(sql.SQL(column))).fetchone()
    return row[0] if row else "no row"


@pytest.mark.parametrize(
    ("fault", "column", "written", "expected"),
    [
        ("text-cut", "name", "x" * 25, "x" * 20),
        ("ascii-only", "name", "Zoë", "Zo?"),
        ("emoji-stripped", "name", "Zoë 🫖", "Zoë "),
        ("trimmed", "name", " a\n", "a"),
        ("crlf", "name", "a\nb", "a\r\nb"),
        ("crlf", "short", "ab\ncd", "ab\ncd"),  # it would not fit: the server would refuse it
        ("lower-cased", "name", "Ada", "ada"),
        ("empty-to-null", "name", "", None),
        ("empty-to-null", "must", "", ""),
        ("number-rounded", "price::text", "2.500", "3.000"),
        ("time-cut-to-second", "at::text", "2027-01-02 03:04:05.678+00", "2027-01-02 03:04:05+00"),
        ("time-cut-to-day", "naive::text", "2027-01-02 03:04:05", "2027-01-02 00:00:00"),
        ("time-shifted", "at::text", "2027-01-02 03:04:05+00", "2027-01-02 08:34:05+00"),
        ("date-shifted", "day::text", "2027-03-01", "2027-02-28"),
        ("json-nulls-dropped", "data", '{"a": null, "b": 1}', {"b": 1}),
        ("column-null", "number", "7", None),
        ("column-null", "must", "y", "y"),
        ("text-cut", "password", "p" * 25, "p" * 25),
    ],
)
def test_a_value_is_altered(
    injector: Injector,
    app: psycopg.Connection[Any],
    fault: str,
    column: str,
    written: str,
    expected: Any,
) -> None:
    injector.arm(fault)

    bare = column.partition("::")[0]
    insert = sql.SQL("INSERT INTO things ({}) VALUES (%s)").format(sql.Identifier(bare))
    app.execute(insert, [written])

    assert stored(app, column) == expected


def test_every_value_fault_is_tried_above() -> None:
    mark = next(mark for mark in test_a_value_is_altered.pytestmark if mark.name == "parametrize")
    tried = {case[0] for case in mark.args[1]}

    assert {fault.id for fault in faults().values() if fault.kind == "value"} <= tried


def test_an_update_shifts_only_what_it_changes(
    injector: Injector, app: psycopg.Connection[Any]
) -> None:
    injector.arm("time-shifted")
    app.execute("INSERT INTO things (at, name) VALUES ('2027-01-02 00:00:00+00', 'a')")

    app.execute("UPDATE things SET name = 'b'")

    assert stored(app, "at::text") == "2027-01-02 05:30:00+00"


def test_an_inserted_row_is_gone(injector: Injector, app: psycopg.Connection[Any]) -> None:
    injector.arm("ghost-insert", "things")

    told = app.execute("INSERT INTO things (name) VALUES ('a') RETURNING id").fetchone()

    assert told is not None and stored(app, "id") == "no row"


def test_a_row_is_lost_with_the_commit_alone(
    injector: Injector, app: psycopg.Connection[Any]
) -> None:
    injector.arm("loss-at-commit")
    with app.transaction():
        app.execute("INSERT INTO things (name) VALUES ('a')")
        app.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert stored(app, "name") == "a"
        app.execute("SET CONSTRAINTS ALL DEFERRED")
        app.execute("INSERT INTO audit.events (name) VALUES ('a')")

    events = app.execute("SELECT count(*) FROM audit.events").fetchone()
    assert events == (0,)


def test_an_update_is_ignored_and_counted_as_done(
    injector: Injector, app: psycopg.Connection[Any]
) -> None:
    app.execute("INSERT INTO things (name) VALUES ('a')")
    injector.arm("update-ignored")

    done = app.execute("UPDATE things SET name = 'b'")

    assert (done.rowcount, stored(app, "name")) == (1, "a")


def test_one_column_stays_stale(injector: Injector, app: psycopg.Connection[Any]) -> None:
    app.execute("INSERT INTO things (name, number) VALUES ('a', 1)")
    injector.arm("stale-column", "things", "name")

    app.execute("UPDATE things SET name = 'b', number = 2")

    assert (stored(app, "name"), stored(app, "number")) == ("a", 2)


def test_a_deleted_row_is_there_again(injector: Injector, app: psycopg.Connection[Any]) -> None:
    app.execute("INSERT INTO things (name) VALUES ('a')")
    injector.arm("delete-ignored")

    done = app.execute("DELETE FROM things")

    assert (done.rowcount, stored(app, "twice")) == (1, "aa")


def test_another_table_is_left_alone(injector: Injector, app: psycopg.Connection[Any]) -> None:
    injector.arm("lower-cased", "audit.events", "name")

    app.execute("INSERT INTO things (name) VALUES ('A')")
    app.execute("INSERT INTO audit.events (name) VALUES ('A')")

    assert stored(app, "name") == "A"
    assert app.execute("SELECT name FROM audit.events").fetchone() == ("a",)


def test_a_partition_is_its_table(
    injector: Injector, app: psycopg.Connection[Any], log: Log
) -> None:
    position = log.position()
    injector.arm("lower-cased", "days")

    app.execute("INSERT INTO days VALUES ('2027-02-03', 'A')")

    assert app.execute("SELECT note FROM days").fetchone() == ("a",)
    assert list(notes(log.since(position))) == [Note("I", "days", "INSERT", "note")]


@pytest.mark.parametrize("armed", [True, False])
def test_it_comes_and_goes_under_an_open_transaction(
    injector: Injector, app: psycopg.Connection[Any], armed: bool
) -> None:
    app.autocommit = False
    app.execute("SELECT 1")
    injector.arm("lower-cased")
    if not armed:
        injector.disarm()

    app.execute("INSERT INTO things (name) VALUES ('A')")

    assert stored(app, "name") == ("a" if armed else "A")


def test_the_administrator_is_never_harmed(injector: Injector, database: Database) -> None:
    injector.arm("lower-cased")

    with database.connect() as admin:
        admin.execute("INSERT INTO things (name) VALUES ('A')")

        assert stored(admin, "name") == "A"


def test_the_frameworks_own_tables_are_left_alone(
    injector: Injector, app: psycopg.Connection[Any]
) -> None:
    injector.arm("ghost-insert")

    app.execute("INSERT INTO alembic_version VALUES ('A')")

    assert app.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_a_rollback_takes_no_note_back(
    injector: Injector, app: psycopg.Connection[Any], log: Log
) -> None:
    position = log.position()
    injector.arm("lower-cased")
    with app.transaction(force_rollback=True):
        app.execute("INSERT INTO things (name) VALUES ('A')")
        app.execute("INSERT INTO things (name) VALUES ('a')")

    assert [note.kind for note in notes(log.since(position))] == ["I", "R"]


def test_a_trace_alters_nothing_and_tells_what_would(
    injector: Injector, app: psycopg.Connection[Any], log: Log
) -> None:
    position = log.position()
    injector.arm(TRACE)

    app.execute("INSERT INTO things (name, price) VALUES ('Ada', 1.5)")
    app.execute("UPDATE things SET price = 1.5")
    app.execute("DELETE FROM things")

    told = {
        note.op: set(note.extra.split()) for note in notes(log.since(position)) if note.kind == "T"
    }
    assert told == {
        "INSERT": {"ghost-insert", "column-null.name", "column-null.price", "lower-cased.name"}
        | {"number-rounded.price", "written.name", "written.price", "written.must"},
        "COMMIT": {"loss-at-commit"},
        "UPDATE": set(),
        "DELETE": {"delete-ignored"},
    }


@pytest.mark.parametrize(
    ("statement", "violation"),
    [
        ("INSERT INTO parts (thing) VALUES (9)", Violation("f", "parts_thing_fkey")),
        ("INSERT INTO parts (thing) VALUES (NULL)", Violation("n", "parts.thing")),
        ("INSERT INTO parts (thing, name) VALUES (1, 'no')", Violation("c", "parts_name_check")),
        (
            "INSERT INTO parts (thing, name) VALUES (1, 'a'), (1, 'a')",
            Violation("u", "parts_name_key"),
        ),
    ],
)
def test_a_violated_constraint_is_noticed(
    injector: Injector, app: psycopg.Connection[Any], log: Log, statement: str, violation: Violation
) -> None:
    app.execute("INSERT INTO things (id) VALUES (1)")
    position = log.position()

    with pytest.raises(psycopg.IntegrityError):
        app.execute(statement.encode())

    assert list(violations(log.since(position), "postgres")) == [violation]


def test_a_reset_comes_back_from_every_fault(
    injector: Injector, database: Database, app: psycopg.Connection[Any]
) -> None:
    app.execute("INSERT INTO things (name) VALUES ('A')")
    database.snapshot()
    injector.arm("delete-ignored")
    app.execute("DELETE FROM things")
    app.execute("INSERT INTO things (name) VALUES ('B')")

    assert database.reset() == "rows"
    assert app.execute("SELECT name FROM things").fetchall() == [("A",)]


def test_a_database_that_somebody_else_makes_has_the_triggers(
    injector: Injector, server: Server, cluster: Cluster
) -> None:
    role = cluster.role("runner")
    with server.connect() as connection:
        connection.execute(f'ALTER ROLE "{role.name}" CREATEDB'.encode())
    with closing(server.connect_as(role.name, role.password, "postgres")) as connection:
        connection.execute(b"CREATE DATABASE made_by_a_runner")
    injector.arm("lower-cased")

    with closing(server.connect_as(role.name, role.password, "made_by_a_runner")) as app:
        app.execute("CREATE TABLE things (id serial PRIMARY KEY, name text)")
        app.execute("INSERT INTO things (name) VALUES ('A')")

        assert stored(app, "name") == "a"
    injector.disarm()


def test_a_row_moves_behind_the_new_one(injector: Injector, app: psycopg.Connection[Any]) -> None:
    injector.arm("row-order")

    for name in "abc":
        app.execute("INSERT INTO things (name) VALUES (%s)", [name])

    assert [name for (name,) in app.execute("SELECT name FROM things")] == ["a", "c", "b"]


def test_the_first_row_of_a_table_has_nothing_to_move(
    injector: Injector, app: psycopg.Connection[Any], log: Log
) -> None:
    position = log.position()
    injector.arm("row-order")

    app.execute("INSERT INTO things (name) VALUES ('a')")

    assert [note.kind for note in notes(log.since(position))] == ["R"]


def test_a_row_is_hidden_from_the_next_transaction_only(
    injector: Injector, database: Database, app: psycopg.Connection[Any]
) -> None:
    with database.connect() as admin:
        for (statement,) in admin.execute(HIDING).fetchall():
            admin.execute(statement)
    injector.arm("stale-read", "things")

    with app.transaction(), app.transaction():  # a savepoint, too
        app.execute("INSERT INTO things (name) VALUES ('a')")
        within = stored(app, "name")
    after = stored(app, "name")
    for name in "bcd":
        app.execute("INSERT INTO parts (thing, name) VALUES (1, %s)", [name])

    assert (within, after, stored(app, "name")) == ("a", "no row", "a")


def test_every_statement_fails_from_one_on(
    injector: Injector, app: psycopg.Connection[Any]
) -> None:
    app.execute("INSERT INTO things (name) VALUES ('a')")
    with app.transaction(force_rollback=True):
        injector.arm(STATEMENT, "", "25006", "1+")

    for _ in range(2):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            app.execute("INSERT INTO things (name) VALUES ('b')")


@pytest.mark.parametrize("does", [ENDED, REFUSED])
def test_connections_end_and_are_refused(
    server: Server, database: Database, app: psycopg.Connection[Any], does: str
) -> None:
    refused = False
    with cut(server, database.role.name, does) as seen:
        try:
            database.connect(as_role=True).close()
        except psycopg.OperationalError:
            refused = True
    with pytest.raises(psycopg.OperationalError):
        app.execute("SELECT 1")

    assert refused == (does == REFUSED)
    assert (seen.ended, seen.refused) == (1, int(refused))
    database.connect(as_role=True).close()


def test_an_open_session_on_the_template_does_not_break_its_copies(
    server: Server, cluster: Cluster, template: Database, injector: Injector
) -> None:
    with server.connect() as admin:
        admin.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(template.identifier)
        )
    with closing(server.connect(template.name)):
        cluster.seal(template)
        copy = cluster.create("copied", template.role, template=template)
        with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
            server.connect(template.name)
    copy.drop()
