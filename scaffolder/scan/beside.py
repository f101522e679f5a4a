"""Paths that code builds from its own place: `Path(__file__).parent / "mail.txt"`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from posixpath import dirname

from scaffolder.scan.python import Module, dotted, text_of
from scaffolder.scan.tree import join

_SAME = {"resolve", "absolute", "abspath", "realpath", "Path", "PurePath", "str", "fspath"}
_DEPTH = 12


def paths(module: Module, source: str) -> Iterator[tuple[str, int]]:
    """(path from the root, line) of each path that a module builds; it need not exist."""
    bound = _bound(module)
    if not any(name.id == "__file__" for name in module.all(ast.Name)) and not _reads(module):
        return
    candidates: list[ast.expr] = [node for node in module.all(ast.BinOp)]
    candidates += [node for name in ("join", "joinpath") for node in module.called.get(name, ())]
    for node in candidates:
        path = _path(node, module, bound, source, 0)
        if path is not None:
            yield path, node.lineno
    for name in ("get_data", "resource_string", "resource_filename", "read_text", "open_text"):
        for call in module.called.get(name, ()):
            if len(call.args) == 2 and dotted(call.func).startswith(
                ("pkg", "importlib", "resourc")
            ):
                folder = _package(call.args[0], module, source)
                last = text_of(call.args[1])
                if folder is not None and last:
                    yield join(folder, last), call.lineno


def _reads(module: Module) -> bool:
    return bool({"files", "get_data", "resource_string", "read_text"} & module.called.keys())


def _bound(module: Module) -> dict[str, ast.expr]:
    """What the names of the module's top level stand for."""
    return {
        node.targets[0].id: node.value
        for node in module.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _path(
    node: ast.AST, module: Module, bound: dict[str, ast.expr], source: str, depth: int
) -> str | None:
    """The path of an expression; None where it is not known."""
    if depth > _DEPTH:
        return None
    depth += 1
    if isinstance(node, ast.Name):
        if node.id == "__file__":
            return module.path
        return _path(bound[node.id], module, bound, source, depth) if node.id in bound else None
    if isinstance(node, ast.Attribute):
        base = _path(node.value, module, bound, source, depth) if node.attr == "parent" else None
        return None if base is None else dirname(base) or "."
    if isinstance(node, ast.Subscript):
        return _parents(node, module, bound, source, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        last = text_of(node.right)
        base = _path(node.left, module, bound, source, depth) if last else None
        return None if base is None or last is None else join(base, last)
    return _call(node, module, bound, source, depth) if isinstance(node, ast.Call) else None


def _parents(
    node: ast.Subscript, module: Module, bound: dict[str, ast.expr], source: str, depth: int
) -> str | None:
    if not isinstance(node.value, ast.Attribute) or node.value.attr != "parents":
        return None
    base = _path(node.value.value, module, bound, source, depth)
    if base is None or not isinstance(node.slice, ast.Constant):
        return None
    steps = node.slice.value
    return join(base, "/".join([".."] * (steps + 1))) if isinstance(steps, int) else None


def _call(
    node: ast.Call, module: Module, bound: dict[str, ast.expr], source: str, depth: int
) -> str | None:
    last = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
    first = node.args[0] if node.args else None
    if last in _SAME:
        inner = first if first is not None else getattr(node.func, "value", None)
        return _path(inner, module, bound, source, depth) if inner is not None else None
    if last == "dirname" and first is not None:
        base = _path(first, module, bound, source, depth)
        return None if base is None else dirname(base) or "."
    if last == "files" and first is not None and "resources" in module.qualified(node.func):
        return _package(first, module, source)
    texts = [text_of(each) for each in node.args]
    if last == "joinpath" and isinstance(node.func, ast.Attribute):
        base, rest = _path(node.func.value, module, bound, source, depth), texts
    elif last == "join" and first is not None:
        base, rest = _path(first, module, bound, source, depth), texts[1:]
    else:
        return None
    known = [text for text in rest if text]
    return join(base, "/".join(known)) if base and known and len(known) == len(rest) else None


def _package(node: ast.expr, module: Module, source: str) -> str | None:
    """The folder of a package that is named or is `__name__`, `__package__`."""
    name = text_of(node)
    if name is None:
        own = isinstance(node, ast.Name) and node.id in ("__name__", "__package__")
        return (dirname(module.path) or ".") if own else None
    return join(source, name.replace(".", "/"))
