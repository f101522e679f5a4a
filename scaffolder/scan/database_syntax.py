"""Small questions about expressions that lead to a database."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scaffolder.scan.bindings import target_name
from scaffolder.scan.database_value import SCHEME
from scaffolder.scan.env_reads import Read
from scaffolder.scan.objects import around, lines
from scaffolder.scan.python import Module, dotted, keyword, text_of

PARTS = {
    "host": "host", "hostname": "host", "server": "host", "port": "port", "user": "user",
    "username": "user", "password": "password", "passwd": "password", "database": "name",
    "dbname": "name", "db": "name", "path": "name", "name": "name",
}  # fmt: skip
POSITIONS = ("scheme", "user", "password", "host", "port", "name")


def parts_of(node: ast.Call) -> dict[str, ast.expr]:
    """What `URL.create("postgresql", host=...)` is given, by the names of the parts."""
    given: dict[str, ast.expr] = dict(zip(POSITIONS, node.args, strict=False))
    for each in node.keywords:
        name = each.arg or ""
        key = {"drivername": "scheme"}.get(name, PARTS.get(name, name))
        if key in POSITIONS:
            given[key] = each.value
    return given


def last_name(node: ast.AST) -> str:
    """The last name: of `settings.DB_HOST`, `values.get("DB_HOST")`, `config["DB_HOST"]`."""
    if isinstance(node, ast.Name | ast.Attribute):
        return target_name(node)
    if isinstance(node, ast.Subscript):
        return text_of(node.slice) or ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "get" and node.args:
            return text_of(node.args[0]) or ""
        if node.func.attr == "get_secret_value":
            return last_name(node.func.value)
    return ""


def held(node: ast.AST) -> ast.expr | None:
    """What an expression merely holds: `await x`, `lambda: x`, `field(default_factory=x)`."""
    if isinstance(node, ast.Await | ast.NamedExpr | ast.FormattedValue):
        return node.value
    if isinstance(node, ast.Lambda):
        return node.body
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("field", "Field"):
        return keyword(node, "default_factory") or keyword(node, "default")
    return None


def conditional(module: Module, node: ast.AST) -> bool:
    """Whether a node stands in the body of an `if`; what follows `else` is the rule."""
    return any(
        isinstance(block, ast.If) and within(block.body, node)
        for block in around(module, node, ast.If)
    )


def within(body: list[ast.stmt], node: ast.AST) -> bool:
    line = lines(node)[0]
    return bool(body) and lines(body[0])[0] <= line <= lines(body[-1])[1]


def equalities(node: ast.expr) -> Iterator[ast.Compare]:
    for each in node.values if isinstance(node, ast.BoolOp) else [node]:
        if isinstance(each, ast.Compare) and isinstance(each.ops[0], ast.Eq):
            yield each


def scheme_of_field(annotation: str | None, read: Read) -> str | None:
    match = SCHEME.match(read.default or "")
    if match:
        return match["scheme"]
    return {"PostgresDsn": "postgresql", "MySQLDsn": "mysql", "MongoDsn": "mongodb"}.get(
        annotation or ""
    )
