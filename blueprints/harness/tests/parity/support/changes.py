"""What an action changed in a table: rows that are new, or that have a new version."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from support.database import Database

Marks = set[tuple[str, str]]


def identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def marks(database: Database, table: str) -> Marks:
    """Place and version of every row."""
    query = sql.SQL("SELECT ctid::text, xmin::text FROM {}").format(identifier(table))
    with database.connect() as connection:
        return set(connection.execute(query).fetchall())


def changed_values(database: Database, table: str, column: str, before: Marks) -> list[Any]:
    """The column's values, as Python objects, in the rows that were written since `before`."""
    database.check_columns(table, [column])
    query = sql.SQL("SELECT ctid::text, xmin::text, {} FROM {}").format(
        sql.Identifier(column), identifier(table)
    )
    with database.connect() as connection:
        rows = connection.execute(query).fetchall()
    return [value for place, version, value in rows if (place, version) not in before]
