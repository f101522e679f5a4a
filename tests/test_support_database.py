"""Roles, databases, rows and resets of a harness, on a real server."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.database import connections, settle
from support.database.cluster import (
    BadValue,
    Busy,
    Cluster,
    Database,
    NoSuchColumn,
    NoSuchTable,
    Role,
)
from support.postgres import ladder as postgres
from support.postgres.owner import Owner
from support.postgres.server import Server
from support.run.results import Unavailable

URL = "postgresql://{user}:{password}@{host}:{port}/{name}"
RUNS = (f"t{os.getpid()}{number}" for number in itertools.count())

# What restores get wrong: a cycle, cascades, generated and identity columns, a trigger that
# writes elsewhere, partitions, a table that inherits, another schema, quoted names.
SCHEMA = """
CREATE TABLE teams (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE,
    loud text GENERATED ALWAYS AS (upper(name)) STORED, captain integer);
CREATE TABLE players (id serial PRIMARY KEY, team integer NOT NULL REFERENCES teams
    ON DELETE CASCADE, mentor integer REFERENCES players ON DELETE RESTRICT, name text);
ALTER TABLE teams ADD FOREIGN KEY (captain) REFERENCES players (id) DEFERRABLE;
CREATE TABLE history (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN INSERT INTO history VALUES (TG_OP); RETURN NULL; END$$;
CREATE TRIGGER on_players AFTER INSERT OR DELETE ON players FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER always AFTER INSERT OR DELETE ON teams FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE teams ENABLE ALWAYS TRIGGER always;
CREATE TABLE days (day date, note text) PARTITION BY RANGE (day);
CREATE TABLE days_2027 PARTITION OF days FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE base (id integer);
CREATE TABLE derived (more text) INHERITS (base);
CREATE SCHEMA audit;
CREATE TABLE audit.events (id bigserial PRIMARY KEY, body json);
CREATE TABLE "Order" ("from" text);
CREATE MATERIALIZED VIEW names AS SELECT name FROM players;
INSERT INTO teams (name) VALUES ('red'), ('blue');
INSERT INTO players (team, name) VALUES (1, 'Ann'), (1, 'Bob'), (2, 'Cid');
UPDATE players SET mentor = 1 WHERE id = 2;
UPDATE teams SET captain = 1 WHERE id = 1;
INSERT INTO days VALUES ('2027-02-03', 'one');
INSERT INTO base VALUES (1);
INSERT INTO derived VALUES (2, 'two');
INSERT INTO audit.events (body) VALUES ('{"a": [1]}');
INSERT INTO "Order" VALUES ('somewhere');
REFRESH MATERIALIZED VIEW names;
"""
CHANGES = {
    "insert": "INSERT INTO players (team, name) VALUES (2, 'Dan')",
    "update": "UPDATE teams SET name = 'green' WHERE id = 2",
    "delete with cascades": "UPDATE players SET mentor = NULL; UPDATE teams SET captain = NULL;"
    " DELETE FROM teams",
    "truncate": "TRUNCATE teams, players RESTART IDENTITY",
    "partition": "INSERT INTO days VALUES ('2027-12-31', 'two')",
    "inherited": "UPDATE base SET id = id + 10",
    "other schema": "DELETE FROM audit.events",
    "quoted": """UPDATE "Order" SET "from" = 'elsewhere'""",
    "sequence": "SELECT nextval('players_id_seq')",
    "one and back": 'DELETE FROM "Order"; INSERT INTO "Order" VALUES (\'somewhere\')',
    "view": "INSERT INTO players (team, name) VALUES (2, 'Eve'); REFRESH MATERIALIZED VIEW names",
}


def make_settings(**database: Any) -> Any:
    plain: dict[str, Any] = {
        "version": "16",
        "image": None,
        "extensions": ["citext"],
        "encoding": "UTF8",
        "collation": "C.UTF-8",
        "timezone": "Asia/Kolkata",
        "env": {"DATABASE_URL": URL},
    }
    return SimpleNamespace(DATABASE=plain | database)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PARITY_DATABASE_URL", raising=False)
        patch.setenv("PARITY_POSTGRES", "wheel")
        server = postgres.provide(make_settings(timezone="UTC"), echo=lambda text: None)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def weak(server: Server) -> Server:
    """The same server by an account that is no superuser, as a hosted one gives it."""
    with server.connect() as connection:
        create = "CREATE ROLE weak LOGIN CREATEDB CREATEROLE PASSWORD 'weak'"
        connection.execute(sql.SQL(create))
    return Server(
        "url",
        server.host,
        server.port,
        "weak",
        "weak",
        server.version,
        server.major,
        superuser=False,
    )


@pytest.fixture
def cluster(server: Server) -> Iterator[Cluster]:
    cluster = Cluster(server, make_settings(), next(RUNS))
    yield cluster
    cluster.drop_all()


@pytest.fixture
def database(cluster: Cluster) -> Database:
    return cluster.create("main", cluster.role("app"))


def stocked(server: Server, stack: ExitStack) -> Database:
    """A clone of a template with tables and rows, and its snapshot."""
    cluster = Cluster(server, make_settings(), next(RUNS))
    stack.callback(cluster.drop_all)
    role = cluster.role("app")
    template = cluster.create("template", role)
    run(template, SCHEMA)
    cluster.seal(template)
    clone = cluster.create("clone", role, template)
    clone.snapshot()
    return clone


@pytest.fixture(scope="module", params=["server", "weak"])
def stock(request: pytest.FixtureRequest) -> Iterator[Database]:
    with ExitStack() as stack:
        yield stocked(request.getfixturevalue(request.param), stack)


@pytest.fixture
def own_stock(server: Server) -> Iterator[Database]:
    with ExitStack() as stack:
        yield stocked(server, stack)


def as_application(database: Database) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(database.env()["DATABASE_URL"], autocommit=True)


def run(database: Database, statements: str) -> None:
    with as_application(database) as connection:
        connection.execute(statements.encode())


def ask(database: Database, query: str) -> Any:
    with as_application(database) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row and row[0]


def state(database: Database) -> dict[str, Any]:
    """Every row, and the next value of every sequence."""
    found: dict[str, Any] = {**database.fingerprint()}
    found["names"] = sorted(row["name"] for row in database.rows("names", {}))
    for name in ("players_id_seq", "teams_id_seq", "audit.events_id_seq"):
        with database.connect() as connection:
            found[name] = connection.execute(f"TABLE {name}".encode()).fetchone()
    return {name: value[:2] if isinstance(value, tuple) else value for name, value in found.items()}


# --- roles and databases ---------------------------------------------------------------------


def test_database_is_as_production_has_it(database: Database) -> None:
    assert ask(database, "SHOW timezone") == "Asia/Kolkata"
    assert ask(database, "SHOW server_encoding") == "UTF8"
    assert ask(database, "SHOW is_superuser") == "off"
    assert ask(database, "SELECT 'A'::citext = 'a'") is True
    facts = "SELECT datcollate || ' ' || pg_get_userbyid(datdba) FROM pg_database WHERE datname = "
    assert ask(database, facts + "current_database()") == f"C.UTF-8 {database.role.name}"


def test_password_with_special_characters_survives_in_a_url(cluster: Cluster) -> None:
    role = cluster.role("special", "p@:/%40 ?#")

    database = cluster.create("special", role)

    assert "p%40%3A%2F%2540%20%3F%23" in database.env()["DATABASE_URL"]
    assert ask(database, "SELECT current_user") == role.name


def test_parts_are_filled_in_raw_outside_of_a_url(server: Server) -> None:
    env = {"HOST": "{host}", "WHO": "{user}:{password}", "OTHER": "{unknown} {name}"}
    cluster = Cluster(server, make_settings(env=env), "r")

    database = Database(cluster, "shop", Role("app", "p@/%40{name}"))

    assert database.env() == {
        "HOST": "127.0.0.1",
        "WHO": "app:p@/%40{name}",
        "OTHER": "{unknown} shop",
    }


def test_names_carry_the_run(cluster: Cluster) -> None:
    role = cluster.role("web-1")

    assert role.name.startswith("parity_t")
    assert role.name.endswith("_web_1")
    with pytest.raises(ValueError, match="at most 63 bytes"):
        cluster.role("x" * 60)


def test_sealed_template_can_be_copied_and_not_entered(cluster: Cluster) -> None:
    role = cluster.role("app")
    template = cluster.create("template", role)
    run(template, "CREATE TABLE kept (id integer); INSERT INTO kept VALUES (7)")
    with as_application(template) as left_open:
        cluster.seal(template)
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")

    clone = cluster.create("clone", role, template)

    assert clone.rows("kept", {}) == [{"id": 7}]
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        as_application(template)


def test_settings_of_the_template_reach_its_copies(cluster: Cluster) -> None:
    role = cluster.role("app")
    template = cluster.create("template", role)
    name, user = template.name, role.name
    with template.connect() as connection:
        for change in (
            f"ALTER DATABASE {name} SET search_path TO shop, \"$user\", 'a b'",
            f"ALTER ROLE {user} IN DATABASE {name} SET work_mem TO '5MB'",
            f"ALTER DATABASE {name} SET shop.mode TO 'it''s on'",
        ):
            connection.execute(change.encode())
    cluster.seal(template)

    clone = cluster.create("clone", role, template)

    assert ask(clone, "SHOW search_path") == 'shop, "$user", "a b"'
    assert ask(clone, "SHOW timezone") == "Asia/Kolkata"
    assert ask(clone, "SHOW work_mem") == "5MB"
    assert ask(clone, "SHOW shop.mode") == "it's on"


def test_drop_all_leaves_nothing_of_the_run(server: Server) -> None:
    cluster = Cluster(server, make_settings(), next(RUNS))
    role = cluster.role("app")
    database = cluster.create("main", role)
    with server.connect() as connection:
        connection.execute(f"ALTER ROLE {role.name} CREATEDB".encode())
    run(database, "CREATE DATABASE test_of_a_runner")
    open_session = as_application(database)

    cluster.drop_all()

    with server.connect() as connection:
        query = "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"
        names = {name for (name,) in connection.execute(query)}
    assert not names & {role.name, database.name, "test_of_a_runner"}
    open_session.close()


def test_extension_that_cannot_be_made_is_named(server: Server) -> None:
    cluster = Cluster(server, make_settings(extensions=["nowhere"]), next(RUNS))

    with pytest.raises(Unavailable, match="extension nowhere cannot be created on the wheel"):
        cluster.create("main", cluster.role("app"))

    cluster.drop_all()


def test_unknown_collation_of_production_still_gives_a_database(server: Server) -> None:
    cluster = Cluster(server, make_settings(collation="tlh_AA.UTF-8"), next(RUNS))

    database = cluster.create("main", cluster.role("app"))

    query = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
    assert ask(database, query) == "C.UTF-8"
    cluster.drop_all()


def test_leftovers_on_a_given_server_are_dropped_when_their_session_is_dead(
    weak: Server,
) -> None:
    # given databases of a living session, of a dead one, and of somebody else
    living = Cluster(weak, make_settings(), next(RUNS))
    kept = living.create("main", living.role("app"))
    dead = Cluster(weak, make_settings(), next(RUNS))
    lost = dead.create("main", dead.role("app"))
    child = subprocess.run(
        [sys.executable, "-c", "from support.postgres.owner import Owner; print(Owner.me())"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    owner = child.stdout.strip()
    assert Owner.parse(owner)
    with weak.connect() as connection:
        for kind, name in (("DATABASE", lost.name), ("ROLE", lost.role.name)):
            connection.execute(f"COMMENT ON {kind} {name} IS 'made by parity for {owner}'".encode())
        connection.execute("CREATE DATABASE parity_of_somebody")

    Cluster(weak, make_settings(), next(RUNS))

    with weak.connect() as connection:
        query = "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"
        names = {name for (name,) in connection.execute(query)}
        connection.execute("DROP DATABASE parity_of_somebody")
    assert {kept.name, kept.role.name, "parity_of_somebody"} <= names
    assert not {lost.name, lost.role.name} & names
    living.drop_all()


# --- rows --------------------------------------------------------------------------------------


def test_a_connection_that_is_over_at_once_is_seen(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PAUSE", 0.2)  # nobody looks meanwhile

    with connections.watch_connections(database.server, database.role, database) as seen:
        database.connect(as_role=True).close()
    with connections.watch_connections(database.server, database.role, database) as unseen:
        database.server.connect().close()  # to another database

    assert (seen.connections, unseen.connections) == (1, 0)


def test_rows_come_back_as_python_values(database: Database) -> None:
    run(
        database,
        "CREATE TYPE mood AS ENUM ('good', 'bad');"
        "CREATE TABLE things (n integer, d numeric(6, 2), t timestamptz, j jsonb, p json, m mood,"
        " a integer[], c citext, v varchar(3), k char(3), b boolean, u uuid);"
        "INSERT INTO things VALUES (1, 2.50, '2027-03-28 01:30+00', '{\"a\": 1}', '{\"a\": 1}',"
        " 'good', '{1,2}', 'Ann', 'abc', 'ab', true, '00000000-0000-0000-0000-000000000001')",
    )

    (row,) = database.rows("things", {})

    assert row["d"] == decimal.Decimal("2.5")
    assert row["t"] == dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.timezone.utc)
    assert row["j"] == row["p"] == {"a": 1}
    assert (row["m"], row["a"], row["c"], row["b"]) == ("good", [1, 2], "Ann", True)
    for where in (
        {"n": 1}, {"n": "1"}, {"d": 2.5}, {"d": "2.50"}, {"t": "2027-03-28T01:30:00Z"},
        {"t": row["t"]}, {"j": {"a": 1}}, {"p": {"a": 1}}, {"m": "good"}, {"a": [1, 2]},
        {"c": "ANN"}, {"v": "abc"}, {"k": "ab"}, {"b": True}, {"u": str(row["u"])}, {"u": row["u"]},
    ):  # fmt: skip
        assert len(database.rows("things", where)) == 1, where
    for where in ({"n": 2}, {"v": "abcd"}, {"b": None}, {"n": 1, "c": "Bob"}):
        assert database.rows("things", where) == [], where


def test_value_that_the_column_cannot_hold_is_named(database: Database) -> None:
    run(database, "CREATE TABLE things (n integer)")

    with pytest.raises(BadValue, match='things: invalid input syntax for type integer: "x"'):
        database.rows("things", {"n": "x"})


def test_instants_beyond_python_come_back_as_text(database: Database) -> None:
    run(
        database,
        "CREATE TABLE offers (id integer, until timestamptz);"
        "INSERT INTO offers VALUES (1, 'infinity'), (2, NULL)",
    )

    assert database.rows("offers", {"id": 1}) == [{"id": 1, "until": "infinity"}]
    assert len(database.rows("offers", {"until": "infinity"})) == 1
    assert len(database.fingerprint()["offers"]) == 2


def test_missing_names_have_a_proposal(database: Database) -> None:
    run(database, "CREATE TABLE orders (sku text); CREATE SCHEMA audit; CREATE TABLE audit.log ()")

    with pytest.raises(NoSuchTable) as table:
        database.count("order")
    with pytest.raises(NoSuchColumn) as column:
        database.rows("orders", {"skus": "A1"})
    with pytest.raises(NoSuchTable) as elsewhere:
        database.columns("logs")
    with pytest.raises(NoSuchTable) as strange:
        database.columns("zzz")

    assert str(table.value) == "no table 'order' (did you mean 'orders'?)"
    assert str(column.value) == "no column 'skus' in table 'orders' (did you mean 'sku'?)"
    assert str(elsewhere.value) == "no table 'logs' (did you mean 'audit.log'?)"
    assert str(strange.value) == "no table 'zzz'"


def test_tables_of_all_schemas(database: Database) -> None:
    run(
        database,
        "CREATE SCHEMA audit; CREATE SCHEMA more; CREATE TABLE orders (id integer, sku varchar(9));"
        "CREATE TABLE audit.events (id integer); CREATE TABLE audit.notes (); "
        "CREATE TABLE more.notes (); CREATE VIEW seen AS SELECT * FROM orders;"
        'CREATE TABLE "Order" (); INSERT INTO orders VALUES (1)',
    )

    assert database.tables() == ["Order", "orders", "audit.events", "audit.notes", "more.notes"]
    assert database.columns("public.orders") == {"id": "integer", "sku": "character varying(9)"}
    assert database.count("seen") == 1
    assert database.count("events") == database.count("audit.events") == 0
    with pytest.raises(NoSuchTable, match=r"did you mean 'audit\.notes' or 'more\.notes'"):
        database.count("notes")


def test_fingerprint_tells_what_changed(database: Database) -> None:
    run(
        database,
        "CREATE TABLE keyed (id integer PRIMARY KEY, v text); CREATE TABLE bag (v text);"
        "INSERT INTO keyed VALUES (1, 'a'), (2, 'b'); INSERT INTO bag VALUES ('x'), ('x')",
    )

    before = database.fingerprint()
    run(database, "UPDATE keyed SET v = 'c' WHERE id = 2; INSERT INTO bag VALUES ('x')")
    after = database.fingerprint()

    assert before["keyed"][(2,)] == {"id": 2, "v": "b"}
    assert after["keyed"][(2,)] == {"id": 2, "v": "c"}
    assert after["keyed"][(1,)] == before["keyed"][(1,)]
    assert len(after["bag"]) == 3
    assert before["bag"].items() < after["bag"].items()


# --- reset ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES)
def test_reset_restores_rows_and_sequences(stock: Database, change: str) -> None:
    assert stock.reset() in ("nothing", "rows")
    before = state(stock)
    run(stock, CHANGES[change])

    outcomes = [stock.reset(), stock.reset()]

    assert outcomes == ["rows", "nothing"]
    assert state(stock) == before


def test_reset_leaves_triggers_as_they_were(stock: Database) -> None:
    query = (
        "SELECT array_agg(tgname::text || tgenabled::text ORDER BY tgname)"
        " FROM pg_trigger WHERE NOT tgisinternal"
    )
    run(stock, "INSERT INTO players (team) VALUES (1)")

    stock.reset()

    assert ask(stock, query) == ["alwaysA", "on_playersO"]
    run(stock, "INSERT INTO players (team) VALUES (1)")
    assert stock.rows("history", {"what": "INSERT"})[-1:] == [{"what": "INSERT"}]
    stock.reset()


def test_reset_works_under_an_open_pool(stock: Database) -> None:
    pool = [as_application(stock) for _ in range(10)]
    for number, connection in enumerate(pool * 3):
        connection.execute("INSERT INTO players (team, name) VALUES (1, %s)", [str(number)])
        assert stock.reset() == "rows"
        assert stock.count("players") == 3
    for connection in pool:
        connection.close()


def test_every_reset_sees_the_next_value_of_a_sequence(stock: Database) -> None:
    stock.reset()
    for _ in range(3):
        assert ask(stock, "SELECT nextval('players_id_seq')") == 4
        assert stock.reset() == "rows"


def test_rolled_back_work_is_no_trouble(stock: Database) -> None:
    stock.reset()
    before = state(stock)
    with as_application(stock) as connection, connection.transaction(force_rollback=True):
        connection.execute("DELETE FROM history; INSERT INTO days VALUES ('2027-05-05')")

    assert stock.reset() in ("nothing", "rows")
    assert state(stock) == before


def test_reset_waits_for_a_transaction_that_ends(stock: Database) -> None:
    stock.reset()
    connection = as_application(stock)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO players (team, name) VALUES (1, 'late')")
    timer = threading.Timer(0.3, connection.commit)
    timer.start()

    assert stock.reset() == "rows"

    timer.join()
    assert stock.rows("players", {"name": "late"}) == []
    connection.close()


def test_transaction_that_never_ends_is_named(
    stock: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle, "PATIENCE", 0.3)
    with as_application(stock) as connection:
        connection.execute("BEGIN; UPDATE players SET name = 'stuck' WHERE id = 1")

        with pytest.raises(Busy, match=r"idle in transaction: .*SET name = 'stuck'"):
            stock.reset()

        connection.execute("ROLLBACK")
    assert stock.reset() in ("nothing", "rows")


def test_idle_reader_does_not_hold_the_reset_up(stock: Database) -> None:
    with as_application(stock) as connection:
        connection.execute("BEGIN; SELECT * FROM players")
        run(stock, "DELETE FROM audit.events")
        begin = time.monotonic()

        assert stock.reset() == "rows"

        assert time.monotonic() - begin < settle.PATIENCE / 2
        connection.execute("ROLLBACK")


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE new (id integer)",
        "DROP TABLE history",
        "ALTER TABLE players ADD COLUMN age integer",
        "ALTER TABLE history ALTER COLUMN what TYPE varchar(20)",
        "ALTER TABLE players DROP COLUMN mentor",
        "ALTER TABLE players ALTER COLUMN name SET NOT NULL",
        "ALTER TABLE teams DROP CONSTRAINT teams_name_key",
        "SELECT lo_create(0)",
    ],
)
def test_change_of_the_schema_gives_a_fresh_clone(own_stock: Database, change: str) -> None:
    before = state(own_stock)
    run(own_stock, change)

    assert [own_stock.reset(), own_stock.reset()] == ["clone", "nothing"]

    assert state(own_stock) == before
    run(own_stock, "DELETE FROM days")
    assert own_stock.reset() == "rows"


def test_temporary_tables_of_the_application_are_no_change_of_the_schema(stock: Database) -> None:
    with as_application(stock) as connection:
        connection.execute("CREATE TEMPORARY TABLE draft (id integer)")

        assert stock.reset() == "rows"


def test_lost_session_of_the_harness_gives_a_fresh_clone(own_stock: Database) -> None:
    before = state(own_stock)
    run(own_stock, "DELETE FROM days")
    with own_stock.server.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [own_stock.name],
        )

    assert own_stock.reset() == "clone"

    assert state(own_stock) == before


def test_session_that_the_driver_gave_up_gives_a_fresh_clone(
    own_stock: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(own_stock)
    run(own_stock, "DELETE FROM days")

    def gives_up(query: Any, *_: object, **__: object) -> None:
        """As psycopg's wait_poll does on a socket with an error: the session still looks open."""
        monkeypatch.undo()
        next(query)
        raise psycopg.OperationalError("connection socket closed")

    monkeypatch.setattr("psycopg.waiting.wait", gives_up)
    assert own_stock.reset() == "clone"

    assert state(own_stock) == before


def test_error_of_the_reset_that_is_not_a_lost_session_is_raised(
    own_stock: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object) -> str:
        raise psycopg.errors.QueryCanceled("statement timeout")

    monkeypatch.setattr("support.database.reset.settle", refused)
    with pytest.raises(psycopg.errors.QueryCanceled):
        own_stock.reset()


def test_database_without_a_template_cannot_be_made_again(database: Database) -> None:
    database.snapshot()
    run(database, "CREATE TABLE new (id integer)")

    with pytest.raises(RuntimeError, match="its tables changed, and it has no template"):
        database.reset()


def test_reset_needs_a_snapshot(database: Database) -> None:
    with pytest.raises(RuntimeError, match="needs a snapshot"):
        database.reset()


def test_empty_database_has_a_snapshot_too(database: Database) -> None:
    database.snapshot()

    assert database.reset() == "nothing"
