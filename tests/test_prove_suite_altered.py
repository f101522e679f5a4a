"""Faults of the schema, of settings and of the order of rows against suites built for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness_settings import write
from suites import PYTEST, proven, server_for_suites

from support.postgres.server import Server

SCHEMA = """
CREATE TABLE accounts (id serial PRIMARY KEY, name text UNIQUE, n int NOT NULL DEFAULT 5,
    at timestamptz DEFAULT now(), seen_at timestamptz, sent text DEFAULT 'x', stamp text);
CREATE TABLE labels (id serial PRIMARY KEY, name text UNIQUE);
CREATE TABLE parts (id serial PRIMARY KEY, account int NOT NULL REFERENCES accounts (id)
    DEFERRABLE INITIALLY DEFERRED, amount int CHECK (amount > 0));
CREATE TABLE letters (id serial PRIMARY KEY, name text);
CREATE TABLE bag (id serial PRIMARY KEY, name text);
CREATE FUNCTION stamped() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.stamp := 'stamped'; RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION stamped();
"""
CONFTEST = """
import os
import psycopg
import pytest


@pytest.fixture
def db():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        yield connection
"""
TESTS = """
import datetime as dt
import psycopg
import pytest

WHEN = dt.datetime(2027, 3, 4, 5, tzinfo=dt.timezone.utc)


def account(db, name, **more):
    values = {"name": name, "sent": "y", **more}
    text = f"INSERT INTO accounts ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})"
    db.execute(text, list(values.values()))
    found = "SELECT n, at, seen_at, stamp FROM accounts WHERE name = %s"
    return db.execute(found, [name]).fetchone()


def test_a_name_is_taken_once(db):
    account(db, "a")
    with pytest.raises(psycopg.errors.UniqueViolation):
        account(db, "a")


def test_nobody_cares_for_labels(db):
    for _ in range(2):
        try:
            db.execute("INSERT INTO labels (name) VALUES ('a')")
        except psycopg.errors.UniqueViolation:
            pass


def test_an_account_is_needed(db):
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        db.execute("INSERT INTO parts (account, amount) VALUES (0, 1)")
    with pytest.raises(psycopg.errors.NotNullViolation):
        db.execute("INSERT INTO parts (amount) VALUES (1)")


def test_an_amount_is_positive(db):
    account(db, "c")
    try:
        db.execute("INSERT INTO parts (account, amount) SELECT id, -1 FROM accounts")
        raise ValueError("it was taken")
    except psycopg.errors.CheckViolation:
        pass


def test_defaults(db):
    number, at, _, _ = account(db, "d")
    assert number == 5


def test_an_instant_comes_back(db):
    _, _, seen_at, _ = account(db, "e", seen_at=WHEN)
    assert seen_at == WHEN


def test_stamped(db):
    assert account(db, "f")[3] == "stamped"


def test_the_order_of_letters(db):
    for name in "abc":
        db.execute("INSERT INTO letters (name) VALUES (%s)", [name])
    assert [name for (name,) in db.execute("SELECT name FROM letters")] == ["a", "b", "c"]


def test_a_bag_has_no_order(db):
    for name in "abc":
        db.execute("INSERT INTO bag (name) VALUES (%s)", [name])
    assert sorted(name for (name,) in db.execute("SELECT name FROM bag")) == ["a", "b", "c"]
    assert db.execute("SELECT name FROM bag ORDER BY id").fetchone() == ("a",)
"""
FAULTS = (
    "unique-dropped",
    "foreign-key-dropped",
    "check-dropped",
    "not-null-dropped",
    "default-dropped",
    "trigger-dropped",
    "timestamp-without-zone",
    "required-column-added",
    "row-order",
    "session-zone",
    "session-date-style",
    "session-isolation",
)
SETS_ITS_ZONE = """
import os
import psycopg


def test_writes():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET timezone TO 'UTC'")
        connection.execute("INSERT INTO bag (name) VALUES ('a')")
"""
# As Django's runner does it: a database of its own, where a foreign key is named right after.
OWN_DATABASE = """
import os
import unittest
import psycopg

URL = os.environ["DATABASE_URL"]
MADE = URL.rpartition("/")[0] + "/made_by_the_runner"
TABLES = '''
CREATE TABLE made (id serial PRIMARY KEY, name text, at timestamptz NOT NULL);
CREATE UNIQUE INDEX made_name ON made (name);
CREATE TABLE parts (id serial PRIMARY KEY);
ALTER TABLE parts ADD COLUMN made int CONSTRAINT parts_made REFERENCES made (id)
    DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS parts_made IMMEDIATE;
'''


def setUpModule():
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute("CREATE DATABASE made_by_the_runner TEMPLATE {template}")
    with psycopg.connect(MADE, autocommit=True) as connection:
        connection.execute(TABLES)


class TestMade(unittest.TestCase):
    def setUp(self):
        self.db = psycopg.connect(MADE, autocommit=True)
        self.db.execute("INSERT INTO made (name, at) VALUES ('a', now()) ON CONFLICT DO NOTHING")

    def tearDown(self):
        self.db.close()

    def test_twice(self):
        with self.assertRaises(psycopg.errors.UniqueViolation):
            self.db.execute("INSERT INTO made (name, at) VALUES ('a', now())")

    def test_nobody_cares_for_parts(self):
        try:
            self.db.execute("INSERT INTO parts (made) VALUES (99)")
        except psycopg.errors.ForeignKeyViolation:
            pass

    def test_a_time_is_needed(self):
        with self.assertRaises(psycopg.errors.NotNullViolation):
            self.db.execute("INSERT INTO made (name) VALUES ('b')")
"""
MADE_FAULTS = ("unique-dropped", "foreign-key-dropped", "not-null-dropped", "row-order")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with server_for_suites() as server:
        yield server


def only_result(server: Server, folder: Path, fault: str) -> dict[str, Any]:
    """Of a fault with one target in the suite of a folder."""
    told = proven(server, folder, PYTEST, (fault,), SCHEMA)
    (found,) = [event for event in told if event["event"] == "fault"]
    return dict(found)


@pytest.fixture(scope="module")
def results(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    files = {"tests/conftest.py": CONFTEST, "tests/test_all.py": TESTS}
    folder = write(tmp_path_factory.mktemp("altered"), files)
    told = proven(server, folder, f"{PYTEST} tests", FAULTS, SCHEMA)
    return {event["id"]: event for event in told if event["event"] == "fault"}


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ("unique-dropped:accounts.accounts_name_key", "caught-assertion"),
        ("unique-dropped:labels.labels_name_key", "survived"),
        ("foreign-key-dropped:parts.parts_account_fkey", "caught-assertion"),
        ("not-null-dropped:parts.account", "caught-assertion"),
        ("check-dropped:parts.parts_amount_check", "caught-error"),
        ("default-dropped:accounts.n", "caught-error"),
        ("default-dropped:accounts.at", "survived"),
        ("trigger-dropped:accounts.stamp", "caught-assertion"),
        ("timestamp-without-zone:accounts.seen_at", "caught-assertion"),
        ("timestamp-without-zone:accounts.at", "survived"),
        ("required-column-added:labels", "caught-error"),
        ("row-order:letters", "caught-assertion"),
        ("row-order:bag", "survived"),
        ("session-zone", "survived"),
        ("session-isolation", "no-effect"),
    ],
)
def test_each_verdict(results: dict[str, Any], fault: str, verdict: str) -> None:
    assert results[fault]["verdict"] == verdict, results[fault]


def test_a_default_that_no_insert_uses_is_not_met(results: dict[str, Any]) -> None:
    assert "default-dropped:accounts.sent" not in results


def test_a_table_whose_rows_are_read_in_order_is_not_met(results: dict[str, Any]) -> None:
    assert {name for name in results if name.startswith("row-order")} == {
        "row-order:letters",
        "row-order:bag",
    }


def test_a_date_style_is_noticed_or_comes_to_nothing(results: dict[str, Any]) -> None:
    """psycopg refuses to read instants in another style than ISO."""
    assert results["session-date-style"]["verdict"] in ("caught-error", "caught-assertion")


def test_a_framework_that_sets_its_zone_is_not_reached(server: Server, tmp_path: Path) -> None:
    write(tmp_path, {"test_zone.py": SETS_ITS_ZONE})

    found = only_result(server, tmp_path, "session-zone")

    assert found["verdict"] == "not-reached"
    assert found["why"] == "the application's sessions set their timezone themselves"


def made(server: Server, folder: Path, template: str) -> dict[str, Any]:
    write(folder, {"test_made.py": OWN_DATABASE.replace("{template}", template)})
    told = proven(server, folder, "python -m unittest -q test_made", MADE_FAULTS, SCHEMA)
    return {event["id"]: event for event in told if event["event"] == "fault"}


def test_databases_that_the_runner_makes_lack_it_too(server: Server, tmp_path: Path) -> None:
    found = made(server, tmp_path, "template1")

    assert {name: one["verdict"] for name, one in found.items()} == {
        "unique-dropped:made_name": "caught-assertion",
        "foreign-key-dropped:parts_made": "survived",
        "not-null-dropped:made.at": "caught-assertion",
        "row-order": "not-reached",
    }


def test_a_database_that_no_fault_gets_into_is_inactive(server: Server, tmp_path: Path) -> None:
    """template0 has no triggers: the constraints stay, and refuse as before."""
    found = made(server, tmp_path, "template0")

    seen = {one["verdict"]: one["why"] for name, one in found.items() if name != "row-order"}
    assert set(seen) == {"inactive"}, seen


# As create_all() does it: what a foreign key refers to must be there when the next table comes.
MAKES_ITS_TABLES = """
import os
import psycopg
import pytest


@pytest.fixture
def db():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS lines; DROP TABLE IF EXISTS goods")
        connection.execute("CREATE TABLE goods (sku text CONSTRAINT goods_sku UNIQUE)")
        connection.execute("CREATE TABLE lines (sku text REFERENCES goods (sku))")
        yield connection


def test_a_sku_is_given_once(db):
    db.execute("INSERT INTO goods VALUES ('a')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        db.execute("INSERT INTO goods VALUES ('a')")
"""


def test_a_key_that_the_suites_own_schema_refers_to_can_not_be_dropped(
    server: Server, tmp_path: Path
) -> None:
    write(tmp_path, {"test_goods.py": MAKES_ITS_TABLES})

    found = only_result(server, tmp_path, "unique-dropped")

    assert (found["id"], found["verdict"]) == ("unique-dropped:goods_sku", "inactive")
    assert found["why"] == "a foreign key of the schema that the suite makes needs it"


NEEDS_ISO = """
import os
import psycopg

with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    connection.execute("INSERT INTO bag (name) VALUES ('a')")
    shown = connection.execute("SHOW datestyle").fetchone()
assert shown[0].startswith("ISO"), shown


def test_writes():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("INSERT INTO bag (name) VALUES ('a')")
"""


def test_a_suite_that_does_not_start_under_a_setting_is_not_red_without_it(
    server: Server, tmp_path: Path
) -> None:
    write(tmp_path, {"test_iso.py": NEEDS_ISO})

    found = only_result(server, tmp_path, "session-date-style")

    assert found["verdict"] == "harness-only", found
    assert found["why"].startswith("the suite ends with datestyle = ")
