"""Faults against a suite of unittest: a table for each verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from harness_settings import write
from suites import proven, server_for_suites

from support.postgres.server import Server

TABLES = ("seen", "crashes", "in_setup", "unseen", "red", "hangs", "kept")
SCHEMA = "".join(f"CREATE TABLE {name} (id serial PRIMARY KEY, name text);" for name in TABLES)
UNITTEST = """
import os
import time
import unittest
import psycopg


def add(db, table):
    db.execute(f"INSERT INTO {table} (name) VALUES ('a')")


def rows(db, table):
    return db.execute(f"SELECT name FROM {table}").fetchall()


def connect():
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


class TestAll(unittest.TestCase):
    def setUp(self):
        self.db = connect()

    def tearDown(self):
        self.db.close()

    def test_compares(self):
        add(self.db, "seen")
        self.assertEqual(rows(self.db, "seen"), [("a",)])

    def test_crashes(self):
        add(self.db, "crashes")
        print(rows(self.db, "crashes")[0])

    def test_looks_at_nothing(self):
        add(self.db, "unseen")

    def test_is_red(self):
        add(self.db, "red")
        self.fail("always")

    def test_waits(self):
        add(self.db, "hangs")
        while not rows(self.db, "hangs"):
            time.sleep(0.01)

    def test_in_parts(self):
        add(self.db, "kept")
        for row in [1]:
            with self.subTest(row=row):
                self.assertTrue(rows(self.db, "kept"))


class TestSetUp(unittest.TestCase):
    def setUp(self):
        with connect() as db:
            add(db, "in_setup")
            if not rows(db, "in_setup"):
                raise RuntimeError("nothing was set up")

    def test_a(self):
        pass
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with server_for_suites() as server:
        yield server


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ("ghost-insert:seen", "caught-assertion"),
        ("ghost-insert:crashes", "caught-error"),
        ("ghost-insert:in_setup", "harness-only"),
        ("ghost-insert:unseen", "survived"),
        ("ghost-insert:red", "baseline-red"),
        ("ghost-insert:hangs", "timeout"),
        ("ghost-insert:kept", "caught-assertion"),
        ("ascii-only", "no-effect"),
        ("delete-ignored", "not-reached"),
    ],
)
def test_each_verdict_of_unittest(of_unittest: dict[str, Any], fault: str, verdict: str) -> None:
    assert of_unittest[fault]["verdict"] == verdict, of_unittest[fault]


@pytest.fixture(scope="module")
def of_unittest(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = write(tmp_path_factory.mktemp("unittest"), {"test_unit.py": UNITTEST})
    command = "python -m unittest -q test_unit"
    asked = ("ghost-insert", "ascii-only", "delete-ignored")
    told = proven(server, folder, command, asked, SCHEMA, limit=15)
    return {event["id"]: event for event in told if event["event"] == "fault"}
