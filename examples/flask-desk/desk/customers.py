"""Customers: the table `customers`."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from desk.db import Row


def add(connection: Connection[Row], values: dict[str, Any]) -> int:
    """The new id. Raises UniqueViolation when the address is taken."""
    row = connection.execute(
        "INSERT INTO customers (email, name, vip, customer_since)"
        " VALUES (%(email)s, %(name)s, %(vip)s, %(customer_since)s) RETURNING id",
        {"vip": False, "customer_since": None, **values},
    ).fetchone()
    return row["id"]


def put(connection: Connection[Row], values: dict[str, Any]) -> None:
    """Add the customer, or bring the one with this address up to date."""
    connection.execute(
        """
        INSERT INTO customers (email, name, vip, customer_since)
        VALUES (%(email)s, %(name)s, %(vip)s, %(customer_since)s)
        ON CONFLICT (email) DO UPDATE
        SET name = excluded.name, vip = excluded.vip, customer_since = excluded.customer_since
        """,
        values,
    )


def find(connection: Connection[Row], customer_id: int) -> Row | None:
    return connection.execute(
        "SELECT id, email, name, vip, customer_since, created_at FROM customers WHERE id = %s",
        (customer_id,),
    ).fetchone()
