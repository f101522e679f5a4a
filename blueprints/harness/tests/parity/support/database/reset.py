"""Back to the snapshot between two tests, in a millisecond or two, under a running application."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from support.database.settle import (
    PATIENCE,
    Busy,
    complaint,
    last_value,
    open_sessions,
    prepare,
    settle,
)
from support.database.structure import SEQUENCES, STRUCTURE, TABLES, VIEWS
from support.postgres.server import Connection

ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


class Snapshot:
    """The rows and sequences of a database, kept in temporary tables of one connection.

    What it does not see: settings and grants of the database or its roles, functions, triggers
    and policies that a test changed, and the values that a CACHE sequence handed out before.
    """

    def __init__(self, connection: Connection, *, superuser: bool) -> None:
        self._connection = connection
        if superuser:  # neither triggers nor foreign keys have a say in it
            # For the whole session: each change would make all prepared statements be planned anew.
            connection.execute("SET session_replication_role = replica")
        prepare(connection)
        settle(connection)
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            work = [self._prepared(*one) for one in enumerate(self._work())]
            work += [sql.SQL("REFRESH MATERIALIZED VIEW {}").format(view) for view in self._views()]
        self._restoring = sql.SQL("; ").join(work).as_string(connection) or "SELECT"
        modes = sql.Literal(["A", "R"] if superuser else ["O", "A"])
        query = sql.SQL("PREPARE parity_structure AS " + STRUCTURE).format(modes)
        connection.execute(query)
        *self._structure, triggers = self._look()
        self._position = self._restore(triggers)  # after setval() the next nextval() is seen

    def restore(self) -> str:
        """`nothing`, `rows`, or `structure`: tables came or went, and only a new copy helps."""
        if settle(self._connection) == self._position:
            return "nothing"
        *structure, triggers = self._look()
        if structure != self._structure:
            return "structure"
        self._position = self._restore(triggers)
        return "rows"

    def _look(self) -> Sequence[Any]:
        return self._connection.execute("EXECUTE parity_structure").fetchone() or ()

    def _work(self) -> Iterator[sql.Composable]:
        """Copies the rows of each table that has any; yields the statements that restore all.

        Deleting and inserting are two statements, not one: without a superuser's rights, ON DELETE
        CASCADE would take the restored rows along. Within each of them foreign keys are checked
        at its end, so that the order of the tables does not matter.
        """
        tables = self._connection.execute(TABLES).fetchall()
        names = [sql.Identifier(schema, table) for schema, table, _ in tables]
        yield from _together([sql.SQL("DELETE FROM ONLY {}").format(name) for name in names])
        yield from _together([*self._save(tables)])
        yield from self._sequences()

    def _prepared(self, number: int, statement: sql.Composable) -> sql.Composed:
        """Planned once: planning all those statements takes longer than running them."""
        name = sql.Identifier(f"parity_restore_{number}")
        self._connection.execute(sql.SQL("PREPARE {} AS {}").format(name, statement))
        return sql.SQL("EXECUTE {}").format(name)

    def _views(self) -> list[sql.Identifier]:
        return [sql.Identifier(*view) for view in self._connection.execute(VIEWS).fetchall()]

    def _save(self, tables: list[Any]) -> Iterator[sql.Composed]:
        self._connection.execute("DISCARD TEMP")
        for number, (schema, name, columns) in enumerate(tables):
            parts = {
                "table": sql.Identifier(schema, name),
                "copy": sql.Identifier("pg_temp", f"parity_{number}"),
                "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
            }
            any_row = sql.SQL("SELECT EXISTS (SELECT FROM ONLY {table})").format(**parts)
            if self._connection.execute(any_row).fetchone() == (False,):
                continue
            copy = "CREATE TEMPORARY TABLE {copy} AS SELECT {columns} FROM ONLY {table}"
            self._connection.execute(sql.SQL(copy).format(**parts))
            yield sql.SQL(
                "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
                " SELECT {columns} FROM {copy}"
            ).format(**parts)

    def _sequences(self) -> Iterator[sql.Composed]:
        """One statement that sets all sequences to where they are now."""
        calls = []
        for oid, schema, name in self._connection.execute(SEQUENCES).fetchall():
            query = sql.SQL("SELECT last_value, is_called FROM {}")
            row = self._connection.execute(query.format(sql.Identifier(schema, name))).fetchone()
            calls.append(sql.SQL("setval({}::regclass, {}, {})").format(oid, *(row or ())))
        if calls:
            yield sql.SQL("SELECT {}").format(sql.SQL(", ").join(calls))

    def _restore(self, triggers: list[list[str]] | None) -> str:
        """Runs the work in one message to the server; the log's position afterwards."""
        change = sql.SQL("ALTER TABLE {} {} TRIGGER {};")
        off = on = ""
        for schema, table, trigger, mode in triggers or ():
            where, name = sql.Identifier(schema, table), sql.Identifier(trigger)
            off += change.format(where, sql.SQL("DISABLE"), name).as_string(self._connection)
            enable = change.format(where, sql.SQL(ENABLE[mode]), name)
            on += enable.as_string(self._connection)
        batch = f"BEGIN; SET LOCAL lock_timeout = '{PATIENCE:.0f}s'; {off} {self._restoring}; {on} COMMIT; "
        try:
            cursor = self._connection.execute(batch + "SELECT pg_current_wal_insert_lsn()::text")
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            self._connection.rollback()
            raise Busy(complaint(open_sessions(self._connection))) from error
        return last_value(cursor)


def _together(statements: Sequence[sql.Composable]) -> Iterator[sql.Composed]:
    """One statement that runs all of them."""
    named = [
        sql.SQL("{} AS ({})").format(sql.Identifier(f"s{number}"), statement)
        for number, statement in enumerate(statements)
    ]
    if named:
        yield sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(named))
