"""Tickets: the table `tickets`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from desk.db import Row

DEFAULTS: dict[str, Any] = {
    "body": "",
    "priority": 0,
    "status": "open",
    "billable": False,
    "hours": Decimal(0),
    "due_at": None,
    "visit_on": None,
    "tags": [],
}


def add(connection: Connection[Row], values: dict[str, Any]) -> int:
    """The new id. Raises ForeignKeyViolation for an unknown customer."""
    row = connection.execute(
        """
        INSERT INTO tickets
            (customer_id, subject, body, priority, status, billable, hours, due_at, visit_on, tags)
        VALUES
            (%(customer_id)s, %(subject)s, %(body)s, %(priority)s, %(status)s, %(billable)s,
             %(hours)s, %(due_at)s, %(visit_on)s, %(tags)s)
        RETURNING id
        """,
        _parameters(DEFAULTS | values),
    ).fetchone()
    return row["id"]


def find(connection: Connection[Row], ticket_id: int) -> Row | None:
    return connection.execute(
        """
        SELECT id, customer_id, subject, body, priority, status, billable, hours, due_at, visit_on,
               tags, opened_at, updated_at, closed_at
        FROM tickets
        WHERE id = %s
        """,
        (ticket_id,),
    ).fetchone()


def page(connection: Connection[Row], status: str | None, size: int, after: int = 0) -> list[Row]:
    return connection.execute(
        """
        SELECT t.id, t.subject, t.status, t.priority, t.due_at, c.name AS customer
        FROM tickets t JOIN customers c ON c.id = t.customer_id
        WHERE (%(status)s::text IS NULL OR t.status = %(status)s) AND t.id > %(after)s
        ORDER BY t.id
        LIMIT %(size)s
        """,
        {"status": status, "after": after, "size": size},
    ).fetchall()


def update(connection: Connection[Row], ticket: Row, changes: dict[str, Any]) -> None:
    connection.execute(
        """
        UPDATE tickets
        SET customer_id = %(customer_id)s, subject = %(subject)s, body = %(body)s,
            priority = %(priority)s, status = %(status)s, billable = %(billable)s,
            hours = %(hours)s, due_at = %(due_at)s, visit_on = %(visit_on)s, tags = %(tags)s,
            updated_at = now(),
            closed_at = CASE WHEN %(status)s = 'closed' THEN COALESCE(closed_at, now()) END
        WHERE id = %(id)s
        """,
        _parameters(ticket | changes),
    )


def delete(connection: Connection[Row], ticket_id: int) -> bool:
    cursor = connection.execute("DELETE FROM tickets WHERE id = %s", (ticket_id,))
    return cursor.rowcount == 1


def close_stale(connection: Connection[Row], before: datetime) -> int:
    """Close what waits for a customer since `before`; the number of tickets closed."""
    cursor = connection.execute(
        """
        UPDATE tickets
        SET status = 'closed', closed_at = now(), updated_at = now()
        WHERE status = 'waiting' AND updated_at < %s
        """,
        (before,),
    )
    return cursor.rowcount


def _parameters(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"tags": Jsonb(values["tags"])}
