"""The tool that builds the schema, and its command by convention."""

from __future__ import annotations

from pathlib import Path

from scanned import found, repository

from scaffolder.scan.detectors.migrations import detect
from scaffolder.scan.repository import Repository

ENV = "from alembic import context\ncontext.run_migrations()\n"
INI = "[alembic]\nscript_location = {}\n"
REVISION = "revision = 'a'\ndown_revision = None\n"


def both(where: Repository) -> tuple[list[str], list[str]]:
    return (
        found(detect, where, "database.migrations"),
        found(detect, where, "database.migrate"),
    )


def test_alembic_beside_the_application(tmp_path: Path) -> None:
    files = {"alembic.ini": INI.format("alembic"), "alembic/env.py": ENV, "shop/a.py": ""}
    assert both(repository(tmp_path, files)) == (["alembic"], ["alembic upgrade head"])


def test_alembic_ini_elsewhere_with_a_location_from_the_folder(tmp_path: Path) -> None:
    files = {"conf/alembic.ini": INI.format("shop:migrations"), "shop/migrations/env.py": ENV}
    expected = ["alembic -c conf/alembic.ini upgrade head"]
    assert both(repository(tmp_path, files)) == (["alembic"], expected)


def test_alembic_ini_elsewhere_with_a_location_from_its_own_folder(tmp_path: Path) -> None:
    files = {"src/alembic.ini": INI.format("revisions"), "src/revisions/env.py": ENV}
    where = repository(tmp_path, files)
    guessed = ["cd src && alembic upgrade head"]
    assert both(where) == (["alembic"], [])
    assert found(detect, where, "database.migrate", guesses=True) == guessed


def test_an_alembic_ini_without_anything_to_run_is_nothing(tmp_path: Path) -> None:
    assert both(repository(tmp_path, {"alembic.ini": INI.format("x")})) == ([], [])


def test_broken_ini(tmp_path: Path) -> None:
    files = {"conf/alembic.ini": "script_location\n[", "shop/migrations/env.py": ENV}
    assert both(repository(tmp_path, files))[0] == ["alembic"]


def test_flask_migrate(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "from flask_migrate import Migrate\nMigrate()\n",
        "migrations/alembic.ini": "[alembic]\n",
        "migrations/env.py": ENV,
        "migrations/versions/a.py": REVISION,
    }
    assert both(repository(tmp_path, files)) == (["flask-migrate"], ["flask db upgrade"])


def test_django_in_a_subfolder(tmp_path: Path) -> None:
    files = {
        "src/manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.s')\n",
        "src/shop/s.py": "INSTALLED_APPS = []\n",
        "src/shop/migrations/0001_initial.py": "",
    }
    expected = (["django"], ["python src/manage.py migrate"])
    assert both(repository(tmp_path, files, source="src")) == expected


def test_aerich(tmp_path: Path) -> None:
    files = {"pyproject.toml": "[tool.aerich]\n", "shop/a.py": ""}
    assert both(repository(tmp_path, files)) == (["aerich"], ["aerich upgrade"])


def test_plain_sql_files(tmp_path: Path) -> None:
    files = {
        "migrations/0001.sql": "-- first\ncreate table a (x int);\n",
        "migrations/0002.sql": "alter table a add y int;\n",
        "shop/report.sql": "select 1;\n",
        "shop/a.py": "",
    }
    where = repository(tmp_path, files)
    assert both(where) == (["sql-files"], [])
    assert found(detect, where, "database.sql-file") == [
        "migrations/0001.sql",
        "migrations/0002.sql",
    ]


def test_one_schema_that_code_reads_is_no_migration_tool(tmp_path: Path) -> None:
    files = {"shop/schema.sql": "CREATE TABLE a (x int);", "shop/a.py": "open('schema.sql')\n"}
    where = repository(tmp_path, files)
    assert both(where) == ([], [])
    assert found(detect, where, "database.sql-file") == ["shop/schema.sql"]
