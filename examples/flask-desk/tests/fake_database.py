"""A database in memory that answers desk's queries: no server to install, and quick."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

SCHEMA = Path(__file__).with_name("schema.sql")


class FakeDatabase:
    """Same methods as desk.db.Database; all callers share the one connection."""

    def __init__(self) -> None:
        self._connection = FakeConnection()

    def acquire(self) -> FakeConnection:
        return self._connection

    def release(self, connection: FakeConnection) -> None:
        pass

    @contextmanager
    def connection(self) -> Iterator[FakeConnection]:
        yield self._connection


class FakeConnection:
    def __init__(self) -> None:
        self._sqlite = sqlite3.connect(
            ":memory:", detect_types=sqlite3.PARSE_DECLTYPES, isolation_level=None
        )
        self._sqlite.row_factory = _as_dict
        self._sqlite.create_function("now", 0, lambda: _write_instant(datetime.now(timezone.utc)))
        self._sqlite.execute("PRAGMA foreign_keys = ON")
        self._sqlite.executescript(SCHEMA.read_text(encoding="utf-8"))

    def execute(self, query: str, parameters: Any = ()) -> sqlite3.Cursor:
        try:
            return self._sqlite.execute(_translate(query), parameters)
        except sqlite3.IntegrityError as error:
            raise _as_psycopg(error) from error

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        pass


def _translate(query: str) -> str:
    query = re.sub(r"%\((\w+)\)s", r":\1", query)
    return re.sub(r"::\w+", "", query).replace("%s", "?")


def _as_psycopg(error: sqlite3.IntegrityError) -> errors.IntegrityError:
    kinds = {"UNIQUE": errors.UniqueViolation, "FOREIGN": errors.ForeignKeyViolation}
    return kinds.get(str(error).split()[0], errors.IntegrityError)(str(error))


def _as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _write_instant(value: datetime) -> str:
    return value.isoformat(sep=" ")


def _read_instant(value: bytes) -> datetime:
    moment = datetime.fromisoformat(value.decode())
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


sqlite3.register_adapter(datetime, _write_instant)
sqlite3.register_adapter(date, date.isoformat)
sqlite3.register_adapter(Decimal, str)
sqlite3.register_adapter(Jsonb, lambda value: json.dumps(value.obj))
sqlite3.register_converter("BOOLEAN", lambda value: value == b"1")
sqlite3.register_converter("DATE", lambda value: date.fromisoformat(value.decode()))
sqlite3.register_converter("JSONB", json.loads)
sqlite3.register_converter("NUMERIC", lambda value: Decimal(value.decode()))
sqlite3.register_converter("TIMESTAMPTZ", _read_instant)
