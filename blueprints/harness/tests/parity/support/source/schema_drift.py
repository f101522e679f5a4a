"""Where the models and the migrated schema disagree so that a query would fail or lose something.

Tables and columns that only the database has are fine, as long as an insert that does not name
them succeeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from support.database.cluster import Database
from support.install.environment import Environment
from support.source.column_types import fits
from support.source.probe import ProbeFailed, ask
from support.source.schema_catalog import Catalog, Column, Table

Model = dict[str, Any]


def expected(
    settings: ModuleType,
    repository: Path,
    environment: Environment,
    database_env: Mapping[str, str],
) -> list[Model]:
    """The tables that the ORM expects. Raises ProbeFailed when there is not one."""
    report = ask("orm_schema", settings, repository, environment, database_env)
    tables: list[Model] = report.get("tables", [])
    if tables:
        return tables
    if report.get("vendor", "postgresql") != "postgresql":
        raise ProbeFailed(f"the models are set up for {report['vendor']}, not for PostgreSQL")
    reasons = [f"{f['module']}: {f['type']}: {f['message']}" for f in report["failures"]]
    raise ProbeFailed("\n".join(["no model was found in the application", *reasons]))


def problems(expected: list[Model], database: Database) -> dict[str, str]:
    """What differs, by table or column."""
    found: dict[str, str] = {}
    with database.connect() as connection:
        catalog = Catalog(connection)
        for model in expected:
            table = catalog.find(model["schema"], model["name"])
            name = (
                model["name"] if model["schema"] is None else f"{model['schema']}.{model['name']}"
            )
            if table is None:
                found[name] = f"{name}: the models have the table, the migrated schema does not"
                continue
            for part, text in _differences(model, table, catalog):
                case = f"{name}{part}"
                found[case] = (
                    f"{found[case]}\n{case}: {text}" if case in found else f"{case}: {text}"
                )
    return found


def _differences(model: Model, table: Table, catalog: Catalog) -> Iterator[tuple[str, str]]:
    known = {column["name"].encode()[:63].decode(errors="ignore") for column in model["columns"]}
    for column in model["columns"]:
        actual = table.columns.get(column["name"].encode()[:63].decode(errors="ignore"))
        if actual is None:
            yield f".{column['name']}", "the model has the column, the migrated schema does not"
        else:
            for text in _column(column, actual, table, catalog):
                yield f".{column['name']}", text
    for name, actual in table.columns.items():
        if name not in known and actual.not_null and not actual.has_default:
            text = "the migrated schema has it NOT NULL without default, the model does not know it"
            yield f".{name}", f"{text}: inserts fail"
    if table.kind in ("r", "p"):
        yield from _constraints(model, table)


def _column(column: Model, actual: Column, table: Table, catalog: Catalog) -> Iterator[str]:
    if column["type"] is not None:
        wanted = catalog.canonical(column["type"])
        if wanted is None:
            yield f"the model's type {column['type']} does not exist in the database"
        elif not fits(wanted, actual.type):
            yield f"the model has {wanted}, the migrated schema {actual.type}"
    if table.kind not in ("r", "p") or column["nullable"] is None or column["primary_key"]:
        return
    if column["nullable"] and actual.not_null:
        yield "the model allows NULL, the migrated schema does not: such inserts fail"
    if not column["nullable"] and not actual.not_null:
        yield "the model is NOT NULL, the migrated schema allows NULL"
    if column["default"] and not actual.has_default:
        yield "the model relies on a server default that the migrated schema does not have"


def _constraints(model: Model, table: Table) -> Iterator[tuple[str, str]]:
    for columns in model["unique"]:
        if not any(unique <= set(columns) for unique in table.unique):
            place = f".{columns[0]}" if len(columns) == 1 else f"({', '.join(columns)})"
            yield place, "unique in the model, without a unique constraint in the migrated schema"
    for key in model["foreign_keys"]:
        columns = key["columns"]
        place = f".{columns[0]}" if len(columns) == 1 else f"({', '.join(columns)})"
        actual = table.foreign_keys.get((frozenset(columns), key["table"]))
        wanted = (key["on_delete"] or "").upper()
        if actual is None:
            yield place, f"no foreign key to {key['table']} in the migrated schema"
        elif wanted and {wanted, actual} - {"NO ACTION", "RESTRICT"} and wanted != actual:
            yield place, f"ON DELETE {wanted} in the model, {actual} in the migrated schema"
