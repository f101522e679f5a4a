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
    for _ in range(4):  # a settings module, and what it is made of
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
    """What DATABASES names when no variable is set: the last word on it."""
    found: list[tuple[str, int]] = []
    bound: dict[str, ast.expr] = {}
    for node in _taken(module.tree.body, bound, module):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        base = target.value if isinstance(target, ast.Subscript) else target
        if isinstance(target, ast.Name) and node.value is not None:
            bound[target.id] = node.value
        if dotted(base) == "DATABASES" and node.value is not None:
            kept = [] if isinstance(target, ast.Name) else found
            found = [*kept, *named(node.value)]
            for part in ast.walk(node.value):
                if isinstance(part, ast.Name) and part.id in bound:
                    found += named(bound[part.id])
    return found


def _taken(
    body: list[ast.stmt], bound: dict[str, ast.expr], module: Module
) -> Iterator[ast.Assign | ast.AnnAssign]:
    """Assignments that are reached when no variable is set, as far as conditions tell."""
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield node
        elif isinstance(node, ast.Try | ast.With):
            yield from _taken(node.body, bound, module)
        elif isinstance(node, ast.If):
            holds = _asks_for_tests(node.test) or _holds(node.test, bound, module)
            if holds is not False:
                yield from _taken(node.body, bound, module)
            if holds is not True:
                yield from _taken(node.orelse, bound, module)


_UNKNOWN = object()


def _holds(test: ast.expr, bound: dict[str, ast.expr], module: Module) -> bool | None:
    """Whether a condition is true when no variable is set; None where that is not known."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _holds(test.operand, bound, module)
        return None if inner is None else not inner
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        values = [_unset(each, bound, module) for each in (test.left, test.comparators[0])]
        if any(value is _UNKNOWN for value in values):
            return None
        if isinstance(test.ops[0], ast.Eq | ast.NotEq | ast.Is | ast.IsNot):
            return (values[0] == values[1]) is isinstance(test.ops[0], ast.Eq | ast.Is)
        if isinstance(test.ops[0], ast.In | ast.NotIn) and isinstance(values[1], tuple):
            return (values[0] in values[1]) is isinstance(test.ops[0], ast.In)
        return None
    value = _unset(test, bound, module)
    return None if value is _UNKNOWN else bool(value)


def _unset(node: ast.expr, bound: dict[str, ast.expr], module: Module, depth: int = 0) -> object:
    """The value of an expression when no variable is set; _UNKNOWN mostly."""
    if depth > 8:
        return _UNKNOWN
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        items = tuple(_unset(each, bound, module, depth + 1) for each in node.elts)
        return _UNKNOWN if _UNKNOWN in items else items
    if isinstance(node, ast.Name) and node.id in bound:
        return _unset(bound[node.id], bound, module, depth + 1)
    if isinstance(node, ast.Call) and module.qualified(node.func) in (
        "os.getenv",
        "os.environ.get",
    ):
        given = node.args[1] if len(node.args) > 1 else None
        return None if given is None else _unset(given, bound, module, depth + 1)
    asks = isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In)
    if asks and dotted(node.comparators[0]) == "os.environ":  # type: ignore[attr-defined]
        return False
    return _UNKNOWN


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
