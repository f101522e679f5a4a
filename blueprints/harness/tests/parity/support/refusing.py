"""A database that refuses writes to one table, while a check looks at what is reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from support import relations
from support.database import Database

FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'parity: writes are refused' USING ERRCODE = {code};
END $$
"""
TRIGGERS = {
    "statement": "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION {name}()",
    "commit": "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table}"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {name}()",
}
# What production raises then: a violated constraint; a transaction that cannot be serialised.
CODES = {"statement": "23514", "commit": "40001"}
NAME = sql.Identifier("public", "parity_refuse")


@contextmanager
def refuse_writes(database: Database, table: str, moment: str) -> Iterator[None]:
    """`moment`: "statement" or "commit". The trigger is gone afterwards."""
    function = sql.SQL(FUNCTION).format(name=NAME, code=sql.Literal(CODES[moment]))
    trigger = sql.SQL(TRIGGERS[moment].replace("TRIGGER {name}", "TRIGGER parity_refuse"))
    with database.connect() as connection:
        connection.execute(function)
        try:
            connection.execute(
                trigger.format(name=NAME, table=relations.find(connection, table).sql)
            )
            yield
        finally:
            connection.execute(sql.SQL("DROP FUNCTION {} CASCADE").format(NAME))
