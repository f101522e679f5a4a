"""Faults against a suite: one run, with a table for each verdict and for each trap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness_settings import write
from suites import PYTEST, proven, server_for_suites

from scaffolder.catalog.load_faults import faults
from scaffolder.prove.driver import suite_processes
from scaffolder.prove.driver.suite import NOT_CONNECTED, left_out
from support.postgres.server import Server

TABLES = ("seen", "crashes", "in_setup", "unseen", "red", "hangs", "rolled_back", "kept")
SCHEMA = "".join(
    f"CREATE TABLE {name} (id serial PRIMARY KEY, name text NOT NULL, at timestamptz);"
    for name in TABLES
)
ASKED = ("ghost-insert", "loss-at-commit", "update-ignored", "ascii-only", "delete-ignored")
CONFTEST = """
import os
import psycopg
import pytest

URL = os.environ["DATABASE_URL"]


@pytest.fixture
def db():
    with psycopg.connect(URL, autocommit=True) as connection:
        yield connection


@pytest.fixture
def rolled_back():
    with psycopg.connect(URL) as connection:
        yield connection
        # What Django's TestCase does in its teardown; it is no commit.
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.rollback()


@pytest.fixture(scope="session")
def seeded():
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute("INSERT INTO in_setup (name) VALUES ('a')")
        (count,) = connection.execute("SELECT count(*) FROM in_setup").fetchone()
        if not count:
            raise RuntimeError("nothing was seeded")
        return count
"""
TESTS = """
import time


def add(db, table, name="a"):
    db.execute(f"INSERT INTO {table} (name) VALUES (%s)", [name])


def rows(db, table):
    return db.execute(f"SELECT name FROM {table}").fetchall()


def test_compares(db):
    add(db, "seen")
    assert rows(db, "seen") == [("a",)]


def test_crashes(db):
    add(db, "crashes")
    print(rows(db, "crashes")[0])


def test_uses_a_session_fixture(seeded):
    assert seeded == 1


def test_uses_it_again(seeded):
    assert seeded


def test_looks_at_nothing(db):
    add(db, "unseen")
    db.execute("UPDATE unseen SET name = 'b'")


def test_is_red(db):
    add(db, "red")
    assert False, "always"


def test_waits(db):
    add(db, "hangs")
    while not rows(db, "hangs"):
        time.sleep(0.01)


def test_never_commits(rolled_back):
    add(rolled_back, "rolled_back")
    assert rows(rolled_back, "rolled_back")


def test_changes_nothing(db):
    add(db, "kept")
    db.execute("UPDATE kept SET name = name")
"""
OWN_DATABASE = """
import os
import unittest
import psycopg

URL = os.environ["DATABASE_URL"]
MADE = URL.rpartition("/")[0] + "/made_by_the_runner"


def setUpModule():
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute("CREATE DATABASE made_by_the_runner")
    with psycopg.connect(MADE, autocommit=True) as connection:
        connection.execute("CREATE TABLE made (id serial PRIMARY KEY, name text)")


class TestMade(unittest.TestCase):
    def test_compares(self):
        with psycopg.connect(MADE, autocommit=True) as connection:
            connection.execute("INSERT INTO made (name) VALUES ('a')")
            rows = connection.execute("SELECT name FROM made").fetchall()
        self.assertEqual(rows, [("a",)])

    def test_looks_at_nothing(self):
        with psycopg.connect(MADE, autocommit=True) as connection:
            connection.execute("INSERT INTO made (name) VALUES ('é')")
            connection.execute("DELETE FROM made")
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with server_for_suites() as server:
        yield server


@pytest.fixture(scope="module")
def events(server: Server, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    files = {"tests/conftest.py": CONFTEST, "tests/test_all.py": TESTS}
    folder = write(tmp_path_factory.mktemp("suite"), files)
    return proven(server, folder, f"{PYTEST} tests", ASKED, SCHEMA, limit=15)


@pytest.fixture(scope="module")
def results(events: list[Any]) -> dict[str, Any]:
    return {event["id"]: event for event in events if event["event"] == "fault"}


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ("ghost-insert:seen", "caught-assertion"),
        ("ghost-insert:crashes", "caught-error"),
        ("ghost-insert:in_setup", "harness-only"),
        ("ghost-insert:unseen", "survived"),
        ("ghost-insert:red", "baseline-red"),
        ("ghost-insert:hangs", "timeout"),
        ("ghost-insert:rolled_back", "caught-assertion"),
        ("update-ignored:unseen", "survived"),
        ("ascii-only", "no-effect"),
        ("delete-ignored", "not-reached"),
        ("loss-at-commit:seen", "caught-assertion"),
        ("loss-at-commit:unseen", "survived"),
    ],
)
def test_each_verdict(results: dict[str, Any], fault: str, verdict: str) -> None:
    assert results[fault]["verdict"] == verdict, results[fault]


def test_what_never_commits_does_not_meet_a_loss_at_commit(results: dict[str, Any]) -> None:
    assert "loss-at-commit:rolled_back" not in results


def test_an_update_that_changes_nothing_is_no_survivor(results: dict[str, Any]) -> None:
    assert "update-ignored:kept" not in results


def test_only_tests_that_meet_a_fault_run(results: dict[str, Any]) -> None:
    assert results["ghost-insert:unseen"]["ran"] == ["tests/test_all.py::test_looks_at_nothing"]


def test_a_session_fixture_concerns_every_test_that_asks_for_it(results: dict[str, Any]) -> None:
    ran = [name.partition("::")[2] for name in results["ghost-insert:in_setup"]["ran"]]

    assert ran == ["test_uses_a_session_fixture", "test_uses_it_again"]


def test_a_survivor_has_what_was_altered(results: dict[str, Any]) -> None:
    found = results["ghost-insert:unseen"]

    assert (found["reached"], found["infected"], found["noticed"]) == (1, 1, {})


def test_the_control_is_green(events: list[Any]) -> None:
    (control,) = [event for event in events if event["event"] == "control"]

    assert control["red"] == {} and control["noted"] == 0 and control["tests"] > 4


def test_a_runner_that_makes_its_own_database(server: Server, tmp_path: Path) -> None:
    write(tmp_path, {"test_made.py": OWN_DATABASE})

    asked = ("delete-ignored", "ascii-only")
    told = proven(server, tmp_path, "python -m unittest -q test_made", asked, SCHEMA)

    found = {event["id"]: event["verdict"] for event in told if event["event"] == "fault"}
    assert found == {"delete-ignored:made": "survived", "ascii-only:made.name": "survived"}


@pytest.mark.parametrize("fault", ["deadlock", "pool-exhausted", "stale-read"])
def test_what_says_nothing_about_a_suite_is_left_out_with_the_reason(fault: str) -> None:
    assert left_out(faults()[fault].as_json())


@pytest.mark.parametrize("fault", ["ghost-insert", "unique-dropped", "session-zone", "row-order"])
def test_nothing_else_is_left_out(fault: str) -> None:
    assert left_out(faults()[fault].as_json()) is None


def test_a_suite_that_never_connects(server: Server, tmp_path: Path) -> None:
    write(tmp_path, {"test_mocked.py": "def test_nothing():\n    assert 1 + 1 == 2\n"})

    told = proven(server, tmp_path, PYTEST, ("ghost-insert", "row-order", "session-zone"), SCHEMA)

    found = [event for event in told if event["event"] == "fault"]
    assert [one["verdict"] for one in found] == ["not-reached"] * 3
    assert {one["why"] for one in found} == {NOT_CONNECTED}


SHOP = """
import os
from datetime import datetime
from pathlib import Path

LEVEL = os.environ.get("LEVEL", "made up")
COLOUR = os.environ["COLOUR"]


def made():
    return datetime.now()


def letters():
    return Path(__file__).with_name("letters.txt").read_text()


def shape():
    try:
        import yaml
    except ImportError:
        return "none"
    return yaml.__name__
"""
SHOP_TESTS = """
import os

os.environ["COLOUR"] = "red"  # before the application asks
import shop.main as shop


def test_it_is_made():
    assert shop.made()


def test_its_letters():
    assert shop.letters() == "Zoë"


def test_its_shape(monkeypatch):
    monkeypatch.setenv("UNUSED", "y")  # which looks for the old value
    assert shop.shape()
"""


def around(server: Server, folder: Path, *faults: str) -> dict[str, Any]:
    files = {"shop/main.py": SHOP, "shop/letters.txt": "Zoë", "tests/test_shop.py": SHOP_TESTS}
    write(folder, files | {"shop/__init__.py": ""})
    variables = {"LEVEL": "info", "COLOUR": "red", "UNUSED": "x"}
    environment = {name: {"required": True, "sample": text} for name, text in variables.items()}
    command = "python -m pytest -q -p no:cacheprovider tests"
    commands: dict[str, Any] = {"START": None, "PREPARE": [], "WORKERS": []}
    told = proven(server, folder, command, faults, SCHEMA, 120, ENVIRONMENT=environment, **commands)
    return {event["id"]: event for event in told if event["event"] == "fault"}


@pytest.fixture(scope="module")
def in_process(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suite_processes, "imported", lambda *given: {"PyYAML": ("yaml",)})
        faults = ("variable-unset", "zone-east", "locale-without-utf-8", "package-hidden")
        folder = tmp_path_factory.mktemp("around")
        return around(server, folder, *faults, "asserts-removed")


@pytest.mark.parametrize(
    ("fault", "verdict", "why"),
    [
        ("variable-unset:LEVEL", "survived", "LEVEL was asked for and not there: shop/main.py:6"),
        ("variable-unset:COLOUR", "no-effect", "something else sets it: shop/main.py:7"),
        ("variable-unset:UNUSED", "not-reached", "no test makes the application ask for UNUSED"),
        ("zone-east", "survived", "now() in shop/main.py:11"),
        ("locale-without-utf-8", "caught-error", "shop/main.py:15"),
        ("package-hidden:PyYAML", "survived", "shop/main.py:20"),
    ],
)
def test_the_process_of_the_suite_is_altered(
    in_process: dict[str, Any], fault: str, verdict: str, why: str
) -> None:
    found = in_process[fault]

    assert found["verdict"] == verdict and why in found["why"], found


def test_the_runners_own_needs_are_left_alone(in_process: dict[str, Any]) -> None:
    found = in_process["asserts-removed"]

    assert (found["verdict"], found["why"]) == ("not-reached", "it is the runner that would fail")


ENDS = """
import os
import psycopg


def pytest_collection_finish(session):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as db:
        db.execute("INSERT INTO kept (name) VALUES ('a')")
        if not db.execute("SELECT FROM kept").fetchall():
            os._exit(3)
"""
WRITES = """
import os
import psycopg


def test_writes():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as db:
        db.execute("INSERT INTO kept (name) VALUES ('a')")
"""


def test_a_run_that_ends_before_its_tests_is_no_survivor(server: Server, tmp_path: Path) -> None:
    write(tmp_path, {"conftest.py": ENDS, "test_one.py": WRITES})

    told = proven(server, tmp_path, PYTEST, ("ghost-insert",), SCHEMA)

    (found,) = [event for event in told if event["event"] == "fault"]
    assert (found["id"], found["verdict"]) == ("ghost-insert:kept", "harness-only")
    assert list(found["noticed"]) == ["the run"]
