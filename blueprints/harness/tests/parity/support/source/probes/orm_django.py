"""The tables of Django's models, as orm_schema.py reports them. django.setup() has run."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the application's Python may be 3.8
    Document = dict[str, Any]


def django_tables() -> list[Document]:
    apps = importlib.import_module("django.apps").apps
    database = importlib.import_module("django.db")
    models = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped
    ]
    chosen = [model for model in models if database.router.allow_migrate_model("default", model)]
    return [_django_table(model, database.connections["default"]) for model in chosen]


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
