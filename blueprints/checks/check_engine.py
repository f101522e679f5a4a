"""The server is production's: PostgreSQL major, encoding, collation, time zone, extensions.

Faults that turn it red: another major version; another time zone; a missing extension.
"""

from __future__ import annotations

from types import ModuleType

from support.database.cluster import Database
from support.run.session import Session


def test_the_major_version_is_productions(shared: Session, database: Database) -> None:
    with database.connect() as connection:
        number = connection.info.server_version // 10000
    production = int(shared.settings.DATABASE["version"])
    # Another major is either refused or declared: the result is then `degraded`, not passed.
    assert number == production or str(number) in (shared.server.degraded or ""), (
        f"engine: the server is PostgreSQL {number}, production has {production}"
    )


def test_the_encoding_is_productions(database: Database, settings: ModuleType) -> None:
    expected = settings.DATABASE["encoding"]
    actual = shown(database, "server_encoding")
    assert actual == expected, f"engine: server_encoding is {actual}, production has {expected}"


def test_the_collation_is_productions(shared: Session, database: Database) -> None:
    expected = shared.settings.DATABASE["collation"]
    with database.connect() as connection:
        row = connection.execute(
            "SELECT datcollate FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    actual = row[0] if row else None
    # A machine that lacks production's locale declares what it has: `degraded`, not passed.
    declared = f"collation {actual}:" in (shared.server.degraded or "")
    assert expected is None or plain(actual) == plain(expected) or declared, (
        f"engine: the collation is {actual}, production has {expected}"
    )


def test_the_applications_sessions_have_productions_zone(
    database: Database, settings: ModuleType
) -> None:
    expected = settings.DATABASE["timezone"]
    with database.connect(as_role=True) as connection:
        row = connection.execute("SHOW timezone").fetchone()
    actual = row[0] if row else None
    assert actual == expected, f"engine: timezone is {actual}, production has {expected}"


def test_the_extensions_are_installed(database: Database, settings: ModuleType) -> None:
    with database.connect() as connection:
        installed = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
    missing = sorted(set(settings.DATABASE["extensions"]) - installed)
    assert not missing, f"engine: extensions are missing: {', '.join(missing)}"


def shown(database: Database, name: str) -> str:
    with database.connect() as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def plain(collation: str | None) -> str:
    """`C.UTF-8` and `C.utf8` are two spellings of one locale."""
    return (collation or "").lower().replace("utf-8", "utf8")
