"""Escalates tickets that are overdue: `python -m desk.worker`, until SIGTERM."""

from __future__ import annotations

import signal
import sys
import threading

from psycopg import Connection

from desk.config import MissingVariable, Settings
from desk.db import Database, Row


def escalate(connection: Connection[Row]) -> list[int]:
    """Raise the priority of overdue tickets, each once; several workers may run."""
    rows = connection.execute(
        """
        UPDATE tickets
        SET priority = LEAST(priority, 2147483646) + 1, escalated_at = now()
        WHERE id IN (
            SELECT id FROM tickets
            WHERE status <> 'closed' AND due_at < now() AND escalated_at IS NULL
            ORDER BY due_at
            LIMIT 100
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id
        """
    ).fetchall()
    return [row["id"] for row in rows]


def main() -> int:
    try:
        settings = Settings.from_environ()
    except MissingVariable as error:
        print(error, file=sys.stderr)
        return 2
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    database = Database(settings.database_url, pool_size=1)
    print("worker started", flush=True)
    while not stop.is_set():
        with database.connection() as connection:
            escalated = escalate(connection)
            connection.commit()
        if escalated:
            print(f"escalated {len(escalated)}", flush=True)
        stop.wait(settings.poll_seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
