"""Back to the snapshot between two tests, in about a millisecond, under a running application."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from support.postgres_server import Connection

PATIENCE = 5.0  # seconds for an open transaction of the application to end
GRACE = 0.2  # seconds for one that only read and sits idle: some applications never end theirs
PAUSE = 0.002

# Other sessions of this database with a transaction open, and whether they have written.
OPEN = """
    SELECT pid, state, left(query, 200), state = 'active' OR backend_xid IS NOT NULL
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start IS NOT NULL AND backend_type = 'client backend'
"""
POSITION = "SELECT pg_current_wal_insert_lsn()::text"
# A fingerprint of everything that DELETE and INSERT cannot bring back.
STRUCTURE = """
    SELECT (SELECT (count(*), max(oid)) FROM pg_class
            WHERE oid >= 16384 AND relpersistence <> 't')::text,
        (SELECT sum(hashtext((attrelid, attname, atttypid, atttypmod, attnotnull)::text)::bigint)
            FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
            WHERE attrelid >= 16384 AND attnum > 0 AND relpersistence <> 't'
                AND relkind IN ('r', 'p', 'v'))::text,
        (SELECT (count(*), max(oid)) FROM pg_constraint)::text,
        (SELECT (count(*), max(oid)) FROM pg_attrdef)::text,
        (SELECT (count(*), max(oid)) FROM pg_enum)::text,
        (SELECT count(*) FROM pg_largeobject_metadata)::text
"""
# Leaf tables with the columns that take a value; what an extension brought is the extension's.
TABLES = """
    SELECT n.nspname, c.relname, coalesce(array_agg(a.attname::text ORDER BY a.attnum)
        FILTER (WHERE a.attgenerated = ''), '{}')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relpersistence <> 't'
        AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
                        AND objid = c.oid AND deptype = 'e')
    GROUP BY c.oid, n.nspname, c.relname ORDER BY n.nspname, c.relname
"""
SEQUENCES = """
    SELECT c.oid::bigint, n.nspname, c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND c.relpersistence <> 't'
"""
VIEWS = "SELECT schemaname, matviewname FROM pg_matviews WHERE ispopulated"
# Triggers that would fire for the restore itself, by their mode.
TRIGGERS = """
    SELECT n.nspname, c.relname, t.tgname, t.tgenabled::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND c.relkind = 'r' AND t.tgenabled = ANY(%s)
"""
ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


class Busy(AssertionError):
    """A transaction of the application does not end; the message has its query."""


class Snapshot:
    """The rows and sequences of a database, kept in temporary tables of one connection."""

    def __init__(self, connection: Connection, *, superuser: bool) -> None:
        self._connection, self._superuser = connection, superuser
        settle(connection)
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            tables = connection.execute(TABLES).fetchall()
            deletes = [
                sql.SQL("DELETE FROM ONLY {}").format(sql.Identifier(schema, name))
                for schema, name, _ in tables
            ]
            inserts = [*self._save(tables)]
            sequences = self._sequences()
            views = [
                sql.SQL("REFRESH MATERIALIZED VIEW {}").format(sql.Identifier(*view))
                for view in connection.execute(VIEWS)
            ]
        # Two statements, not one: without a superuser's rights ON DELETE CASCADE would take the
        # restored rows along. Within each of them foreign keys are checked at its end, so that
        # the order of the tables does not matter.
        self._work = [*_together(deletes), *_together(inserts), *sequences, *views]
        self._structure = connection.execute(STRUCTURE).fetchone()
        self._restore()  # so that the next nextval() is logged, and seen

    def restore(self) -> str:
        """`nothing`, `rows`, or `structure`: tables came or went, and only a new copy helps."""
        if settle(self._connection) == self._position:
            return "nothing"
        if self._connection.execute(STRUCTURE).fetchone() != self._structure:
            return "structure"
        self._restore()
        return "rows"

    def _save(self, tables: list[Any]) -> Iterator[sql.Composable]:
        """Copies the rows of each table that has any, and yields how to bring them back."""
        self._connection.execute("DISCARD TEMP")
        for number, (schema, name, columns) in enumerate(tables):
            parts = {
                "table": sql.Identifier(schema, name),
                "copy": sql.Identifier("pg_temp", f"parity_{number}"),
                "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
            }
            query = sql.SQL("SELECT EXISTS (SELECT FROM ONLY {table})").format(**parts)
            if self._connection.execute(query).fetchone() == (False,):
                continue
            query = sql.SQL("CREATE TEMPORARY TABLE {copy} AS SELECT {columns} FROM ONLY {table}")
            self._connection.execute(query.format(**parts))
            yield sql.SQL(
                "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {copy}"
            ).format(**parts)

    def _sequences(self) -> list[sql.Composable]:
        """One statement that sets all sequences to where they are now."""
        values = []
        for oid, schema, name in self._connection.execute(SEQUENCES).fetchall():
            query = sql.SQL("SELECT last_value, is_called FROM {}")
            row = self._connection.execute(query.format(sql.Identifier(schema, name))).fetchone()
            values.append(sql.SQL("setval({}::regclass, {}, {})").format(oid, *(row or ())))
        return [sql.SQL("SELECT ") + sql.SQL(", ").join(values)] if values else []

    def _restore(self) -> None:
        off, on = self._triggers()
        batch = [sql.SQL("BEGIN"), sql.SQL(f"SET LOCAL lock_timeout = {PATIENCE * 1000:.0f}")]
        batch.append(sql.SQL("SET LOCAL synchronous_commit = off"))
        if self._superuser:  # neither triggers nor foreign keys have a say in it
            batch.append(sql.SQL("SET LOCAL session_replication_role = replica"))
        batch += [*off, *self._work, *on, sql.SQL("COMMIT"), sql.SQL(POSITION)]
        try:
            cursor = self._connection.execute(sql.SQL("; ").join(batch))
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            self._connection.rollback()
            raise Busy(_complaint(self._connection.execute(OPEN).fetchall())) from error
        self._position = _last(cursor)

    def _triggers(self) -> tuple[list[sql.Composable], list[sql.Composable]]:
        """Statements to silence the triggers that would see the restore, and to bring them back."""
        modes = ["A", "R"] if self._superuser else ["O", "A"]
        found = self._connection.execute(TRIGGERS, [modes]).fetchall()
        change = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
        off, on = [], []
        for schema, table, trigger, mode in found:
            where, name = sql.Identifier(schema, table), sql.Identifier(trigger)
            off.append(change.format(where, sql.SQL("DISABLE"), name))
            on.append(change.format(where, sql.SQL(ENABLE[mode]), name))
        return off, on


def settle(connection: Connection) -> str:
    """Waits until no other session has a transaction open; the write-ahead log's position then."""
    begin = time.monotonic()
    while True:
        cursor = connection.execute(f"{OPEN}; {POSITION}")
        sessions = cursor.fetchall()
        waited = time.monotonic() - begin
        if not sessions or (waited > GRACE and not any(at_work for *_, at_work in sessions)):
            return _last(cursor)
        if waited > PATIENCE:
            raise Busy(_complaint(sessions))
        time.sleep(PAUSE)


def _together(statements: list[sql.Composable]) -> list[sql.Composable]:
    """One statement that runs all of them."""
    if not statements:
        return []
    named = [
        sql.SQL("{} AS ({})").format(sql.Identifier(f"s{number}"), statement)
        for number, statement in enumerate(statements)
    ]
    return [sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(named))]


def _last(cursor: psycopg.Cursor[tuple[Any, ...]]) -> str:
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return str(row[0]) if row else ""


def _complaint(sessions: list[tuple[Any, ...]]) -> str:
    queries = "; ".join(f"pid {pid}, {state}: {query}" for pid, state, query, _ in sessions)
    return (
        f"the database cannot be reset: a transaction of the application is still open after"
        f" {PATIENCE:.0f} s ({queries or 'it has ended meanwhile'})"
    )
