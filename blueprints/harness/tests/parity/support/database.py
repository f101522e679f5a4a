"""Roles and databases of the session, made and dropped by the harness alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from support import provision, relations
from support.postgres_server import Connection, Server
from support.relations import BadValue, NoSuchColumn, NoSuchTable
from support.reset import Busy, Snapshot

__all__ = ["BadValue", "Busy", "Cluster", "Database", "NoSuchColumn", "NoSuchTable", "Role"]

LONGEST_NAME = 63  # PostgreSQL cuts longer ones without an error


@dataclass(frozen=True)
class Role:
    """The application's account: it may log in, and owns its databases."""

    name: str
    password: str


class Cluster:
    """Makes and drops roles and databases named parity_<run>_..., and no others."""

    def __init__(self, server: Server, settings: Any, run_id: str) -> None:
        self.server, self.settings = server, settings
        self._prefix = f"parity_{run_id}_"
        self._roles: list[Role] = []
        self._databases: list[Database] = []

    def role(self, suffix: str, password: str | None = None) -> Role:
        """A new role that may log in; no superuser, like production's."""
        role = Role(self._name(suffix), password or secrets.token_urlsafe(12))
        name = sql.Identifier(role.name)
        self._roles.append(role)
        self._execute("CREATE ROLE {} LOGIN PASSWORD {}", name, sql.Literal(role.password))
        if not self.server.superuser:
            # Only a member may give a database to the role, and see what is in it.
            self._execute("GRANT {} TO CURRENT_USER", name)
        return role

    def create(self, suffix: str, role: Role, template: Database | None = None) -> Database:
        """A new database: a copy of a sealed one, or empty with production's extensions."""
        database = Database(self, self._name(suffix), role, template)
        self._databases.append(database)
        database.make()
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
            self._execute("DROP ROLE IF EXISTS {}", sql.Identifier(self._roles.pop().name))

    def _name(self, suffix: str) -> str:
        name = self._prefix + re.sub(r"\W", "_", suffix.lower())
        if len(name.encode()) > LONGEST_NAME:
            raise ValueError(f"{name}: a name of PostgreSQL has at most {LONGEST_NAME} bytes")
        return name

    def _execute(self, query: str, *parts: sql.Composable) -> list[tuple[Any, ...]]:
        with self.server.connect() as connection:
            cursor = connection.execute(sql.SQL(query).format(*parts))
            return cursor.fetchall() if cursor.description else []


class Database:
    """A database of the application; `template` is what a fresh copy of it is made from."""

    def __init__(
        self, cluster: Cluster, name: str, role: Role, template: Database | None = None
    ) -> None:
        self.name, self.role, self.server = name, role, cluster.server
        self.identifier = sql.Identifier(name)
        self._cluster, self._template = cluster, template
        self._connection: Connection | None = None
        self._snapshot: Snapshot | None = None

    def env(self) -> dict[str, str]:
        """The application's variables: percent-encoded inside a URL, as they are elsewhere."""
        parts = {
            "user": self.role.name,
            "password": self.role.password,
            "host": self.server.host,
            "port": str(self.server.port),
            "name": self.name,
        }
        templates: Mapping[str, str] = self._cluster.settings.DATABASE["env"]
        return {variable: _fill(text, parts) for variable, text in templates.items()}

    def connect(self, *, as_role: bool = False) -> Connection:
        """A connection of the harness's own, as administrator or as the application's role."""
        if as_role:
            return self.server.connect_as(self.role.name, self.role.password, self.name)
        return self.server.connect(self.name)

    def rows(self, table: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows whose columns equal the values of `where`; None stands for NULL."""
        found = relations.find(self._open(), table)
        return relations.select(self._open(), found, where)

    def count(self, table: str) -> int:
        return relations.count(self._open(), relations.find(self._open(), table))

    def tables(self) -> list[str]:
        """Of all schemas but the system's; `schema.table` outside of public."""
        return [found.name for found in relations.all_relations(self._open()) if found.is_table]

    def columns(self, table: str) -> dict[str, str]:
        """name -> type as PostgreSQL writes it."""
        return relations.columns(self._open(), relations.find(self._open(), table))

    def fingerprint(self) -> dict[str, dict[Any, dict[str, Any]]]:
        """table -> row key -> row, of everything that is stored."""
        return relations.fingerprint(self._open())

    def snapshot(self) -> None:
        """Remembers the rows, right after the database was made: `reset` comes back to them."""
        self._snapshot = Snapshot(self._open(), superuser=self.server.superuser)

    def reset(self) -> str:
        """Back to the snapshot: `nothing` was to do, `rows` were put back, or a fresh `clone` made.

        A clone is for what rows cannot bring back, a table added or dropped. It ends every open
        session: restart the application then. Raises Busy when a transaction does not end.
        """
        if self._snapshot is None:
            raise RuntimeError(f"{self.name}: reset() needs a snapshot() before")
        try:
            outcome = self._snapshot.restore()
        except psycopg.OperationalError:
            if not self._open_is_lost():
                raise
            outcome = "structure"  # somebody ended our session, and the copies with it
        if outcome != "structure":
            return outcome
        if self._template is None:
            raise RuntimeError(f"{self.name}: its tables changed, and it has no template")
        self.drop()
        self.make()
        self.snapshot()
        return "clone"

    def make(self) -> None:
        """Creates it; for Cluster and for `reset`."""
        if self._template is None:
            provision.create_empty(self.server, self._cluster.settings, self.name, self.role.name)
        else:
            provision.clone(self.server, self._template.name, self.name, self.role.name)

    def disconnect(self) -> None:
        """Closes the harness's own session."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def drop(self) -> None:
        """Ends all sessions and removes it."""
        self.disconnect()
        with self.server.connect() as connection:
            query = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
            connection.execute(sql.SQL(query).format(self.identifier))

    def _open_is_lost(self) -> bool:
        return self._connection is None or self._connection.closed or self._connection.broken

    def _open(self) -> Connection:
        """The session that the questions above share."""
        if self._connection is None or self._open_is_lost():
            self._connection = self.connect()
        return self._connection


def _fill(text: str, parts: Mapping[str, str]) -> str:
    if "://" in text:
        host = parts["host"]
        quoted = {name: quote(value, safe="") for name, value in parts.items()}
        parts = quoted | {"host": f"[{host}]" if ":" in host else quoted["host"]}
    return re.sub(r"\{(user|password|host|port|name)\}", lambda match: parts[match[1]], text)
