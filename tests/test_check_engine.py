"""The check `engine` on a server that lacks production's locale."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.database.cluster import Cluster, Database
from support.postgres import ladder as postgres

BLUEPRINTS = Path(__file__).resolve().parents[1] / "blueprints"
CHECK = runpy.run_path(str(BLUEPRINTS / "checks" / "check_engine.py"))
NOWHERE = "xx_XX.UTF-8"


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("PARITY_POSTGRES", "wheel")
    wanted: dict[str, Any] = {
        "version": "16",
        "image": None,
        "extensions": [],
        "encoding": "UTF8",
        "collation": NOWHERE,
        "timezone": "UTC",
        "env": {},
    }
    settings: Any = SimpleNamespace(DATABASE=wanted)
    server = postgres.provide(settings, echo=lambda text: None)
    try:
        cluster = Cluster(server, settings, f"t{os.getpid()}e")
        yield cluster.create("app", cluster.role("app"))
    finally:
        server.stop()


def test_declared_collation_is_degraded_and_an_undeclared_one_is_red(database: Database) -> None:
    # given a server of ours on a machine without production's locale
    settings = SimpleNamespace(DATABASE={"collation": NOWHERE})
    shared = SimpleNamespace(settings=settings, server=database.server)
    collation = CHECK["test_the_collation_is_productions"]
    assert f"this machine has no {NOWHERE}" in (database.server.degraded or "")

    collation(shared, database)

    # when the server is one that nobody declared as degraded
    database.server.degraded = None
    with pytest.raises(AssertionError, match=f"production has {NOWHERE}"):
        collation(shared, database)
