"""Whether a process connects to the server at all, seen from the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from support.database.cluster import Role
from support.postgres.server import Server

PAUSE = 0.05
QUERY = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"


@dataclass
class Seen:
    """The largest number of connections that a role had at once."""

    connections: int = 0
    problem: psycopg.Error | None = None


@contextmanager
def watch_connections(server: Server, role: Role) -> Iterator[Seen]:
    """Look for connections of a role, twenty times a second, until the block ends."""
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

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
        if seen.problem is not None:
            raise seen.problem
