"""Everything that a database stores, so that two moments can be compared."""

from __future__ import annotations

from typing import Any

from support.database.relations import all_relations, select
from support.postgres.server import Connection

PRIMARY_KEYS = """
    SELECT i.indrelid, array_agg(a.attname::text ORDER BY k.place)
    FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attnum = k.number
    WHERE a.attrelid = i.indrelid AND i.indisprimary GROUP BY i.indrelid
"""


def fingerprint(connection: Connection) -> dict[str, dict[Any, dict[str, Any]]]:
    """table -> primary key -> row. Without a key the row itself is one, numbered when repeated."""
    found: dict[str, dict[Any, dict[str, Any]]] = {}
    keys: dict[int, list[str]] = dict(connection.execute(PRIMARY_KEYS).fetchall())
    for relation in all_relations(connection):
        if not relation.is_table:
            continue
        key = keys.get(relation.oid, [])
        rows: dict[Any, dict[str, Any]] = {}
        for row in select(connection, relation, {}):
            name: Any = tuple(row[column] for column in key) if key else (repr(row), 0)
            while not key and name in rows:
                name = (name[0], name[1] + 1)
            rows[name] = row
        found[relation.name] = rows
    return found
