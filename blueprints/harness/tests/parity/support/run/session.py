"""What one run shares: the application's environment, the server, the migrated template."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.app import children, migrate
from support.database.cluster import Cluster, Database, Role
from support.install import environment as environments
from support.postgres import ladder as postgres
from support.postgres.server import Server
from support.run.results import Unavailable

VARIABLE = "PARITY_SESSION"
Echo = Callable[[str], None]


@dataclass
class Session:
    """One run of a command. Workers of pytest-xdist share the controller's."""

    repository: Path
    settings: ModuleType
    environment: environments.Environment
    server: Server
    run: str
    cluster: Cluster
    role: Role
    template: Database
    migration: migrate.Migration

    @property
    def directory(self) -> Path:
        """Where the application runs."""
        return self.repository / str(self.settings.DIRECTORY)

    @classmethod
    def begin(cls, repository: Path, settings: ModuleType, echo: Echo) -> Session:
        """Provide everything, once. Raises Unavailable."""
        if left := children.reap(repository / ".parity"):
            echo(f"stopped {left} processes of a session that was killed")
        environment = environments.build(repository, settings, echo=echo)
        server = postgres.provide(settings, echo=echo)
        refuse_degraded(settings, environment.degraded, server.degraded)
        run = secrets.token_hex(4)
        cluster = Cluster(server, settings, run)
        directory = repository / str(settings.DIRECTORY)
        done = False
        try:
            role = cluster.role("app")
            template = cluster.create("template", role)
            migration = migrate.migrate(directory, environment, settings, template)
            if not migration.problem:
                cluster.seal(template)
            done = True
        finally:  # also when somebody presses Ctrl-C meanwhile
            if not done:
                cluster.drop_all()
        return cls(
            repository, settings, environment, server, run, cluster, role, template, migration
        )

    def end(self) -> None:
        """Drop what was made, and stop the server if it is ours."""
        children.reap(self.repository / ".parity")  # of a worker that died
        try:
            self.cluster.drop_all()
        finally:
            self.server.stop()
            remove_files(self.directory, f"parity_{self.run}_")

    def publish(self) -> None:
        """Leave it where the workers of pytest-xdist find it."""
        os.environ[VARIABLE] = json.dumps(
            {
                "environment": {
                    name: str(value) for name, value in vars(self.environment).items() if value
                },
                "server": self.server.to_json(),
                "run": self.run,
                "role": [self.role.name, self.role.password],
                "template": self.template.name,
                "migration": self.migration.as_json(),
            }
        )

    @classmethod
    def join(cls, repository: Path, settings: ModuleType) -> Session:
        """The controller's session, in a worker."""
        shared: dict[str, Any] = json.loads(os.environ[VARIABLE])
        server = Server.from_json(shared["server"])
        cluster = Cluster(server, settings, shared["run"])
        role = Role(*shared["role"])
        return cls(
            repository,
            settings,
            environment_from(shared["environment"]),
            server,
            shared["run"],
            cluster,
            role,
            Database(cluster, shared["template"], role),
            migrate.Migration.from_json(shared["migration"]),
        )


def remove_files(directory: Path, prefix: str) -> None:
    """Remove files named after our databases: SQLite, where a missing variable means SQLite."""
    for path in directory.glob(f"{prefix}*"):
        if path.is_file():
            path.unlink(missing_ok=True)


def environment_from(shared: dict[str, str]) -> environments.Environment:
    return environments.Environment(
        path=Path(shared["path"]),
        python=Path(shared["python"]),
        bin=Path(shared["bin"]),
        python_version=shared["python_version"],
        degraded=shared.get("degraded"),
    )


SESSION = pytest.StashKey[Session]()


def is_strict(settings: ModuleType) -> bool:
    """PARITY_STRICT decides; without it the spec, and CI."""
    chosen = os.environ.get("PARITY_STRICT")
    if chosen in ("0", "1"):
        return chosen == "1"
    return bool(settings.STRICT) or os.environ.get("CI", "").lower() in ("true", "1")


def refuse_degraded(settings: ModuleType, *reasons: str | None) -> None:
    """Where parity is strict, another version than production's is no parity."""
    found = [reason for reason in reasons if reason]
    if found and is_strict(settings):
        raise Unavailable(
            f"strict: {'; '.join(found)} (install production's version, or set PARITY_STRICT=0)"
        )
