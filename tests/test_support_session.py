"""What a session leaves in the user's tree: nothing."""

from __future__ import annotations

from pathlib import Path

from support.run.session import remove_files


def test_files_named_after_our_databases_are_removed(tmp_path: Path) -> None:
    for name in ("parity_12ab_main", "parity_12ab_main-journal", "parity_99_main", "db.sqlite3"):
        (tmp_path / name).touch()

    remove_files(tmp_path, "parity_12ab_")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["db.sqlite3", "parity_99_main"]
