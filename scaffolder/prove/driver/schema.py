"""Faults of the schema and of settings: the application starts again on a template that differs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from scaffolder.prove.driver.injector import Injector
from scaffolder.prove.driver.runner import Runner
from scaffolder.prove.driver.trace import Target, Trace
from support.postgres.server import Connection
from support.run.session import Session

DROPS = {"unique": "u", "foreign-key": "f", "check": "c", "not-null": "n"}
"""What can be missing -> its letter in violations of log.py."""
CONSTRAINTS = """
    SELECT conname::text, conrelid::regclass::text, _parity.label(conrelid)
    FROM pg_constraint WHERE contype = %s AND conrelid <> 0 AND _parity.ours(conrelid)
        AND coninhcount = 0 ORDER BY 1
"""
INDEXES = """
    SELECT i.indexrelid::regclass::text, c.relname::text, _parity.label(i.indrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND NOT i.indisprimary AND _parity.ours(i.indrelid)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid) ORDER BY 1
"""
COLUMNS = """
    SELECT c.relname::text, a.attname::text, c.oid::regclass::text, _parity.label(c.oid),
        format_type(a.atttypid, NULL),
        a.attnotnull AND NOT EXISTS (SELECT FROM pg_index i
            WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE _parity.ours(c.oid) AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.oid, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A fault of the schema: what makes it, and the violation that it lets pass, if any."""

    target: Target
    statements: tuple[str, ...]
    violation: tuple[str, str] | None = None


def differences(fault: Mapping[str, Any], connection: Connection, trace: Trace) -> list[Difference]:
    """Each constraint that some test violates by itself; the others of its kind all at once."""
    if "statement" in fault:
        return list(_statements(fault, connection, trace))
    rest: list[str] = []
    found: list[Difference] = []
    letter = DROPS[fault["drops"]]
    for name, table, statement in _drops(letter, connection):
        if (letter, name) in trace.violated:
            target = Target(fault["id"], table, name.partition(".")[2] or name)
            found.append(Difference(target, (statement,), (letter, name)))
        else:
            rest.append(statement)
    return found + ([Difference(Target(fault["id"]), tuple(rest))] if rest else [])


def _drops(letter: str, connection: Connection) -> Iterator[tuple[str, str, str]]:
    """name in a violation, table, statement."""
    if letter == "n":
        for bare, column, table, label, _, required in connection.execute(COLUMNS).fetchall():
            if required:
                drop = f"ALTER TABLE {table} ALTER COLUMN {_name(column)} DROP NOT NULL"
                yield f"{bare}.{column}", label, drop
        return
    for name, table, label in connection.execute(CONSTRAINTS, [letter]).fetchall():
        yield name, label, f"ALTER TABLE {table} DROP CONSTRAINT {_name(name)} CASCADE"
    if letter == "u":
        for index, name, label in connection.execute(INDEXES).fetchall():
            yield name, label, f"DROP INDEX {index}"


def _statements(
    fault: Mapping[str, Any], connection: Connection, trace: Trace
) -> Iterator[Difference]:
    """For each column of its types, or for each table, that some test writes."""
    seen: set[str] = set()
    for _, column, table, label, kind, _ in connection.execute(COLUMNS).fetchall():
        if label not in trace.tables() or kind not in fault.get("types", [kind]):
            continue
        per_column = "types" in fault
        if not per_column and label in seen:
            continue
        seen.add(label)
        text = fault["statement"].replace("{table}", table).replace("{column}", _name(column))
        yield Difference(Target(fault["id"], label, column if per_column else ""), (text,))


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Variants:
    """Templates that differ, one at a time."""

    def __init__(self, shared: Session, injector: Injector, runner: Runner) -> None:
        self.shared, self.injector, self.runner = shared, injector, runner
        self.numbers = itertools.count()

    @contextmanager
    def schema(self, statements: Sequence[str]) -> Iterator[None]:
        """The application, and every database of the block, have the altered schema."""
        shared, template = self.shared, self.shared.template
        name = f"variant{next(self.numbers)}"
        variant = shared.cluster.create(name, shared.role, template=template)
        with closing(shared.server.connect(variant.name)) as connection:
            for statement in statements:
                connection.execute(statement.encode())
        shared.cluster.seal(variant)
        self.runner.recycle()
        shared.template = variant
        try:
            yield
        finally:
            self.runner.recycle()
            shared.template = template
            variant.drop()

    @contextmanager
    def setting(self, name: str, value: str) -> Iterator[None]:
        """New sessions of the application's role have it; so the application starts again."""
        role = sql.Identifier(self.shared.role.name)
        change = sql.SQL("ALTER ROLE {} SET {} TO {}")
        undo = sql.SQL("ALTER ROLE {} RESET {}").format(role, sql.Identifier(name))
        self.runner.recycle()
        with closing(self.shared.server.connect()) as connection:
            connection.execute(change.format(role, sql.Identifier(name), sql.Literal(value)))
            try:
                yield
            finally:
                self.runner.recycle()
                connection.execute(undo)
