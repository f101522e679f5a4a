from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness_settings import make_settings, write

from support.database.cluster import Cluster, Database
from support.postgres import ladder as postgres
from support.source.sql_literals import Literals, Statement, find, prepare
from support.source.sql_text import is_dynamic, kind, numbered, split, style

DATABASE: dict[str, Any] = {
    "version": "16",
    "image": None,
    "extensions": [],
    "encoding": "UTF8",
    "collation": None,
    "timezone": "UTC",
    "env": {},
}


def search(folder: Path, code: str, name: str = "shop/a.py", **settings: Any) -> Literals:
    write(folder, {"requirements.txt": "", "shop/__init__.py": "", name: code})
    return find(folder, make_settings(**settings))


def sqls(found: Literals) -> list[str]:
    return [statement.sql for statement in found.statements]


@pytest.mark.parametrize(
    "code",
    [
        "cursor.execute('SELECT 1 FROM t')",
        "await pool.fetchrow('SELECT 1 FROM t', x)",
        "database.fetch_all(query='SELECT 1 FROM t')",
        "Order.objects.raw('SELECT 1 FROM t')",
        "from sqlalchemy import text\nsession.execute(text('SELECT 1 FROM t'))",
        "from sqlalchemy import text as sql\nQ = sql('SELECT 1 FROM t')",
        "import sqlalchemy as sa\nsa.text('SELECT 1 FROM t')",
        "cursor.execute('SELECT 1 ' 'FROM t')",
        "cursor.execute('SELECT 1 ' + 'FROM t')",
        "TABLE = 't'\ncursor.execute(f'SELECT 1 FROM {TABLE}')",
        "QUERY = 'SELECT 1 FROM t'\ndef f(): cursor.execute(QUERY)",
        "def f():\n    query = 'SELECT 1 FROM t'\n    cursor.execute(query)",
        "class A:\n    Q = 'SELECT 1 FROM t'\n    def f(self): self.db.execute(self.Q)",
        "from textwrap import dedent\ncursor.execute(dedent('SELECT 1 FROM t'))",
        "cursor.execute(SQL('SELECT 1 FROM t'))",
    ],
)
def test_statements_are_found_where_they_are_handed_to_a_database(
    tmp_path: Path, code: str
) -> None:
    found = search(tmp_path, f"async def g():\n    {code}" if "await" in code else code)

    assert sqls(found) == ["SELECT 1 FROM t"]
    assert found.not_covered == []


def test_a_constant_of_another_module_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"shop/sql.py": "TOTAL = 'SELECT 1 FROM t'"})

    found = search(tmp_path, "from shop import sql\ndef f(): db.execute(sql.TOTAL)")

    assert [(s.path, s.function, s.sql) for s in found.statements] == [
        ("shop/a.py", "f", "SELECT 1 FROM t")
    ]


def test_a_wrapped_constant_is_one_statement_with_its_own_name(tmp_path: Path) -> None:
    write(tmp_path, {"shop/b.py": "from shop.a import TOTAL\ndef g(): db.execute(TOTAL)"})
    code = "from sqlalchemy import text\nTOTAL = text('SELECT 1 FROM t')\n"

    found = search(tmp_path, code + "def f(): db.execute(TOTAL)")

    assert [(s.path, s.function) for s in found.statements] == [("shop/a.py", "TOTAL")]


@pytest.mark.parametrize(
    "code",
    [
        "cursor.execute(f'SELECT {column} FROM t')",
        "cursor.execute('SELECT %s FROM t' % column)",
        "cursor.execute('SELECT {} FROM t'.format(column))",
        "cursor.execute('SELECT a FROM ' + table)",
        "Q = 'SELECT {column} FROM t'\ncursor.execute(Q)",
        "q = 'SELECT 1 FROM t'\nq += where\ncursor.execute(q)",
        "execute_values(cursor, q)\ncursor.execute('INSERT INTO t (a) VALUES %s')",
    ],
)
def test_what_is_put_together_at_run_time_is_listed_as_not_covered(
    tmp_path: Path, code: str
) -> None:
    found = search(tmp_path, code)

    assert sqls(found) == []
    assert [why for _, why in found.not_covered] == ["put together at run time"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("c.execute('CREATE INDEX i ON t (a)')", "defines or administrates, cannot be prepared"),
        ("c.execute('SET TIME ZONE UTC')", "defines or administrates, cannot be prepared"),
        (
            "if engine.dialect.name == 'sqlite':\n    c.execute('DELETE FROM t')",
            "behind a test of the dialect",
        ),
        (
            "def upsert_mysql(c):\n    c.execute('REPLACE INTO t VALUES (1)')",
            "behind a test of the dialect",
        ),
        (
            "from sqlalchemy import text\nq.where(text('SELECT 1 FROM t WHERE t.a = u.a'))",
            "part of a larger query",
        ),
    ],
)
def test_what_cannot_be_prepared_is_listed_with_the_reason(
    tmp_path: Path, code: str, why: str
) -> None:
    found = search(tmp_path, code)

    assert sqls(found) == []
    assert [reason for _, reason in found.not_covered] == [why]


def test_statements_on_a_temporary_table_are_not_covered(tmp_path: Path) -> None:
    code = (
        "c.execute('CREATE TEMP TABLE staged (a int)')\nc.execute('INSERT INTO staged VALUES (1)')"
    )

    found = search(tmp_path, code)

    assert found.statements == []
    assert ("shop/a.py:2", "uses a temporary table") in found.not_covered


@pytest.mark.parametrize(
    "code",
    [
        "session.execute(select(Order))",
        "client.fetch('DELETE', url)",
        "canvas.text('Select an option')",
        "from ui import text\ntext('Select one of these')",
        "redis.execute('GET', key)",
        "db.select('orders', where='SELECT')",
        "def run(sql): cursor.execute(sql)",
        "text('now()')",
    ],
)
def test_what_is_no_statement_is_not_mentioned(tmp_path: Path, code: str) -> None:
    assert search(tmp_path, code) == Literals()


def test_modules_for_another_engine_tests_and_migrations_are_left_out(tmp_path: Path) -> None:
    query = "c.execute('SELECT 1 FROM t')"
    write(
        tmp_path,
        {
            "shop/tests/test_a.py": query,
            "shop/migrations/v1.py": query,
            "shop/conftest.py": query,
            "shop/legacy.py": query,
        },
    )
    excluded = [{"path": "shop/legacy.py", "reason": "goes away"}]

    found = search(tmp_path, f"import sqlite3\n{query}", SQL_EXCLUDE=excluded)

    assert found.statements == []
    assert found.not_covered == [
        ("shop/a.py", "is made for another database engine"),
        ("shop/legacy.py", "goes away"),
    ]


def test_names_in_a_circle_end_and_unreadable_files_are_listed(tmp_path: Path) -> None:
    write(tmp_path, {"shop/old.py": "print 'x'"})

    found = search(tmp_path, "def f():\n    a = b\n    b = a\n    c.execute(a)")

    assert found.statements == []
    reason = "is not Python that the harness's interpreter can read"
    assert found.not_covered == [("shop/old.py", reason)]


def test_sql_files_are_split_and_named(tmp_path: Path) -> None:
    script = "-- name: find\nSELECT ';' FROM t WHERE a = :a;\n\n-- name: drop\nDROP TABLE t;\n"
    write(tmp_path, {"reports/total.sql": "SELECT 2 FROM t"})

    found = search(tmp_path, script, "shop/queries.sql", SQL_FILES=["reports/*.sql"])

    assert [(s.path, s.line, s.function) for s in found.statements] == [
        ("reports/total.sql", 1, "script"),
        ("shop/queries.sql", 2, "find"),
    ]
    assert found.statements[1].sql.endswith("SELECT ';' FROM t WHERE a = $1")
    assert len(found.not_covered) == 1


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT %s, %s", "SELECT $1, $2"),
        ("SELECT %(a)s, %(b)s, %(a)s", "SELECT $1, $2, $1"),
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1"),
        ("SELECT $2, $1", "SELECT $2, $1"),
        ("SELECT ?, ?", "SELECT $1, $2"),
        ("SELECT a::text, :a::int, b[1:2]", "SELECT a::text, $1::int, b[1:2]"),
        ("SELECT ':a %s ?', :b", "SELECT ':a %s ?', $1"),
        ('SELECT ":a", :b -- :c\n', 'SELECT ":a", $1 -- :c\n'),
        ("SELECT /* %s */ %s", "SELECT /* %s */ $1"),
        ("SELECT $$ %s $$, $x$ :a $x$, %s", "SELECT $$ %s $$, $x$ :a $x$, $1"),
        ("SELECT a % 2, %s", "SELECT a % 2, $1"),
        ("SELECT 5 %% 2, 'x%%' WHERE a = %s", "SELECT 5 % 2, 'x%' WHERE a = $1"),
        ("SELECT 'it''s %s', E'\\'%s', %s", "SELECT 'it''s %s', E'\\'%s', $1"),
        ("SELECT a WHERE b IN %s", "SELECT a WHERE b IN ($1)"),
        ("SELECT a WHERE b IN :ids", "SELECT a WHERE b IN ($1)"),
        ("SELECT '12:30'::time, '\\:x', \\:a", "SELECT '12:30'::time, '\\:x', :a"),
        ("SELECT a WHERE b ? 'key' AND c = %s", "SELECT a WHERE b ? 'key' AND c = $1"),
    ],
)
def test_placeholders_of_all_drivers(sql: str, expected: str) -> None:
    assert numbered(sql, style(sql)) == expected


def test_a_script_is_split_outside_of_strings_comments_and_dollar_quotes() -> None:
    script = "SELECT ';' -- ;\n;\nSELECT $$ ; $$;\n/* ; */\n;;UPDATE t\nSET a = 1"

    assert [(line, text.split()[0]) for line, text in split(script)] == [
        (0, "SELECT"),
        (2, "SELECT"),
        (4, "UPDATE"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select a from t", "query"),
        ("-- a note\n/* more */ (SELECT 1)", "query"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "query"),
        ("INSERT OR REPLACE INTO t VALUES (1)", "query"),
        ("UPDATE orders o SET a = 1", "query"),
        ("PRAGMA foreign_keys = ON", "other"),
        ("TRUNCATE t", "other"),
        ("DELETE", None),
        ("Update your profile", None),
        ("selected", None),
        ("", None),
    ],
)
def test_what_is_sql(text: str, expected: str | None) -> None:
    assert kind(text) == expected


def test_braces_inside_of_strings_are_data() -> None:
    assert not is_dynamic("SELECT '{\"a\": 1}'::jsonb, '{}'::int[]")
    assert is_dynamic("SELECT {columns} FROM t")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    server = postgres.provide(SimpleNamespace(DATABASE=DATABASE), echo=lambda text: None)
    cluster = Cluster(server, SimpleNamespace(DATABASE=DATABASE), "literals")
    made = cluster.create("orders", cluster.role("app"))
    with made.connect() as connection:
        connection.execute(
            "CREATE TABLE orders (id int PRIMARY KEY, note text, data jsonb, at timestamptz)"
        )
    yield made
    cluster.drop_all()
    server.stop()


def said(database: Database, sql: str, fills_in: bool = False) -> str | None:
    statement = Statement("shop/a.py", 7, "total", sql, fills_in)
    return prepare(database, [statement]).get("shop/a.py:total")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders WHERE note = $1 AND at > $2",
        "SELECT $1",
        "SELECT $1 IS NULL",
        "SELECT $1 + $2",
        "SELECT date_trunc('day', $1)",
        "SELECT jsonb_build_object($1, $2)",
        "SELECT id FROM orders WHERE id = ANY($1)",
        "INSERT INTO orders (id) VALUES ($1) ON CONFLICT (id) DO NOTHING RETURNING id",
        "SELECT id FROM orders WHERE data ? 'key' LIMIT $1 FOR UPDATE SKIP LOCKED",
    ],
)
def test_healthy_statements_prepare_without_types(database: Database, sql: str) -> None:
    assert said(database, sql) is None


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("SELECT nots FROM orders", 'column "nots" does not exist'),
        ("SELECT id FROM order_lines", 'relation "order_lines" does not exist'),
        ("INSERT OR REPLACE INTO orders (id) VALUES ($1)", 'syntax error at or near "OR"'),
        ("SELECT note, count(id) FROM orders GROUP BY at", 'column "orders.note" must appear in'),
        ("SELECT datetime('now')", "function datetime(unknown) does not exist"),
        (
            "SELECT id FROM orders WHERE id = 'many'",
            'invalid input syntax for type integer: "many"',
        ),
        ("SELECT ifnull(note, $1) FROM orders", "function ifnull(text, unknown) does not exist"),
        ("SELECT id FROM orders WHERE at > INTERVAL $1", 'syntax error at or near "$1"'),
    ],
)
def test_what_production_refuses_is_named_with_place_and_sql(
    database: Database, sql: str, complaint: str
) -> None:
    text = said(database, sql)

    assert text is not None and text.startswith(f"shop/a.py:total: {complaint}")
    assert text.endswith(f"\nshop/a.py:7\n{sql}")


def test_a_driver_that_fills_values_in_may_write_more(database: Database) -> None:
    assert said(database, "SELECT now() - INTERVAL $1", fills_in=True) is None
    assert said(database, "SELECT nots FROM orders WHERE id IN $1", fills_in=True) is not None


def test_cases_are_stable_against_moved_lines(database: Database) -> None:
    bad = "SELECT nots FROM orders"
    good = Statement("shop/a.py", 1, "total", "SELECT 1")
    statements = [good, Statement("shop/a.py", 5, "total", bad), Statement("b.py", 2, "f", bad)]

    assert sorted(prepare(database, statements)) == ["b.py:f", "shop/a.py:total#2"]


def test_one_bad_statement_does_not_hide_the_next(database: Database) -> None:
    one = Statement("a.py", 1, "one", "SELECT x FROM orders")
    two = Statement("a.py", 2, "two", "SELECT y FROM orders")

    assert sorted(prepare(database, [one, two])) == ["a.py:one", "a.py:two"]
