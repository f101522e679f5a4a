"""Connections. Nothing is stored before somebody calls commit()."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app, g
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

Row = dict[str, Any]


class Database:
    def __init__(self, url: str, pool_size: int = 4) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            timeout=5,
            kwargs={"row_factory": dict_row},
            check=ConnectionPool.check_connection,
            open=True,
        )
        atexit.register(self.close)

    def acquire(self) -> Connection[Row]:
        return self._pool.getconn()

    def release(self, connection: Connection[Row]) -> None:
        """Give the connection back; what was not committed is gone."""
        try:
            connection.rollback()
        finally:
            self._pool.putconn(connection)  # a lost one, too: the pool makes another in its place

    def close(self) -> None:
        self._pool.close()
        atexit.unregister(self.close)

    @contextmanager
    def connection(self) -> Iterator[Connection[Row]]:
        connection = self.acquire()
        try:
            yield connection
        finally:
            self.release(connection)


def get_connection() -> Connection[Row]:
    """The connection of this request, taken from the pool at its first use."""
    if "connection" not in g:
        g.connection = current_app.extensions["desk.database"].acquire()
    return g.connection


def release_connection(_error: BaseException | None = None) -> None:
    connection = g.pop("connection", None)
    if connection is not None:
        current_app.extensions["desk.database"].release(connection)
