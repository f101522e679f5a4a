"""Suites built for a test, proven in this process on a server of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from harness_settings import make_settings, this_python

from scaffolder.catalog.load_faults import faults
from scaffolder.prove.driver import suite as module
from scaffolder.prove.driver.suite import Suite
from support.app.migrate import Migration
from support.database.cluster import Cluster
from support.install import environment as environments
from support.postgres import ladder
from support.postgres.server import Server
from support.run.session import Session

PYTEST = "python -m pytest -q -p no:cacheprovider"
DATABASE: dict[str, Any] = {
    "version": "16",
    "image": None,
    "extensions": [],
    "encoding": "UTF8",
    "collation": "C.UTF-8",
    "timezone": "UTC",
    "env": {"DATABASE_URL": "postgresql://{user}:{password}@{host}:{port}/{name}"},
}


@contextmanager
def server_for_suites() -> Iterator[Server]:
    """A server that nobody else uses, for the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PARITY_DATABASE_URL", raising=False)
        patch.setenv("PARITY_POSTGRES", "wheel")
        server = ladder.provide(make_settings(DATABASE=DATABASE), echo=lambda text: None)
    try:
        yield server
    finally:
        server.stop()


def proven(
    server: Server,
    folder: Path,
    command: str,
    only: Sequence[str],
    schema: str,
    limit: float = 60,
    **given: Any,
) -> list[Any]:
    """The events of a run; `folder` holds the suite, `schema` is what the migrations make.

    `given`: further settings.
    """
    own: dict[str, Any] = {"run": command, "groups": [], "extra": [], "env": {}, "settings": None}
    settings = make_settings(DATABASE=DATABASE, OWN_SUITE=own, **given)
    cluster = Cluster(server, settings, f"s{os.getpid()}{len(folder.name)}")
    events: list[Any] = []
    try:
        role = cluster.role("app")
        template = cluster.create("template", role)
        with template.connect(as_role=True) as connection:
            connection.execute(schema.encode())
        cluster.seal(template)
        python = this_python(folder)
        shared = Session(
            folder, settings, python, server, "s", cluster, role, template, Migration(0.0)
        )
        job = {
            "faults": [one.as_json() for one in faults().values() if one.id in only],
            "suite": command,
            "only": list(only),
            "part": [0, 1],
            "every_test": False,
            "fault_seconds": limit,
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(environments, "build", lambda *given, **named: python)
            patch.setattr(module, "SLOWER", 0)
            prover = Suite(job, shared, events.append)
            try:
                prover.prove()
            finally:
                prover.injector.remove()
    finally:
        cluster.drop_all()
    return events
