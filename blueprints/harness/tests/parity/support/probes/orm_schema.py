"""The tables that the application's ORM expects in the database.

Run by the application's interpreter, with the application's variables. Input: see process.py, and
`orm` (sqlalchemy or django). Report: `tables`, each with columns, unique sets and foreign keys;
`vendor` (the engine that the models are set up for); `failures` of imports.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the application's Python may be 3.8
    Document = dict[str, Any]

imports = SimpleNamespace(
    **runpy.run_path(os.path.join(os.path.dirname(__file__), "import_modules.py"))
)


def sqlalchemy_tables(packages: list[str]) -> list[Document]:
    """Tables of every MetaData object that a module of the application holds or uses."""
    from sqlalchemy import MetaData
    from sqlalchemy.dialects import postgresql

    found: dict[int, Any] = {}
    for module in _own_modules(packages):
        for value in list(vars(module).values()):
            metadata = value if isinstance(value, MetaData) else _attribute(value, "metadata")
            if isinstance(metadata, MetaData):
                found[id(metadata)] = metadata
    dialect = postgresql.dialect()
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
    from sqlalchemy import UniqueConstraint

    unique = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
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
    from sqlalchemy.exc import CompileError, UnsupportedCompilationError
    from sqlalchemy.schema import DefaultClause

    try:
        kind = column.type.compile(dialect=dialect)
    except (CompileError, UnsupportedCompilationError):
        kind = None
    return {
        "name": column.name,
        "type": kind,
        "nullable": bool(column.nullable),
        "default": isinstance(column.server_default, DefaultClause),
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


def django_tables() -> list[Document]:
    from django.apps import apps
    from django.db import connections, router

    models = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped
    ]
    chosen = [model for model in models if router.allow_migrate_model("default", model)]
    return [_django_table(model, connections["default"]) for model in chosen]


def _django_table(model: Any, connection: Any) -> Document:
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if field.db_type(connection)]
    unique = [[field.column] for field in fields if field.unique and not field.primary_key]
    unique += [[meta.get_field(name).column for name in names] for names in meta.unique_together]
    for constraint in meta.constraints:
        plain = not getattr(constraint, "condition", None)
        if plain and not getattr(constraint, "expressions", ()) and hasattr(constraint, "fields"):
            if hasattr(constraint, "deferrable"):  # an exclusion constraint has no `fields`
                unique.append([meta.get_field(name).column for name in constraint.fields])
    schema, _, name = meta.db_table.replace('"', "").rpartition(".")
    return {
        "schema": schema or None,
        "name": name,
        "columns": [_django_column(field, connection) for field in fields],
        "unique": sorted(unique),
        "foreign_keys": [_django_foreign_key(field) for field in fields if _constrained(field)],
    }


def _django_column(field: Any, connection: Any) -> Document:
    default = getattr(field, "has_db_default", None)
    return {
        "name": field.column,
        "type": field.db_type(connection),
        "nullable": None if getattr(field, "generated", False) else bool(field.null),
        "default": bool(default and default()),
        "primary_key": bool(field.primary_key),
    }


def _constrained(field: Any) -> bool:
    remote = field.remote_field
    if not remote or not getattr(field, "db_constraint", False):
        return False
    return bool(field.related_model._meta.managed)


def _django_foreign_key(field: Any) -> Document:
    schema, _, name = field.related_model._meta.db_table.replace('"', "").rpartition(".")
    return {"columns": [field.column], "schema": schema or None, "table": name, "on_delete": None}


def report(wanted: Document, found: Document) -> None:
    """Fill the document. For Django, the set-up has loaded all models."""
    if wanted["orm"] == "django":
        from django.db import connections

        found["vendor"] = connections["default"].vendor
        found["tables"] = django_tables() if found["vendor"] == "postgresql" else []
    else:
        imports.import_all(wanted, found)
        found["vendor"] = "postgresql"
        found["tables"] = sqlalchemy_tables(wanted["packages"])


if __name__ == "__main__":
    imports.process.run(report)
