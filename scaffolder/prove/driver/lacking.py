"""What one database has and another lacks: the difference that a dropped revision makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.database.cluster import Database

PLAIN_INDEX = "index"
"""The kind of what changes how fast something is found, and nothing else."""
OURS = """
    SELECT c.oid, c.relkind,
        CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relpersistence <> 't'
        AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('_parity', 'information_schema')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
            AND objid = c.oid AND deptype = 'e')
"""
PARTS = """
    SELECT name, 'relation', relkind::text FROM ours
    UNION ALL
    SELECT name, 'view', pg_get_viewdef(oid) FROM ours WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT name, 'column', concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid))
    FROM ours JOIN pg_attribute a ON a.attrelid = ours.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT name, 'constraint', conname || ' ' || pg_get_constraintdef(c.oid)
    FROM ours JOIN pg_constraint c ON c.conrelid = ours.oid WHERE contype NOT IN ('n', 't')
    UNION ALL
    SELECT name, CASE WHEN i.indisunique THEN 'unique index' ELSE 'index' END,
        pg_get_indexdef(i.indexrelid)
    FROM ours JOIN pg_index i ON i.indrelid = ours.oid
    UNION ALL
    SELECT name, 'trigger', tgname || ' ' || pg_get_triggerdef(t.oid)
    FROM ours JOIN pg_trigger t ON t.tgrelid = ours.oid
    WHERE NOT tgisinternal AND tgname NOT LIKE 'zz\\_parity\\_%'
    UNION ALL
    SELECT '', 'enum', t.typname || ' ' || e.enumlabel
    FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
    UNION ALL
    SELECT '', 'function', pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind = 'f' AND n.nspname NOT LIKE 'pg\\_%'
        AND n.nspname NOT IN ('_parity', 'information_schema')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass
            AND objid = p.oid AND deptype = 'e')
"""

Part = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """All parts of the schema (table, kind, text), and the rows of the application's tables."""

    parts: frozenset[Part]
    rows: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lack:
    """What differs; empty when nothing does."""

    parts: tuple[Part, ...]
    tables: tuple[str, ...]
    """Tables with a part, or a row, that differs."""

    @property
    def is_nothing(self) -> bool:
        """Whether no query would give anything else."""
        return self.only_indexes or not (self.parts or self.tables)

    @property
    def only_indexes(self) -> bool:
        """Whether something is slower, and nothing else."""
        return bool(self.parts) and all(kind == PLAIN_INDEX for _, kind, _ in self.parts)

    @property
    def text(self) -> str:
        """For a reader: the first few."""
        shown = [f"{kind} {text.split(' ON ')[0][:60]}" for _, kind, text in self.parts[:3]]
        shown = shown or [f"rows of {table}" for table in self.tables[:3]]
        return ", ".join(" ".join(one.split()) for one in shown)


def content(database: Database, bookkeeping: frozenset[str] = frozenset()) -> Content:
    """What is in a database; of `bookkeeping` tables the rows don't count."""
    with database.connect() as connection:
        connection.execute(f"CREATE TEMP VIEW ours AS {OURS}")
        parts = frozenset(connection.execute(PARTS).fetchall())
    rows = {
        table: found for table, found in database.fingerprint().items() if table not in bookkeeping
    }
    return Content(parts, rows)


def restless(one: Content, other: Content) -> frozenset[tuple[str, str]]:
    """Of two that were made alike: columns (table, column) whose values differ all the same, as a
    salted password or the time do; an empty column where the rows have other keys.
    """
    found = set()
    for table, rows in one.rows.items():
        others = other.rows.get(table, {})
        if rows.keys() != others.keys():
            found.add((table, ""))
            continue
        found |= {
            (table, column)
            for key, row in rows.items()
            for column in row
            if row[column] != others[key].get(column)
        }
    return frozenset(found)


def lack(whole: Content, other: Content, but: frozenset[tuple[str, str]] = frozenset()) -> Lack:
    """What `other` has not, or has in another way; `but`: what is restless."""
    parts = tuple(sorted(whole.parts ^ other.parts))
    rows = {
        name
        for name in whole.rows
        if (name, "") not in but
        and _steady(name, whole.rows[name], but) != _steady(name, other.rows.get(name, {}), but)
    }
    tables = {table for table, _, _ in parts if table} | rows
    return Lack(parts, tuple(sorted(tables)))


def _steady(table: str, rows: Mapping[Any, Any], but: frozenset[tuple[str, str]]) -> Any:
    return {
        key: {column: value for column, value in row.items() if (table, column) not in but}
        for key, row in rows.items()
    }
