"""Comments on a ticket: the table `comments`."""

from __future__ import annotations

from psycopg import Connection

from desk.db import Row


def add(connection: Connection[Row], ticket_id: int, author: str, body: str) -> int:
    row = connection.execute(
        "INSERT INTO comments (ticket_id, author, body) VALUES (%s, %s, %s) RETURNING id",
        (ticket_id, author, body),
    ).fetchone()
    connection.execute("UPDATE tickets SET updated_at = now() WHERE id = %s", (ticket_id,))
    return row["id"]


def of_ticket(connection: Connection[Row], ticket_id: int) -> list[Row]:
    return connection.execute(
        "SELECT id, author, body, created_at FROM comments WHERE ticket_id = %s ORDER BY id",
        (ticket_id,),
    ).fetchall()
