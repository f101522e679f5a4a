"""SQL written by hand, and the extensions that the schema needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.sql import detect


@pytest.mark.parametrize(
    "code",
    [
        "cursor.execute('SELECT 1')",
        "session.execute(text('select id from orders'))",
        "Order.objects.raw('SELECT * FROM orders WHERE id = %s', [1])",
        "Order.objects.extra(where=['total > 1'])",
        "cursor.execute(f'DELETE FROM {table} WHERE id = 1')",
        "cursor.execute('UPDATE orders SET note = %s' % note)",
        "connection.fetch('''\n  -- all\n  WITH x AS (SELECT 1) SELECT * FROM x''')",
        "QUERY = 'INSERT INTO orders VALUES (1)'\ncursor.execute(QUERY)",
        "class A:\n    sql = 'TRUNCATE orders'\n    def f(self, c):\n        c.execute(self.sql)",
        "engine.exec_driver_sql('create unique index i on orders (id)')",
        "pd.read_sql(sql='SELECT * FROM orders', con=c)",
    ],
)
def test_statements_that_reach_a_database(tmp_path: Path, code: str) -> None:
    where = repository(tmp_path, {"shop/a.py": code})
    assert found(detect, where, "code.raw-sql") == ["shop/a.py"]


@pytest.mark.parametrize(
    "code",
    [
        "Column(server_default=text('now()'))",
        "session.execute(select(Order))",
        "pool.execute(task)",
        "client.fetch('https://example.org/select/x')",
        "print('SELECT 1')",
        "'''cursor.execute('SELECT 1')'''",
        "update('set')",
        "import snowflake.connector\ncursor.execute('SELECT 1')",
    ],
)
def test_these_are_no_statements_of_the_application(tmp_path: Path, code: str) -> None:
    where = repository(tmp_path, {"shop/a.py": code})
    assert found(detect, where, "code.raw-sql") == []


def test_a_constant_counts_where_it_is_written(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "shop/queries.py": "ALL = 'SELECT * FROM orders'\n",
            "shop/views.py": "from shop import queries\ncursor.execute(queries.ALL)\n",
        },
    )
    assert str(the(detect, where, "code.raw-sql").evidence[0]) == "shop/queries.py:1"


def test_files_of_sql_among_what_ships(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "shop/sql/a.sql": "SELECT 1",
            "shop/migrations/1.sql": "SELECT 1",
            "shop/tests/a.sql": "SELECT 1",
            "db/b.sql": "SELECT 1",
        },
    )
    assert found(detect, where, "code.raw-sql") == ["shop/sql/a.sql"]


@pytest.mark.parametrize(
    ("statement", "only_sqlite"),
    [
        ("INSERT OR REPLACE INTO orders VALUES (1)", True),
        ("SELECT strftime('%Y', created) FROM orders", True),
        ("SELECT name FROM sqlite_master", True),
        ("SELECT to_char(created, 'YYYY') FROM orders", False),
    ],
)
def test_sql_that_only_sqlite_takes(tmp_path: Path, statement: str, only_sqlite: bool) -> None:
    where = repository(tmp_path, {"shop/a.py": f'cursor.execute("{statement}")\n'})
    assert bool(found(detect, where, "code.sqlite-sql")) == only_sqlite


def test_functions_of_sqlite_by_sqlalchemy(tmp_path: Path) -> None:
    code = "from sqlalchemy import func\nselect(func.julianday(Order.created))\n"
    where = repository(tmp_path, {"shop/a.py": code})
    assert found(detect, where, "code.sqlite-sql") == ["shop/a.py"]


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        (
            "alembic/versions/1.py",
            "op.execute('CREATE EXTENSION IF NOT EXISTS \"citext\"')",
            "citext",
        ),
        ("shop/migrations/0001.py", "operations = [TrigramExtension()]", "pg_trgm"),
        ("shop/migrations/0001.py", "operations = [CreateExtension('postgis')]", "postgis"),
        ("db/init/01.sql", "create extension hstore;", "hstore"),
        ("docker/init.sh", "psql <<E\nCREATE EXTENSION unaccent;\nE\n", "unaccent"),
        ("shop/models.py", "from pgvector.sqlalchemy import Vector\n", "vector"),
    ],
)
def test_extensions(tmp_path: Path, path: str, text: str, name: str) -> None:
    assert found(detect, repository(tmp_path, {path: text}), "database.extension") == [name]


def test_what_is_no_extension_of_the_schema(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "shop/a.py": '"""CREATE EXTENSION citext would be needed."""\n',
            "dump.sql": "CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;\n",
            "tests/test_a.py": "execute('CREATE EXTENSION citext')\n",
        },
    )
    assert found(detect, where, "database.extension") == []
