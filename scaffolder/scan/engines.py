"""Database engines, as URLs, Django's settings and images name them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan.python import Module, dotted, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import join

SCHEMES = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "postgis": "postgres",
    "psql": "postgres",
    "pgsql": "postgres",
    "cockroachdb": "postgres",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mariadb": "mariadb",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "spatialite": "sqlite",
    "mongodb": "mongodb",
    "mssql": "mssql",
    "oracle": "oracle",
}
"""The scheme of a URL, without its driver -> engine."""
DJANGO = {
    "postgresql": "postgres",
    "postgresql_psycopg2": "postgres",
    "postgis": "postgres",
    "sqlite3": "sqlite",
    "spatialite": "sqlite",
    "mysql": "mysql",
    "oracle": "oracle",
    "mssql": "mssql",
}
"""The last part of ENGINE (`django.db.backends.postgresql`) -> engine."""
_URL = re.compile(r"([a-z][a-z0-9]*)(?:\+\w+)?:(?://|memory:)")
_IMAGE = re.compile(
    r"image:\s*[\"']?(?:[\w.-]+(?::\d+)?/)*(postgres|postgis|mysql|mariadb|mongo|timescaledb|pgvector)\b"
)


def of_url(text: str) -> str | None:
    """The engine of `postgresql+asyncpg://...`; None for another text."""
    found = _URL.match(text)
    return SCHEMES.get(found[1]) if found else None


def of_backend(text: str) -> str | None:
    """The engine of Django's ENGINE; None for another text."""
    known = re.match(
        r"(?:django\.(?:contrib\.gis\.)?db\.backends|django_prometheus\.db\.backends"
        r"|psqlextra\.backend|mssql|django_tenants)",
        text,
    )
    return DJANGO.get(text.rpartition(".")[2]) if known else None


def of_image(line: str) -> str | None:
    """The engine of a line `image: postgres:16`."""
    found = _IMAGE.search(line)
    if not found:
        return None
    return {"mysql": "mysql", "mariadb": "mariadb", "mongo": "mongodb"}.get(found[1], "postgres")


def named(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Engines that the texts of a small expression name, with their lines."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            engine = of_url(part.value) or of_backend(part.value)
            if engine is not None:
                yield engine, part.lineno


def of_settings(repository: Repository, dotted_name: str) -> tuple[str, Module, int] | None:
    """The engine that Django's settings give when nothing is configured.

    `from .base import *` is followed; None where the settings don't say it in one way.
    """
    module = _module(repository, dotted_name)
    for _ in range(4):
        if module is None:
            return None
        found = _in_settings(module)
        if found:
            engines = {engine for engine, _ in found}
            return (found[0][0], module, found[0][1]) if len(engines) == 1 else None
        module = next(
            (
                known
                for node in module.all(ast.ImportFrom)
                if any(alias.name == "*" for alias in node.names)
                and (known := _module(repository, module.origin(node))) is not None
            ),
            None,
        )
    return None


def _in_settings(module: Module) -> list[tuple[str, int]]:
    """What DATABASES names at the top level: the last word on it that no `if` guards."""
    found: list[tuple[str, int]] = []
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            base = target.value if isinstance(target, ast.Subscript) else target
            whole = isinstance(target, ast.Name)
            if dotted(base) == "DATABASES" and node.value is not None:
                found = [*(() if whole else found), *named(node.value)]
        elif isinstance(node, ast.If) and _asks_for_tests(node.test):
            found = [each for part in node.body for each in named(part)] or found
    return found


def _asks_for_tests(test: ast.expr) -> bool:
    """`if "test" in sys.argv`."""
    return any(dotted(part) == "sys.argv" for part in ast.walk(test))


def _module(repository: Repository, name: str) -> Module | None:
    """A module by its dotted name, from the source folder or from the root."""
    path = name.replace(".", "/")
    for base in (repository.application.source, repository.directory, "."):
        for end in (".py", "/__init__.py"):
            module = repository.python.by_path.get(join(base, path + end))
            if module is not None:
                return module
    return None


def text_engines(module: Module) -> Iterator[tuple[str, int]]:
    """Engines of the URLs that a module's texts begin with."""
    for node in module.all(ast.Constant):
        text = text_of(node)
        if text and len(text) < 500 and ":" in text:
            engine = of_url(text)
            if engine is not None:
                yield engine, node.lineno
