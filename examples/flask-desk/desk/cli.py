"""Commands for operators: `python -m desk.cli close-stale`, `python -m desk.cli import FILE`."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from desk import importer, tickets
from desk.config import MissingVariable, Settings
from desk.db import Database


def main(arguments: Sequence[str] | None = None, database: Database | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environ()
    except MissingVariable as error:
        print(error, file=sys.stderr)
        return 2
    database = database or Database(settings.database_url, pool_size=1)
    if options.command == "import":
        return import_customers(database, options.file)
    return close_stale(database, settings.stale_days if options.days is None else options.days)


def close_stale(database: Database, days: int) -> int:
    before = datetime.now(timezone.utc) - timedelta(days=days)
    with database.connection() as connection:
        closed = tickets.close_stale(connection, before)
        connection.commit()
    print(f"closed {closed}")
    return 0


def import_customers(database: Database, path: str) -> int:
    try:
        with open(path, encoding="utf-8", newline="") as file, database.connection() as connection:
            count = importer.import_customers(connection, file)
            connection.commit()
    except (OSError, UnicodeDecodeError, csv.Error, importer.BadFile) as error:
        print(f"nothing imported: {error}", file=sys.stderr)
        return 1
    print(f"imported {count}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m desk.cli")
    commands = parser.add_subparsers(dest="command", required=True)
    stale = commands.add_parser("close-stale", help="close what waits for a customer too long")
    stale.add_argument("--days", type=int, help="instead of STALE_DAYS")
    imports = commands.add_parser("import", help="add or update customers from a CSV file")
    imports.add_argument("file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
