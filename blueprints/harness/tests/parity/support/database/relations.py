"""Tables and their rows, as the harness's own connection sees them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader

from support.postgres.server import Connection

# Ordinary and partitioned tables; partitions belong to their parent, what an extension brought
# (spatial_ref_sys) belongs to the extension.
TABLES = """
    SELECT n.nspname, c.relname, c.oid, c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
                        AND objid = c.oid AND deptype = 'e')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    ORDER BY n.nspname <> 'public', n.nspname, c.relname
"""
COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod), format_type(atttypid, -1)
    FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
# Python has no infinite and no BC instants: they come back as PostgreSQL's text.
INSTANTS = ("date", "timestamp", "timestamptz")


class NoSuchTable(AssertionError):
    """A table that the database does not have."""


class NoSuchColumn(AssertionError):
    """A column that the table does not have."""


class BadValue(AssertionError):
    """A value that cannot be one of the column's type."""


class Relation:
    """A table or view: what it is called in a message, and in SQL."""

    def __init__(self, schema: str, name: str, oid: int, is_table: bool) -> None:
        self.name = name if schema == "public" else f"{schema}.{name}"
        self.bare = name
        self.sql = sql.Identifier(schema, name)
        self.oid = oid
        self.is_table = is_table


def all_relations(connection: Connection) -> list[Relation]:
    """Those of every schema but the system's, the public one first."""
    return [Relation(*row) for row in connection.execute(TABLES)]


def find(connection: Connection, name: str) -> Relation:
    """By `table`, `schema.table`, or `table` alone when only one other schema has it."""
    relations = all_relations(connection)
    for relation in relations:
        if name in (relation.name, f"public.{relation.name}"):
            return relation
    others = [relation for relation in relations if relation.bare == name]
    if len(others) == 1:
        return others[0]
    near = (
        [relation.name for relation in others]
        or [
            relation.name
            for bare in _near(name, [each.bare for each in relations])
            for relation in relations
            if relation.bare == bare
        ]
        or _near(name, [relation.name for relation in relations])
    )
    raise NoSuchTable(f"no table {name!r}{_hint(near)}")


def columns(connection: Connection, relation: Relation) -> dict[str, str]:
    """name -> type as in the table's definition, `character varying(40)`."""
    return {name: kind for name, kind, _ in connection.execute(COLUMNS, [relation.oid])}


def select(
    connection: Connection, relation: Relation, where: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The rows whose columns equal the values. None means NULL; a text may stand for any type."""
    found = connection.execute(COLUMNS, [relation.oid]) if where else ()
    kinds = {name: kind for name, _, kind in found}
    tests: list[sql.Composable] = [sql.SQL("true")]
    values = []
    for column, value in where.items():
        if column not in kinds:
            hint = _hint(_near(column, kinds))
            raise NoSuchColumn(f"no column {column!r} in table {relation.name!r}{hint}")
        name, kind = sql.Identifier(column), kinds[column]
        if value is None:
            tests.append(sql.SQL("{} IS NULL").format(name))
            continue
        # json has no equality of its own; a cast to the type lets a text stand for any value
        comparable = "jsonb" if kind == "json" else kind
        tests.append(
            sql.SQL("{}::{} = %s::{}").format(name, sql.SQL(comparable), sql.SQL(comparable))
        )
        values.append(_parameter(value, kind))
    query = sql.SQL("SELECT * FROM {} WHERE {}").format(relation.sql, sql.SQL(" AND ").join(tests))
    try:
        return _fetch(connection, query, values)
    except psycopg.DataError as error:
        raise BadValue(f"{relation.name}: {error.diag.message_primary or error}") from error


def count(connection: Connection, relation: Relation) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(relation.sql)).fetchone()
    return int(row[0]) if row else 0


def _fetch(connection: Connection, query: sql.Composed, values: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        try:
            return cursor.execute(query, values).fetchall()
        except psycopg.DataError as error:
            if error.sqlstate:  # the server's; without a state the value has no place in Python
                raise
    with connection.cursor(row_factory=dict_row) as cursor:
        for name in INSTANTS:
            cursor.adapters.register_loader(name, TextLoader)
        return cursor.execute(query, values).fetchall()


def _parameter(value: Any, kind: str) -> Any:
    """As text, so that 2 finds the text '2' and '2' the number 2, whatever the column's type."""
    if kind in ("json", "jsonb"):
        return json.dumps(value)
    if isinstance(value, bytes | list):
        return value
    return str(value)


def _near(name: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name, known, n=1)


def _hint(near: list[str]) -> str:
    return f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
