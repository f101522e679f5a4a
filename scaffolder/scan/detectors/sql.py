"""SQL written by hand, its dialect, and the extensions that the schema needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan.facts import Confidence, Evidence, Fact, Place
from scaffolder.scan.python import Module, role_of, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.statements import constants, statements
from scaffolder.scan.tree import is_below, join

_ELSEWHERE = frozenset(
    [
        *("pymssql", "pyodbc", "cx_Oracle", "oracledb", "snowflake", "pyhive", "trino", "duckdb"),
        *("clickhouse_driver", "clickhouse_connect", "databricks", "vertica_python", "ibm_db"),
        *("influxdb", "phoenixdb", "pyathena", "pydruid", "teradatasql", "impala", "prestodb"),
    ]
)
"""Drivers of stores that a product asks, beside its own database."""
_SQLITE = re.compile(
    r"\binsert\s+or\s+(?:replace|ignore|abort)\b|\bpragma\s+\w|\bautoincrement\b|\bjulianday\s*\("
    r"|\bstrftime\s*\(|\bsqlite_(?:master|schema|sequence)\b|\b(?:date|time|datetime)\s*\(\s*'now'"
    r"|\bgroup_concat\s*\(|\bifnull\s*\(|\b(?:rowid)\b|\btotal_changes\s*\(|\bunixepoch\s*\(",
    re.IGNORECASE,
)
_SQLITE_FUNCTIONS = ("julianday", "strftime", "group_concat", "ifnull", "unixepoch")
_EXTENSION = re.compile(
    r"create\s+extension\s+(?:if\s+not\s+exists\s+)?[\"'`]?([a-z][\w-]*)[\"'`]?", re.IGNORECASE
)
_OPERATIONS = {
    "BloomExtension": "bloom",
    "BtreeGinExtension": "btree_gin",
    "BtreeGistExtension": "btree_gist",
    "CITextExtension": "citext",
    "CryptoExtension": "pgcrypto",
    "HStoreExtension": "hstore",
    "TrigramExtension": "pg_trgm",
    "UnaccentExtension": "unaccent",
    "VectorExtension": "vector",
}
_TYPES = {
    "sqlalchemy.dialects.postgresql.CITEXT": "citext",
    "sqlalchemy.dialects.postgresql.HSTORE": "hstore",
    "django.contrib.postgres.fields.CITextField": "citext",
    "django.contrib.postgres.fields.CIEmailField": "citext",
    "django.contrib.postgres.fields.CICharField": "citext",
    "django.contrib.postgres.fields.HStoreField": "hstore",
    "django.contrib.postgres.search.TrigramSimilarity": "pg_trgm",
    "django.contrib.postgres.search.TrigramWordSimilarity": "pg_trgm",
    "geoalchemy2.Geometry": "postgis",
    "geoalchemy2.Geography": "postgis",
    "geoalchemy2.types.Geometry": "postgis",
    "pgvector.sqlalchemy.Vector": "vector",
    "pgvector.sqlalchemy.VECTOR": "vector",
    "pgvector.django.VectorField": "vector",
}


def detect(repository: Repository) -> Iterator[Fact]:
    """One fact for each file with SQL, and for each extension and place that asks for it."""
    shipped = list(repository.shipped())
    yield from _raw(repository, shipped)
    yield from _files(repository)
    for module in repository.python.with_role("migration"):
        yield from _extensions(module)
    for module in shipped:
        yield from _extensions(module)
    yield from _extensions_in_scripts(repository)


def _raw(repository: Repository, shipped: list[Module]) -> Iterator[Fact]:
    own = [module for module in shipped if not _asks_elsewhere(module)]
    shared = {
        name: (module.path, text, line) for module in own for name, text, line in constants(module)
    }
    found: dict[str, list[int]] = {}
    sqlite: dict[str, list[int]] = {}
    for module in own:
        for path, text, line in statements(module, shared):
            found.setdefault(path, []).append(line)
            if _SQLITE.search(text):
                sqlite.setdefault(path, []).append(line)
        lines = list(_extra(module))
        if lines:
            found.setdefault(module.path, []).extend(lines)
        for name in _SQLITE_FUNCTIONS:
            for call, _ in module.calls(f"sqlalchemy.func.{name}", f".func.{name}"):
                sqlite.setdefault(module.path, []).append(call.lineno)
    for key, places in (("code.raw-sql", found), ("code.sqlite-sql", sqlite)):
        for path, lines in places.items():
            evidence = tuple(Evidence(path, line) for line in sorted(set(lines)))
            yield Fact(key, path, evidence, "code")


def _asks_elsewhere(module: Module) -> bool:
    return any(name.partition(".")[0] in _ELSEWHERE for name, _ in module.imported)


def _extra(module: Module) -> Iterator[int]:
    """Django's `.extra(where=[...])`."""
    for call in module.called.get("extra", ()):
        if {each.arg for each in call.keywords} & {"where", "select", "tables", "order_by"}:
            yield call.lineno


def _files(repository: Repository) -> Iterator[Fact]:
    """SQL files among what ships, without those of tests and migrations."""
    source = repository.application.source
    folders = [join(source, name.replace(".", "/")) for name in repository.application.packages]
    for path in repository.tree.named("*.sql"):
        if role_of(path) not in ("test", "migration") and any(
            is_below(path, folder) for folder in folders
        ):
            yield Fact("code.raw-sql", path, (Evidence(path, 1),), "code")
            lines = _lines(repository.tree.text(path) or "", _SQLITE)
            if lines:
                evidence = tuple(Evidence(path, line) for line, _ in lines)
                yield Fact("code.sqlite-sql", path, evidence, "code")


def _lines(text: str, pattern: re.Pattern[str]) -> list[tuple[int, re.Match[str]]]:
    return [(text.count("\n", 0, each.start()) + 1, each) for each in pattern.finditer(text)]


def _extensions(module: Module) -> Iterator[Fact]:
    """Statements and Django's operations ask for an extension; a column's type needs it."""
    prose = {id(each.value) for each in module.all(ast.Expr)}
    for node in module.all(ast.Constant):
        value = node.value
        if isinstance(value, str) and "xtension" in value.lower() and id(node) not in prose:
            for each in _EXTENSION.finditer(value):
                yield from _extension(each[1], module.path, node.lineno)
    for operation, name in _OPERATIONS.items():
        for call in module.called.get(operation, ()):
            yield from _extension(name, module.path, call.lineno)
    for operation in ("CreateExtension", "PGExtension"):
        for call in module.called.get(operation, ()):
            given = [*call.args[:1], *(each.value for each in call.keywords)]
            named = next((text for each in given if (text := text_of(each))), None)
            if named and re.fullmatch(r"[\w-]+", named):
                yield from _extension(named, module.path, call.lineno)
    for origin in set(module.aliases.values()) & _TYPES.keys():
        yield from _extension(_TYPES[origin], module.path, None, "likely")


def _extensions_in_scripts(repository: Repository) -> Iterator[Fact]:
    for path in repository.tree.named("*.sql", "*.sh"):
        if role_of(path) == "test":
            continue
        text = repository.tree.text(path) or ""
        if "xtension" in text.lower():
            for line, each in _lines(text, _EXTENSION):
                yield from _extension(each[1], path, line, place="scripts")


def _extension(
    name: str,
    path: str,
    line: int | None,
    sure: Confidence = "certain",
    place: Place = "code",
) -> Iterator[Fact]:
    if name.lower() not in ("plpgsql", "if"):  # every database has it
        yield Fact("database.extension", name.lower(), (Evidence(path, line),), place, sure)
