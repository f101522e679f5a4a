"""Import every module that ships, in one process, and report all failures at once.

Run by the application's interpreter, with the application's variables. Input: see process.py.
Report: `imported`, `failures` (see `describe`), `left_out` ([module, why]), `absent` (packages).
"""

from __future__ import annotations

import importlib
import os
import re
import runpy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the application's Python may be 3.8
    Document = dict[str, Any]

TESTS = re.compile(r"^(tests?|testing|conftest|test_.*|.*_tests?)$")
FOLDERS_LEFT_OUT = {"__pycache__", "node_modules", "site-packages"}
MIGRATIONS = ("migrations", "versions")  # their files are run by the migrations themselves
ALEMBIC = re.compile(r"alembic\.context|'alembic' has no attribute 'context'|proxy object")

process = SimpleNamespace(**runpy.run_path(os.path.join(os.path.dirname(__file__), "process.py")))


def modules(source: str, packages: list[str], found: Document) -> list[str]:
    """Names of the modules that ship; what is left out or absent goes into the document."""
    names: list[str] = []
    for package in packages:
        path = os.path.join(source, *package.split("."))
        if os.path.isdir(path):
            _walk(path, package, names, found["left_out"])
        elif os.path.isfile(path + ".py"):
            names.append(package)
        else:
            found["absent"].append(package)
    return names


def _walk(folder: str, package: str, names: list[str], left_out: list[list[str]]) -> None:
    entries = sorted(os.listdir(folder))
    if "__init__.py" in entries:
        names.append(package)
    for entry in entries:
        path = os.path.join(folder, entry)
        stem, extension = os.path.splitext(entry)
        name = f"{package}.{stem}"
        if entry.startswith(".") or entry in FOLDERS_LEFT_OUT or TESTS.match(stem):
            continue
        if os.path.isdir(path):
            if entry.isidentifier():
                _walk(path, f"{package}.{entry}", names, left_out)
        elif extension != ".py" or stem == "__init__":
            continue
        elif stem == "__main__":
            left_out.append([name, "only runs as a program"])
        elif stem.isidentifier():
            names.append(name)
        elif os.path.basename(folder) not in MIGRATIONS:
            left_out.append([name, "its name is no module name"])


def attempt(name: str, source: str) -> Document | None:
    """Import one module: None, or what went wrong."""
    with process.Caught() as caught:
        module = importlib.import_module(name)
    error = caught.error
    if error is None:
        file = getattr(module, "__file__", None)
        if not file or process.belongs(file, source):
            return None
        error = ImportError(f"it was imported from {file}, not from the application")
    failure: Document = process.describe(name, error, source)
    return failure


def import_all(wanted: Document, found: Document) -> None:
    """Fill the document; a second try forgives an unlucky order of imports."""
    found.update(imported=[], left_out=[], absent=[])
    for name in modules(wanted["source"], wanted["packages"], found):
        if name in wanted["exclude"]:
            continue
        found["current"] = name
        failure = attempt(name, wanted["source"])
        if failure is None:
            found["imported"].append(name)
        elif name.endswith(".env") and ALEMBIC.search(failure["message"]):
            found["left_out"].append([name, "Alembic runs it, nothing imports it"])
        else:
            found["failures"].append(failure)
    for failure in list(found["failures"]):
        name = found["current"] = failure["module"]
        if failure["type"] != "ModuleNotFoundError" and attempt(name, wanted["source"]) is None:
            found["failures"].remove(failure)
            found["imported"].append(name)


if __name__ == "__main__":
    process.run(import_all)
