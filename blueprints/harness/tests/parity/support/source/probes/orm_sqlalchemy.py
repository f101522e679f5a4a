"""The tables of SQLAlchemy and SQLModel, as orm_schema.py reports them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the application's Python may be 3.8
    Document = dict[str, Any]


def sqlalchemy_tables(packages: list[str]) -> list[Document]:
    """Tables of every MetaData object that a module of the application holds or uses."""
    sqlalchemy = importlib.import_module("sqlalchemy")
    found: dict[int, Any] = {}
    for module in _own_modules(packages):
        for value in list(vars(module).values()):
            metadata = (
                value if isinstance(value, sqlalchemy.MetaData) else _attribute(value, "metadata")
            )
            if isinstance(metadata, sqlalchemy.MetaData):
                found[id(metadata)] = metadata
    dialect = importlib.import_module("sqlalchemy.dialects.postgresql").dialect()
    tables = [table for metadata in found.values() for table in metadata.tables.values()]
    return [_sqlalchemy_table(table, dialect) for table in tables if _belongs_here(table)]


def _own_modules(packages: list[str]) -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if any(name == package or name.startswith(package + ".") for package in packages):
            yield module


def _attribute(value: Any, name: str) -> Any:
    """From classes, tables and Flask's `db`; nothing that computes its attributes is asked."""
    if isinstance(value, type):
        return next((vars(base)[name] for base in value.__mro__ if name in vars(base)), None)
    known = type(value).__module__.partition(".")[0] in ("sqlalchemy", "flask_sqlalchemy")
    return getattr(value, name, None) if known else None


def _belongs_here(table: Any) -> bool:
    """Not of another database (Flask's binds), not a view, not temporary."""
    info = {**table.metadata.info, **table.info}
    left_out = info.get("bind_key") or info.get("is_view") or info.get("skip_autogenerate")
    return not left_out and "TEMPORARY" not in table._prefixes


def _sqlalchemy_table(table: Any, dialect: Any) -> Document:
    constraint_type = importlib.import_module("sqlalchemy").UniqueConstraint
    unique = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, constraint_type)
    ]
    for index in table.indexes:
        partial = index.dialect_options["postgresql"]["where"] is not None
        if index.unique and not partial and len(index.columns) == len(index.expressions):
            unique.append([column.name for column in index.columns])
    return {
        "schema": table.schema,
        "name": table.name,
        "columns": [_sqlalchemy_column(column, dialect) for column in table.columns],
        "unique": sorted(columns for columns in unique if columns),
        "foreign_keys": sorted(
            (_sqlalchemy_foreign_key(key) for key in table.foreign_key_constraints), key=str
        ),
    }


def _sqlalchemy_column(column: Any, dialect: Any) -> Document:
    errors = importlib.import_module("sqlalchemy.exc")
    default_clause = importlib.import_module("sqlalchemy.schema").DefaultClause
    try:
        kind = column.type.compile(dialect=dialect)
    except (errors.CompileError, errors.UnsupportedCompilationError):
        kind = None  # the type is not known, so it is not compared
    return {
        "name": column.name,
        "type": kind,
        "nullable": bool(column.nullable),
        "default": isinstance(column.server_default, default_clause),
        "primary_key": bool(column.primary_key),
    }


def _sqlalchemy_foreign_key(key: Any) -> Document:
    """From the text of the key: its table may stand in another MetaData."""
    targets = [element.target_fullname.split(".") for element in key.elements]
    schema = ".".join(targets[0][:-2]) or None
    return {
        "columns": [element.parent.name for element in key.elements],
        "schema": schema,
        "table": targets[0][-2],
        "on_delete": key.ondelete,
    }
