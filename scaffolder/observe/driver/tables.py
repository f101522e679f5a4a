"""The migrated schema: keys of the tables, types of their columns; and what an action changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scaffolder.observe.driver.world import Fingerprint
from support.database.cluster import Database

Row = dict[str, Any]

CONSTRAINTS = """
    SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname, k.contype,
        (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.conkey)
            WITH ORDINALITY u(number, place) JOIN pg_attribute a
            ON a.attrelid = k.conrelid AND a.attnum = u.number),
        CASE m.nspname WHEN 'public' THEN '' ELSE m.nspname || '.' END || f.relname,
        (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.confkey)
            WITH ORDINALITY u(number, place) JOIN pg_attribute a
            ON a.attrelid = k.confrelid AND a.attnum = u.number)
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace m ON m.oid = f.relnamespace
    WHERE k.contype IN ('p', 'u', 'f') ORDER BY 1, k.conname
"""
UNIQUE_INDEXES = """
    SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname,
        a.attname::text
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE i.indisunique AND i.indnatts = 1 AND i.indpred IS NULL
"""
# What an application keeps for itself, as its tools name it.
OWN = re.compile(r"(^|[._])(alembic_version|django_migrations|schema_migrations|.*sessions?)$")


@dataclass
class Schema:
    """Primary and unique keys, foreign keys (column -> table, column), types by table."""

    types: dict[str, dict[str, str]] = field(default_factory=dict)
    primary: dict[str, list[str]] = field(default_factory=dict)
    unique: dict[str, set[str]] = field(default_factory=dict)
    foreign: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def is_key(self, table: str, column: str) -> bool:
        """Whether a column identifies a row, of this table or of another."""
        return column in self.primary.get(table, []) or column in self.foreign.get(table, {})


def read_schema(database: Database) -> Schema:
    schema = Schema(types={table: database.columns(table) for table in database.tables()})
    connection = database.session()
    for table, kind, columns, other, others in connection.execute(CONSTRAINTS).fetchall():
        if kind == "p":
            schema.primary[table] = columns
        if kind in ("p", "u") and len(columns) == 1:
            schema.unique.setdefault(table, set()).add(columns[0])
        if kind == "f" and len(columns) == 1:
            schema.foreign.setdefault(table, {})[columns[0]] = (other, others[0])
    for table, column in connection.execute(UNIQUE_INDEXES).fetchall():
        schema.unique.setdefault(table, set()).add(column)
    return schema


@dataclass
class Changes:
    """What one action did to one table. `updated`: pairs of the old and the new row."""

    table: str
    inserted: list[Row] = field(default_factory=list)
    updated: list[tuple[Row, Row]] = field(default_factory=list)
    deleted: list[Row] = field(default_factory=list)

    @property
    def shape(self) -> tuple[str, int, int, int, tuple[str, ...]]:
        """What must be the same each time: how many rows, and which columns."""
        columns = sorted({name for pair in self.updated for name in changed_columns(*pair)})
        counts = (len(self.inserted), len(self.updated), len(self.deleted))
        return (self.table, *counts, tuple(columns))

    @property
    def kind(self) -> str:
        """insert, update or delete, in this order when there are several."""
        return "insert" if self.inserted else "update" if self.updated else "delete"


def changed_columns(old: Row, new: Row) -> list[str]:
    return [name for name in new if old.get(name) != new[name]]


def written_columns(change: Changes) -> Row:
    """Of the first row that was made, all columns; of one that was changed, the changed ones."""
    for row in change.inserted:
        return row
    for old, new in change.updated:
        return {name: new[name] for name in changed_columns(old, new)}
    return {}


def changes(before: Fingerprint, after: Fingerprint) -> list[Changes]:
    """Table by table; the tables that tools keep for themselves are left out."""
    found = []
    for table in sorted(before.keys() | after.keys()):
        if OWN.search(table):
            continue
        change = _of_table(table, before.get(table, {}), after.get(table, {}))
        if change.inserted or change.updated or change.deleted:
            found.append(change)
    return found


def _of_table(table: str, old: Mapping[Any, Row], new: Mapping[Any, Row]) -> Changes:
    return Changes(
        table,
        inserted=[row for key, row in new.items() if key not in old],
        updated=[(old[key], row) for key, row in new.items() if key in old and old[key] != row],
        deleted=[row for key, row in old.items() if key not in new],
    )
