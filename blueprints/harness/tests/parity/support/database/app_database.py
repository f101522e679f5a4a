"""A database of the application: its address, its rows, and the way back to its snapshot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from support.database import provision, relations
from support.database.fingerprint import fingerprint
from support.database.reset import Snapshot
from support.postgres.server import Connection

if TYPE_CHECKING:
    from support.database.cluster import Cluster

# Between two queries; any other state is one that the session does not come back from.
ANSWERING = (TransactionStatus.IDLE, TransactionStatus.INTRANS, TransactionStatus.INERROR)


@dataclass(frozen=True)
class Role:
    """The application's account: it may log in, and owns its databases."""

    name: str
    password: str


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
        """The application's variables for this database."""
        templates: Mapping[str, str] = self._cluster.settings.DATABASE["env"]
        return {variable: self.fill(text) for variable, text in templates.items()}

    def fill(self, text: str) -> str:
        """`{user}` and the like put in: percent-encoded inside a URL, as they are elsewhere."""
        parts = {
            "user": self.role.name,
            "password": self.role.password,
            "host": self.server.host,
            "port": str(self.server.port),
            "name": self.name,
        }
        return _fill(text, parts)

    def connect(self, *, as_role: bool = False) -> Connection:
        """A connection of the harness's own, as administrator or as the application's role."""
        if as_role:
            return self.server.connect_as(self.role.name, self.role.password, self.name)
        return self.server.connect(self.name)

    def rows(self, table: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows whose columns equal the values of `where`; None stands for NULL."""
        found = relations.find(self.session(), table)
        return relations.select(self.session(), found, where)

    def count(self, table: str) -> int:
        return relations.count(self.session(), relations.find(self.session(), table))

    def tables(self) -> list[str]:
        """Of all schemas but the system's; `schema.table` outside of public."""
        return [found.name for found in relations.all_relations(self.session()) if found.is_table]

    def columns(self, table: str) -> dict[str, str]:
        """name -> type as PostgreSQL writes it."""
        return relations.columns(self.session(), relations.find(self.session(), table))

    def fingerprint(self) -> dict[str, dict[Any, dict[str, Any]]]:
        """table -> row key -> row, of everything that is stored."""
        return fingerprint(self.session())

    def snapshot(self) -> None:
        """Remembers the rows, right after the database was made: `reset` comes back to them."""
        self._snapshot = Snapshot(self.session(), superuser=self.server.superuser)

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
            if not self._is_lost():
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
        """Creates it; for Cluster.create and for `reset`."""
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
        provision.drop_database(self.server, self.name)

    def _is_lost(self) -> bool:
        """Also where the driver gave up in the middle of a query, and still calls it open."""
        if self._connection is None or self._connection.closed:
            return True
        return self._connection.info.transaction_status not in ANSWERING

    def session(self) -> Connection:
        """The administrator's session that the questions above share; it stays open.

        For reading only: once there is a snapshot, no trigger fires for what it writes.
        """
        if self._connection is None or self._is_lost():
            self._connection = self.connect()
        return self._connection


def _fill(text: str, parts: Mapping[str, str]) -> str:
    if "://" in text:
        host = parts["host"]
        quoted = {name: quote(value, safe="") for name, value in parts.items()}
        parts = quoted | {"host": f"[{host}]" if ":" in host else quoted["host"]}
    return re.sub(r"\{(user|password|host|port|name)\}", lambda match: parts[match[1]], text)
