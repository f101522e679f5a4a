"""Numbers for the team lead."""

from __future__ import annotations

from importlib.resources import files

from psycopg import Connection

from desk.db import Row


def workload(connection: Connection[Row]) -> list[Row]:
    """Open tickets and hours of each customer; the query is the analysts' own file."""
    query = files("desk").joinpath("sql/workload.sql").read_text(encoding="utf-8")
    return connection.execute(query).fetchall()


def closed_by_priority(connection: Connection[Row]) -> list[Row]:
    return connection.execute(
        """
        SELECT priority, count(*) AS tickets, sum(hours) AS hours
        FROM tickets
        WHERE closed_at IS NOT NULL
        GROUP BY priority
        ORDER BY priority DESC
        """
    ).fetchall()
