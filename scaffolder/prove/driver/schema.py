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
from support.database.cluster import Database
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
# A sequence that numbers the rows is no default that anybody means.
DEFAULTS = """
    SELECT a.attname::text, a.attrelid::regclass::text, _parity.label(a.attrelid),
        pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE _parity.ours(a.attrelid) AND NOT c.relispartition AND a.attgenerated = ''
        AND pg_get_expr(d.adbin, d.adrelid) !~ '^nextval'
    ORDER BY a.attrelid, a.attnum
"""
TRIGGERS = """
    SELECT t.tgname::text, t.tgrelid::regclass::text, _parity.label(t.tgrelid), array_remove(ARRAY[
        CASE WHEN t.tgtype & 4 > 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 8 > 0 THEN 'DELETE' END,
        CASE WHEN t.tgtype & 16 > 0 THEN 'UPDATE' END], NULL)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgname NOT LIKE 'zz\\_parity\\_%' AND _parity.ours(t.tgrelid)
        AND NOT c.relispartition
    ORDER BY t.tgrelid, t.tgname
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A fault of the schema: what makes it, and the tests that meet it.

    `violation`: what it lets pass, if any. `lacks`: kind, table and name for `_parity.lack`; where
    they name a table, triggers note which rows feel it.
    """

    target: Target
    statements: tuple[str, ...]
    tests: tuple[str, ...] = ()
    violation: tuple[str, str] | None = None
    lacks: tuple[str, str, str] = ("", "", "")


def differences(fault: Mapping[str, Any], connection: Connection, trace: Trace) -> list[Difference]:
    """Each constraint that some test violates by itself; the others of its kind all at once.

    Defaults: those that a trace on `noting_defaults` has found in use.
    """
    if "statement" in fault:
        return list(_statements(fault, connection, trace))
    if fault["drops"] == "trigger":
        return list(_triggers(fault, connection, trace))
    if fault["drops"] == "default":
        return list(_defaults(fault, connection, trace))
    rest: list[str] = []
    found: list[Difference] = []
    letter = DROPS[fault["drops"]]
    for name, table, statement in _drops(letter, connection):
        if (letter, name) in trace.violated:
            target = Target(fault["id"], table, name.partition(".")[2] or name)
            violation = (letter, name)
            tests = tuple(trace.violated[violation])
            lacks = (fault["drops"], "", name)
            found.append(Difference(target, (statement,), tests, violation, lacks))
        else:
            rest.append(statement)
    return found + ([Difference(Target(fault["id"]), tuple(rest))] if rest else [])


def _drops(letter: str, connection: Connection) -> Iterator[tuple[str, str, str]]:
    """name in a violation, table, statement."""
    if letter == "n":
        for bare, column, table, label, _, required in connection.execute(COLUMNS).fetchall():
            if required:
                drop = f"ALTER TABLE {table} ALTER COLUMN {quoted(column)} DROP NOT NULL"
                yield f"{bare}.{column}", label, drop
        return
    for name, table, label in connection.execute(CONSTRAINTS, [letter]).fetchall():
        yield name, label, f"ALTER TABLE {table} DROP CONSTRAINT {quoted(name)} CASCADE"
    if letter == "u":
        for index, name, label in connection.execute(INDEXES).fetchall():
            yield name, label, f"DROP INDEX {index}"


def _statements(
    fault: Mapping[str, Any], connection: Connection, trace: Trace
) -> Iterator[Difference]:
    """For each column of its types, or for each table, that some test writes."""
    seen: set[str] = set()
    for _, column, table, label, type_, _ in connection.execute(COLUMNS).fetchall():
        if label not in trace.tables() or type_ not in fault.get("types", [type_]):
            continue
        per_column = "types" in fault
        if not per_column and label in seen:
            continue
        seen.add(label)
        text = fault["statement"].replace("{table}", table).replace("{column}", quoted(column))
        target = Target(fault["id"], label, column if per_column else "")
        tests = tuple(sorted(trace.writers(target.table, target.column)))
        kind = "zone" if per_column else "required"
        yield Difference(target, (text,), tests, None, (kind, label, column))


def _triggers(
    fault: Mapping[str, Any], connection: Connection, trace: Trace
) -> Iterator[Difference]:
    """For each trigger that fires for rows that some test writes."""
    for name, table, label, operations in connection.execute(TRIGGERS).fetchall():
        if tests := tuple(trace.tests(operations, label)):
            target = Target(fault["id"], label, name)
            drop = f"DROP TRIGGER {quoted(name)} ON {table}"
            yield Difference(target, (drop,), tests, None, ("trigger", label, name))


def _defaults(
    fault: Mapping[str, Any], connection: Connection, trace: Trace
) -> Iterator[Difference]:
    for column, table, label, _ in connection.execute(DEFAULTS).fetchall():
        target = Target(fault["id"], label, column)
        if tests := tuple(trace.hits.get(target, ())):
            drop = f"ALTER TABLE {table} ALTER COLUMN {quoted(column)} DROP DEFAULT"
            yield Difference(target, (drop,), tests, None, ("default", label, column))


def noting_defaults(connection: Connection) -> list[str]:
    """Statements for a template on which each default that is used is noted, and stays the same."""
    return [
        f"ALTER TABLE {table} ALTER COLUMN {quoted(column)} SET DEFAULT"
        f" _parity.defaulted({literal(label)}, {literal(column)}, {expression})"
        for column, table, label, expression in connection.execute(DEFAULTS).fetchall()
    ]


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
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
    def settings(self, wanted: Mapping[str, str]) -> Iterator[None]:
        """New sessions of the application's role have them; so the application starts again."""
        self.runner.recycle()
        with closing(self.shared.server.connect()) as connection:
            try:
                set_for_role(connection, self.shared.role.name, wanted)
                yield
            finally:
                self.runner.recycle()
                role = sql.Identifier(self.shared.role.name)
                for name in wanted:
                    reset = sql.SQL("ALTER ROLE {} RESET {}")
                    connection.execute(reset.format(role, sql.Identifier(*name.split("."))))

    def any_copy(self) -> Database:
        """With the template's schema, to look at: the template itself is closed."""
        shared = self.shared
        name = f"look{next(self.numbers)}"
        return shared.cluster.create(name, shared.role, template=shared.template)


def set_for_role(connection: Connection, role: str, wanted: Mapping[str, str]) -> None:
    """Sessions that the role opens from now on have these settings."""
    change = sql.SQL("ALTER ROLE {} SET {} TO {}")
    if library := wanted.get("session_preload_libraries"):
        connection.execute(sql.SQL("LOAD {}").format(sql.Literal(library)))  # it has the settings
    for name, value in wanted.items():
        setting = sql.Identifier(*name.split("."))
        connection.execute(change.format(sql.Identifier(role), setting, sql.Literal(value)))
