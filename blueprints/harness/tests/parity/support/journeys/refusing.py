"""A database that refuses writes to one table, while a check looks at what is reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from support.database import relations
from support.database.cluster import Database
from support.database.settle import PATIENCE
from support.postgres.server import Connection

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
IDLE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state ^@ 'idle in transaction'
"""
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
            _drop(connection)


def _drop(connection: Connection) -> None:
    """Ends transactions that were left open: they would hold the trigger in place for ever."""
    drop = sql.SQL("DROP FUNCTION {} CASCADE").format(NAME)
    connection.execute(f"SET lock_timeout = '{PATIENCE:.0f}s'")
    try:
        connection.execute(drop)
    except psycopg.errors.LockNotAvailable:
        connection.execute(IDLE)
        connection.execute(drop)
