"""Where SQL may stand: the files that ship, and what they have in common."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType

from support.source.sql_strings import Strings, assigned, called

LEFT_OUT = re.compile(r"^(\..*|__pycache__|node_modules|tests?|test_.*|conftest\.py|.*_test\.py)$")
MIGRATIONS = {"migrations", "versions", "alembic"}  # the migrations themselves run them


def sql_files(directory: Path, settings: ModuleType) -> list[Path]:
    """Python and SQL files that ship, without tests and migrations, and those of SQL_FILES."""
    source = directory / settings.SOURCE
    found = {file.resolve() for glob in settings.SQL_FILES for file in directory.glob(glob)}
    for package in settings.PACKAGES:
        path = source.joinpath(*package.split("."))
        inside = [*path.rglob("*.py"), *path.rglob("*.sql"), path.with_suffix(".py")]
        for file in inside:
            parts = file.relative_to(source).parts
            if file.is_file() and not any(LEFT_OUT.match(p) or p in MIGRATIONS for p in parts):
                found.add(file.resolve())
    return sorted(found)


def constants(trees: list[ast.Module]) -> dict[str, str]:
    """Strings by name of all modules; a name with two values means nothing."""
    values: dict[str, set[str]] = {}
    for tree in trees:
        strings = Strings()
        for name, node in assigned(tree).items():
            if isinstance(node, ast.Call) and called(node) in ("text", "SQL"):
                continue  # that call is a statement by itself
            text, static = strings.text(node)
            if static:
                values.setdefault(name, set()).add(text)
    return {name: texts.pop() for name, texts in values.items() if len(texts) == 1}


def imported(tree: ast.Module) -> set[str]:
    """Top-level names of the modules that a module imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names
