"""What an action changed in a table: rows that are new, or that have a new version."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from psycopg import sql

from support.database import relations
from support.database.cluster import Database, NoSuchColumn

Marks = set[tuple[str, str]]


def check_columns(database: Database, table: str, columns: Iterable[str]) -> None:
    """Raises NoSuchTable or NoSuchColumn, with the name that was probably meant."""
    known = database.columns(table)
    for column in columns:
        if column not in known:
            near = difflib.get_close_matches(column, known, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise NoSuchColumn(f"no column {column!r} in table {table!r}{hint}")


def marks(database: Database, table: str) -> Marks:
    """Place and version of every row."""
    query = sql.SQL("SELECT ctid::text, xmin::text FROM {}")
    connection = database.session()
    where = relations.find(connection, table).sql
    return set(connection.execute(query.format(where)).fetchall())


def changed_values(database: Database, table: str, column: str, before: Marks) -> list[Any]:
    """The column's values, as Python objects, in the rows that were written since `before`."""
    check_columns(database, table, [column])
    query = sql.SQL("SELECT ctid::text, xmin::text, {} FROM {}")
    connection = database.session()
    where = relations.find(connection, table).sql
    rows = connection.execute(query.format(sql.Identifier(column), where)).fetchall()
    return [value for place, version, value in rows if (place, version) not in before]


def readable(where: dict[str, Any]) -> str:
    return " and ".join(f"{column} = {value!r}" for column, value in where.items()) or "true"
