"""Waiting until the application's transactions have ended, before its database is reset."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from support.postgres.server import Connection

PATIENCE = 5.0  # seconds for a transaction of the application to end
GRACE = 0.2  # seconds for one that has only read and sits idle: some applications never end theirs
PAUSE = 0.002

# Other sessions of this database with a transaction open, and whether they work or have written.
OPEN = """
    SELECT pid, state, left(query, 200), state = 'active' OR backend_xid IS NOT NULL
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start IS NOT NULL AND backend_type = 'client backend'
"""


class Busy(AssertionError):
    """A transaction of the application does not end; the message has its query."""


def prepare(connection: Connection) -> None:
    """Once for each connection: planning the query takes longer than running it."""
    connection.execute(f"DEALLOCATE ALL; PREPARE parity_open AS {OPEN}")


def settle(connection: Connection) -> str:
    """Waits until no other session has a transaction open; the write-ahead log's position then.

    The position is read last: what is written after it makes the next comparison fail.
    """
    begin = time.monotonic()
    while True:
        cursor = connection.execute("EXECUTE parity_open; SELECT pg_current_wal_insert_lsn()::text")
        sessions = cursor.fetchall()
        waited = time.monotonic() - begin
        if not sessions or (waited > GRACE and not any(at_work for *_, at_work in sessions)):
            return last_value(cursor)
        if waited > PATIENCE:
            raise Busy(complaint(sessions))
        time.sleep(PAUSE)


def open_sessions(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute("EXECUTE parity_open").fetchall()


def complaint(sessions: list[tuple[Any, ...]]) -> str:
    """What to do about it, with the queries that hold the reset up."""
    queries = "; ".join(f"pid {pid}, {state}: {query}" for pid, state, query, _ in sessions)
    return (
        f"the database cannot be reset: a transaction of the application is still open after"
        f" {PATIENCE:.0f} s ({queries or 'it has ended meanwhile'})"
    )


def last_value(cursor: psycopg.Cursor[tuple[Any, ...]]) -> str:
    """The value of the last of several statements."""
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return str(row[0]) if row else ""
