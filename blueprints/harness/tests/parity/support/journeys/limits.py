"""How much a column takes, as the migrated schema says."""

from __future__ import annotations

import re

from support.database import relations
from support.database.cluster import Database

DECLARED = re.compile(r"^character(?: varying)?\((\d+)\)$")
CHECKED = re.compile(r"length\(.*?\)\s*(<=?)\s*(\d+)")
CHECKS = """
    SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
    WHERE c.conrelid = %s AND c.contype = 'c' AND a.attname = %s
"""


def text_limit(database: Database, table: str, column: str) -> int | None:
    """The longest text in characters: of `varchar(n)`, or of a CHECK of its length."""
    declared = DECLARED.match(database.columns(table)[column])
    limits = [int(declared[1])] if declared else []
    with database.connect() as connection:
        oid = relations.find(connection, table).oid
        for (definition,) in connection.execute(CHECKS, [oid, column]).fetchall():
            for sign, number in CHECKED.findall(definition):
                limits.append(int(number) - (sign == "<"))
    return min(limits, default=None)
