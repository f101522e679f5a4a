"""A file with the one test that makes suggestions: only a test has the harness's fixtures."""

from __future__ import annotations

from scaffolder.prove.driver.suggest import WORK
from support.database.cluster import Database
from support.journeys.stage import Stage


def test_suggestions(stage: Stage, database: Database) -> None:
    for work in WORK:
        work(stage, database)
