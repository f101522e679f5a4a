"""Whether a process connects to the server at all, seen from the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from support.database.cluster import Database, Role
from support.postgres.server import Server

PAUSE = 0.02
SECONDS = 2.0  # for sessions to end
QUERY = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
ENDED = "SELECT sessions FROM pg_stat_database WHERE datname = %s"


@dataclass
class Seen:
    """How many connections were seen, at once or one after the other."""

    connections: int = 0
    problem: psycopg.Error | None = None


@contextmanager
def watch_connections(
    server: Server, role: Role, database: Database | None = None
) -> Iterator[Seen]:
    """Look for connections of a role, fifty times a second, until the block ends.

    `database`: nobody else connects to it. Sessions there are counted by the server, too, so that
    none is too short to be seen.
    """
    seen = Seen()
    done = threading.Event()

    def look() -> None:
        try:
            with server.connect() as connection:
                while not done.wait(PAUSE):
                    row = connection.execute(QUERY, [role.name]).fetchone()
                    seen.connections = max(seen.connections, row[0] if row else 0)
        except psycopg.Error as error:
            seen.problem = error

    before = _ended(server, database)
    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
        if seen.problem is not None:
            raise seen.problem
        if database and not seen.connections:
            seen.connections = _ended(server, database) - before


def _ended(server: Server, database: Database | None) -> int:
    """Sessions so far; a session is counted when it ends."""
    if database is None:
        return 0
    deadline = time.monotonic() + SECONDS
    with server.connect() as connection:
        while time.monotonic() < deadline:
            row = connection.execute(OPEN, [database.name]).fetchone()
            if row == (0,):
                break
            time.sleep(PAUSE)
        row = connection.execute(ENDED, [database.name]).fetchone()
    return int(row[0]) if row else 0
