"""Faults in the database: installed once, armed and disarmed by changing one setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg import sql

from support.database.cluster import Cluster, Database
from support.postgres.server import Connection, Server

SQL = Path(__file__).resolve().parent / "sql"
SENTINEL = "parity_fault"
ROW = ("stale-column", "column-null")  # judged column by column, like the values
OF_SUITES = ("5_new_databases.sql", "6_lacking.sql")
TRACE = "trace"
STATEMENT = "statement"
"""The n-th writing statement fails: column is the error or `kill`, argument is n."""
SETTING = "setting"
"""Alters nothing: sessions note their settings where they write."""
LACKING = "lacking"
"""Databases lack something of the schema; the argument says what kind, see sql/6_lacking.sql."""


class Injector:
    """The faults of one server; `faults` are entries of the catalogue."""

    def __init__(self, server: Server, faults: Sequence[Mapping[str, Any]]) -> None:
        self.server = server
        self.armed: str | None = None
        self._connection: Connection = server.connect()
        self._connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(SENTINEL)))
        row = self._connection.execute(
            "SELECT oid::text FROM pg_roles WHERE rolname = %s", [SENTINEL]
        ).fetchone()
        self._script = script(faults, sentinel=str((row or ("0",))[0]), admin=server.user)

    def install(self, cluster: Cluster, template: Database, *, new_tables: bool = False) -> None:
        """Into a sealed template, so that every copy of it has the triggers.

        `new_tables`: also those that a suite makes there itself.
        """
        opened = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(template.identifier)
        self._connection.execute(opened)
        with closing(self.server.connect(template.name)) as connection:
            connection.execute(self._script.encode())
            connection.execute("SELECT _parity.attach_all()")
            if new_tables:
                connection.execute(of_suites().encode())
        cluster.seal(template)

    def install_for_new_databases(self) -> None:
        """Into template1: databases that a test runner makes itself have the triggers, too."""
        with closing(self.server.connect("template1")) as connection:
            connection.execute((self._script + of_suites()).encode())

    def arm(self, fault: str, table: str = "", column: str = "", argument: str = "") -> None:
        """From the next statement on, in sessions that are already open as well."""
        text = "|".join((fault, table, column, argument))
        change = sql.SQL("ALTER ROLE {} SET parity.fault = {}")
        self._connection.execute(change.format(sql.Identifier(SENTINEL), sql.Literal(text)))
        self.armed = text

    def disarm(self) -> None:
        """Nothing is altered any more."""
        reset = sql.SQL("ALTER ROLE {} RESET parity.fault").format(sql.Identifier(SENTINEL))
        self._connection.execute(reset)
        self.armed = None

    def tables(self, prefix: str) -> list[str]:
        """Those of the application, in some database with this prefix that is open."""
        row = self._connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s AND datallowconn"
            " ORDER BY datname = %s DESC LIMIT 1",
            [f"{prefix}%", f"{prefix}main"],
        ).fetchone()
        if row is None:
            return []
        with closing(self.server.connect(row[0])) as connection:
            found = connection.execute(
                "SELECT _parity.label(oid) FROM pg_class"
                " WHERE relkind IN ('r', 'p') AND NOT relispartition AND _parity.ours(oid)"
            ).fetchall()
        return [name for (name,) in found]

    def close(self) -> None:
        """The server ends with the session, and everything in it."""
        self._connection.close()

    def remove(self) -> None:
        """From a server that lives on."""
        with closing(self.server.connect("template1")) as connection:
            connection.execute("DROP EVENT TRIGGER IF EXISTS parity_attach")
            connection.execute("DROP EVENT TRIGGER IF EXISTS parity_lack")
            connection.execute("DROP SCHEMA IF EXISTS _parity CASCADE")
        drop = sql.SQL("DROP ROLE {}").format(sql.Identifier(SENTINEL))
        self._connection.execute(drop)
        self.close()


def script(faults: Sequence[Mapping[str, Any]], *, sentinel: str, admin: str) -> str:
    """All functions, with the values' expressions of the catalogue put in."""
    values = [fault for fault in faults if fault["kind"] == "value"]
    arms = " ".join(map(_arm, values))
    ids = "{" + ",".join([*(fault["id"] for fault in values), *ROW]) + "}"
    parts = {
        "{arms}": arms or "WHEN false THEN v",
        "{ids}": _quoted(ids),
        "{sentinel}": _quoted(sentinel),
        "{admin}": _quoted(admin),
    }
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted(SQL.glob("*.sql"))
        if path.name not in OF_SUITES
    )
    for name, value in parts.items():
        text = text.replace(name, value)
    return text


def of_suites() -> str:
    """For databases whose tables a suite makes itself."""
    return "".join((SQL / name).read_text(encoding="utf-8") for name in OF_SUITES)


def _arm(fault: Mapping[str, Any]) -> str:
    families = ", ".join(map(_quoted, fault["types"]))
    return f"WHEN id = {_quoted(fault['id'])} AND family IN ({families}) THEN {fault['sql']}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
