"""Roles and databases of the session, made and dropped by the harness alone."""

from __future__ import annotations

import re
import secrets
from typing import Any

from psycopg import sql

from support.database import provision
from support.database.app_database import Database, Role
from support.database.relations import BadValue, NoSuchColumn, NoSuchTable
from support.database.settle import Busy
from support.postgres.server import Server

__all__ = ["BadValue", "Busy", "Cluster", "Database", "NoSuchColumn", "NoSuchTable", "Role"]

LONGEST_NAME = 63  # PostgreSQL cuts longer ones without an error


class Cluster:
    """Makes and drops roles and databases named parity_<run>_..., and no others."""

    def __init__(self, server: Server, settings: Any, run_id: str) -> None:
        self.server, self.settings = server, settings
        self._prefix = f"parity_{run_id}_"
        self._roles: list[Role] = []
        self._databases: list[Database] = []
        if server.rung == "url":
            provision.reap(server)

    def role(self, suffix: str, password: str | None = None) -> Role:
        """A new role that may log in; no superuser, like production's."""
        role = Role(self._name(suffix), password or secrets.token_urlsafe(12))
        name = sql.Identifier(role.name)
        self._roles.append(role)
        self._execute("CREATE ROLE {} LOGIN PASSWORD {}", name, sql.Literal(role.password))
        if not self.server.superuser:
            # Only a member may give a database to the role, and see what is in it.
            self._execute("GRANT {} TO CURRENT_USER", name)
        self._mark("ROLE", role.name)
        return role

    def create(self, suffix: str, role: Role, template: Database | None = None) -> Database:
        """A new database: a copy of a sealed one, or empty with production's extensions."""
        database = Database(self, self._name(suffix), role, template)
        self._databases.append(database)
        database.make()
        self._mark("DATABASE", database.name)
        return database

    def seal(self, database: Database) -> None:
        """Closes a database to everyone, so that it can be copied at any time."""
        database.disconnect()
        self._execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", database.identifier)
        self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}",
            sql.Literal(database.name),
        )

    def drop_all(self) -> None:
        """What this object made; sessions that are still open there are ended."""
        while self._databases:
            self._databases.pop().drop()
        while self._roles:
            provision.drop_role(self.server, self._roles.pop().name)

    def _mark(self, kind: str, name: str) -> None:
        """On a server that outlives the session: whose it is, should the session be killed."""
        if self.server.rung == "url":
            query = f"COMMENT ON {kind} {{}} IS {{}}"
            self._execute(query, sql.Identifier(name), sql.Literal(provision.mark()))

    def _name(self, suffix: str) -> str:
        name = self._prefix + re.sub(r"\W", "_", suffix.lower())
        if len(name.encode()) > LONGEST_NAME:
            raise ValueError(f"{name}: a name of PostgreSQL has at most {LONGEST_NAME} bytes")
        return name

    def _execute(self, query: str, *parts: sql.Composable) -> list[tuple[Any, ...]]:
        with self.server.connect() as connection:
            cursor = connection.execute(sql.SQL(query).format(*parts))
            return cursor.fetchall() if cursor.description else []
