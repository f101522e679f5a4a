"""Which revision is the last one, and what it builds on."""

from __future__ import annotations

from pathlib import Path

from scaffolder.prove.driver.revisions import chains


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def names(folder: Path, *sql: str, commands: bool = True) -> list[list[str]]:
    return [[one.name for one in line] for line in chains(folder, sql, commands)]


def test_revisions_of_alembic_follow_their_links_and_not_their_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "migrations/versions/z_first.py": "revision = 'a1'\ndown_revision = None\n",
            "migrations/versions/b_second.py": "revision: str = 'b2'\ndown_revision: str = 'a1'\n",
            "migrations/env.py": "target_metadata = None\n",
            ".parity/environments/x/versions/other.py": "revision = 'x'\ndown_revision = None\n",
        },
    )

    assert names(tmp_path) == [["b2", "a1"]]
    assert names(tmp_path, commands=False) == []


def test_a_merge_of_alembic_ends_the_line(tmp_path: Path) -> None:
    below = {"a": "None", "b": "'a'", "c": "'a'", "m": "('b', 'c')"}
    revision = "revision = '{}'\ndown_revision = {}\n"
    write(tmp_path, {f"versions/{one}.py": revision.format(one, below[one]) for one in below})

    assert names(tmp_path) == [["m"]]


def test_each_app_of_django_has_a_line_of_its_own(tmp_path: Path) -> None:
    migration = "class Migration:\n    dependencies = {}\n"
    write(
        tmp_path,
        {
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_initial.py": migration.format("[swappable('x'), ('a', '1')]"),
            "shop/migrations/0002_more.py": migration.format("[('shop', '0001_initial')]"),
            "desk/migrations/0001_initial.py": migration.format("[('shop', '0002_more')]"),
        },
    )

    assert names(tmp_path) == [["desk.0001_initial"], ["shop.0002_more", "shop.0001_initial"]]


def test_plain_files_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    assert names(tmp_path, "sql/1.sql", "sql/2.sql", commands=False) == [["2.sql", "1.sql"]]
