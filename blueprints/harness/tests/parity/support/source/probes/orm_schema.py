"""The tables that the application's ORM expects in the database.

Run by the application's interpreter, with the application's variables. Input: see process.py, and
`orm` (sqlalchemy or django). Report: `tables`, each with columns, unique sets and foreign keys;
`vendor` (the engine that the models are set up for); `failures` of imports.
"""

from __future__ import annotations

import importlib
import os
import runpy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the application's Python may be 3.8
    Document = dict[str, Any]


def load(name: str) -> SimpleNamespace:
    """A neighbour of this file, without a name that could hide a module of the application."""
    return SimpleNamespace(**runpy.run_path(os.path.join(os.path.dirname(__file__), name)))


def report(wanted: Document, found: Document) -> None:
    """Fill the document. For Django, the set-up has loaded all models."""
    if wanted["orm"] == "django":
        found["vendor"] = importlib.import_module("django.db").connections["default"].vendor
        if found["vendor"] == "postgresql":
            found["tables"] = load("orm_django.py").django_tables()
    else:
        load("import_modules.py").import_all(wanted, found)
        found["vendor"] = "postgresql"
        found["tables"] = load("orm_sqlalchemy.py").sqlalchemy_tables(wanted["packages"])


if __name__ == "__main__":
    load("process.py").run(report)
