"""Tables, columns, unique sets and foreign keys of a database, from PostgreSQL's catalogs."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg

COLUMNS = """
WITH RECURSIVE base (oid, root, typmod) AS (
    SELECT oid, oid, -1 FROM pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT t.oid, base.root, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE base.typmod END
    FROM pg_type t JOIN base ON t.typtype = 'd' AND t.typbasetype = base.oid
)
SELECT n.nspname, c.relname, c.relkind::text, a.attname,
       format_type(base.root, CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE base.typmod END),
       a.attnotnull,
       a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' OR t.typdefault IS NOT NULL
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN base ON base.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname <> 'public', n.nspname, c.relname, a.attnum
"""
UNIQUE = """
SELECT n.nspname, c.relname,
       (SELECT array_agg(a.attname::text)
        FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) AS key (number)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.number)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND n.nspname !~ '^pg_'
"""
FOREIGN_KEYS = """
SELECT n.nspname, c.relname, target.relname, k.confdeltype::text,
       (SELECT array_agg(a.attname::text) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class target ON target.oid = k.confrelid
WHERE k.contype = 'f'
"""
ON_DELETE = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


@dataclass(frozen=True)
class Column:
    """`type` as format_type writes it; a domain counts as its base type."""

    type: str
    not_null: bool
    has_default: bool  # or identity, or generated


@dataclass
class Table:
    """One table or view."""

    schema: str
    name: str
    kind: str  # pg_class.relkind
    columns: dict[str, Column] = field(default_factory=dict)
    unique: list[frozenset[str]] = field(default_factory=list)
    foreign_keys: dict[tuple[frozenset[str], str], str] = field(default_factory=dict)


class Catalog:
    """All tables outside of PostgreSQL's own schemas."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.tables: dict[tuple[str, str], Table] = {}
        self._types: dict[str, str | None] = {}
        for schema, name, kind, column, *facts in connection.execute(COLUMNS).fetchall():
            table = self.tables.setdefault((schema, name), Table(schema, name, kind))
            if column is not None:
                table.columns[column] = Column(*facts)
        for schema, name, columns in connection.execute(UNIQUE).fetchall():
            self.tables[schema, name].unique.append(frozenset(columns))
        for schema, name, target, action, columns in connection.execute(FOREIGN_KEYS).fetchall():
            key = (frozenset(columns), target)
            self.tables[schema, name].foreign_keys[key] = ON_DELETE[action]

    def find(self, schema: str | None, name: str) -> Table | None:
        """Without a schema: the one in `public`, else the first of that name."""
        name = name.encode()[:63].decode(errors="ignore")
        if schema is not None:
            return self.tables.get((schema, name))
        return next((table for table in self.tables.values() if table.name == name), None)

    def canonical(self, type_name: str) -> str | None:
        """As PostgreSQL itself writes the type, or None when it does not know it."""
        if type_name not in self._types:
            self._types[type_name] = self._ask(type_name)
        return self._types[type_name]

    def _ask(self, type_name: str) -> str | None:
        serial = {"smallserial": "smallint", "serial": "integer", "bigserial": "bigint"}
        name = serial.get(type_name.lower(), type_name)
        with self.connection.transaction(force_rollback=True):  # an unknown type is an error
            result = self.connection.pgconn.exec_params(f"SELECT NULL::{name}".encode(), [])
        if result.status != psycopg.pq.ExecStatus.TUPLES_OK:
            return None
        facts = (result.ftype(0), result.fmod(0))
        row = self.connection.execute("SELECT format_type(%s, %s)", facts).fetchone()
        return str(row[0]) if row else None
