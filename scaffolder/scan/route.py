"""A route, and how decorators and parameters describe one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scaffolder.scan.python import Module, dotted, keyword, text_of

METHODS = ("get", "post", "put", "patch", "delete")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_LOGIN = re.compile(r"login|auth|current_user|permission|token|admin|require_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Route:
    """A route; `open` says that no login was seen, `sure` that all its prefixes are known."""

    method: str
    path: str
    name: str
    module: str
    line: int
    open: bool = True
    sure: bool = True


def methods(attribute: str, call: ast.Call, node: ast.stmt | None) -> list[str]:
    """The methods of `@app.get`, of `@app.route(methods=[...])`, of a class with `def post`."""
    if attribute in METHODS:
        return [attribute.upper()]
    if attribute not in ("route", "api_route", "resource"):
        return []
    given = keyword(call, "methods")
    if isinstance(given, ast.List | ast.Tuple | ast.Set):
        texts = [(text_of(each) or "").upper() for each in given.elts]
        return [text for text in texts if text.lower() in METHODS]
    if isinstance(node, ast.ClassDef):
        names = [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
        return [name.upper() for name in names if name in METHODS]
    return ["GET"]


def controllers(module: Module) -> dict[int, str]:
    """id of a method -> `path` of its Litestar controller."""
    found: dict[int, str] = {}
    for each in module.all(ast.ClassDef):
        if not any(dotted(base).endswith("Controller") for base in each.bases):
            continue
        path = next(
            (
                text_of(node.value) or ""
                for node in each.body
                if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "path"
            ),
            "",
        )
        found |= {id(node): path for node in each.body}
    return found


def needs_login(node: Definition) -> bool:
    """Whether a decorator or a dependency among the parameters asks for a user."""
    named = [dotted(each) for each in node.decorator_list]
    if any(_LOGIN.search(name.rpartition(".")[2]) for name in named):
        return True
    for each in node.decorator_list:
        if isinstance(each, ast.Call) and asks_login(keyword(each, "dependencies")):
            return True
    if isinstance(node, ast.ClassDef):
        return False
    given = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
    every = [*node.args.args, *node.args.kwonlyargs]
    given += [each.annotation for each in every if each.annotation]
    return any(asks_login(each) for each in given)


def asks_login(node: ast.expr | None) -> bool:
    if node is None:
        return False
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    names += [part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)]
    return any(_LOGIN.search(name) for name in names)


def loops(module: Module) -> dict[str, list[ast.expr]]:
    """Names of `for module in (health, orders):` with what they stand for."""
    return {
        loop.target.id: loop.iter.elts
        for loop in module.all(ast.For)
        if isinstance(loop.target, ast.Name) and isinstance(loop.iter, ast.Tuple | ast.List)
    }


def expanded(node: ast.expr, loops: dict[str, list[ast.expr]]) -> Iterator[ast.expr]:
    if isinstance(node, ast.Name) and node.id in loops:
        yield from loops[node.id]
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        for each in loops.get(node.value.id, [node.value]):
            yield ast.Attribute(each, node.attr, node.ctx)
    else:
        yield node


def joined(before: str, after: str) -> str:
    if before.endswith("/") and after.startswith("/"):
        return before[:-1] + after
    if before and after and not before.endswith("/") and not after.startswith("/"):
        return f"{before}/{after}"
    return before + after


def braces(path: str) -> str:
    """`/orders/<int:id>` and `/files/{path:path}` -> `/orders/{id}`, `/files/{path}`."""
    path = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", path)
    path = re.sub(r"\{(\w+):[^{}]*\}", r"{\1}", path)
    return path if path.startswith("/") else f"/{path}"
