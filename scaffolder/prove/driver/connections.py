"""Connections of the application: ended all at once, as by a restart of the server, or refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from scaffolder.prove.driver.log import Log, refusals
from support.postgres.server import Connection, Server

ENDED, REFUSED = "ended", "refused"
PATIENCE = 10.0  # seconds for sessions to end
END = "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
OPEN = "SELECT FROM pg_stat_activity WHERE pid = ANY (%s)"


@dataclass(slots=True)
class Cut:
    """How many connections were `ended`, and `refused`."""

    ended: int = 0
    refused: int = 0


@contextmanager
def cut(server: Server, role: str, does: str) -> Iterator[Cut]:
    """End all connections of a role; while the block runs, REFUSED takes none either."""
    assert server.log is not None
    seen, log = Cut(), Log(Path(server.log))
    position = log.position()
    with closing(server.connect()) as connection:
        try:
            if does == REFUSED:
                _limit(connection, role, 0)
            seen.ended = _end(connection, role)
            yield seen
        finally:
            _limit(connection, role, -1)
    seen.refused = refusals(log.since(position), role)


def _limit(connection: Connection, role: str, number: int) -> None:
    change = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
    connection.execute(change.format(sql.Identifier(role), sql.Literal(number)))


def _end(connection: Connection, role: str) -> int:
    """Answers when they are gone: until then one could still be used. New ones may come."""
    ended = [pid for pid, _ in connection.execute(END, [role]).fetchall()]
    deadline = time.monotonic() + PATIENCE
    while connection.execute(OPEN, [ended]).fetchone() is not None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"sessions of {role} did not end in {PATIENCE:.0f} s")
        time.sleep(0.01)
    return len(ended)
