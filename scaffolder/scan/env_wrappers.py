"""Functions of the project that read the variable which they are given: `required("X")`."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from scaffolder.scan.env_syntax import KINDS, plain, tests_absence
from scaffolder.scan.objects import Function, around, functions, lines
from scaffolder.scan.python import Module, dotted, keyword, text_of


@dataclass(frozen=True, slots=True)
class Wrapper:
    """position, parameter: where a call names the variable; template: `APP_{}` around the name.

    default_position, default_parameter: where it gives a default, if it can. own_default: the
    function has one itself. raises: it refuses a variable that is missing.
    """

    position: int
    parameter: str
    default_position: int
    default_parameter: str | None
    own_default: bool
    raises: bool
    template: str
    kind: str


def wrapper_of(
    module: Module, node: ast.expr, subject: ast.expr, default: ast.expr | None, fails: bool
) -> tuple[str, Wrapper] | None:
    """The function around a read whose name is a parameter, with its name."""
    name, template = hole(subject)
    around_it = [each for each in around(module, node, ast.FunctionDef, ast.AsyncFunctionDef)]
    for function in functions(module) if name else ():
        names = _parameters(function)
        if name not in names or function not in around_it:
            continue
        offset = 1 if names[:1] in (["self"], ["cls"]) else 0
        other = next((n for n in names if "default" in n or n == "fallback"), None)
        if isinstance(default, ast.Name) and default.id in names:
            other = other or default.id
        # A function that can be given a default, or a flag, refuses nothing by a mere subscript.
        strict = fails and default is None and other is None and unguarded(module, node)
        made = Wrapper(
            names.index(name) - offset,
            name,
            names.index(other) - offset if other else -1,
            other,
            stands(default) and not (isinstance(default, ast.Name) and other is not None),
            "required" not in names and (strict or raises(module, function)),
            template,
            KINDS.get(dotted(plain(function.returns)), "str"),
        )
        return function.name, made
    return None


def unguarded(module: Module, node: ast.AST) -> bool:
    """Whether nothing guards a read: no `if`, no `try` around it."""
    return id(node) not in module.scopes.guarded


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def hole(node: ast.expr) -> tuple[str, str]:
    """The one name in a computed variable name, and its template: `f"APP_{name}"`."""
    if isinstance(node, ast.Name):
        return node.id, "{}"
    if isinstance(node, ast.JoinedStr):
        parts = [each.value if isinstance(each, ast.Constant) else "{}" for each in node.values]
        holes = [dotted(e.value) for e in node.values if isinstance(e, ast.FormattedValue)]
        if len(holes) == 1 and "." not in holes[0]:
            return holes[0], "".join(str(part) for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.right, ast.Name):
        prefix = text_of(node.left)
        if prefix is not None:
            return node.right.id, prefix + "{}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        return dotted(node.func.value), "{}"  # name.upper()
    return "", "{}"


def argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    given = keyword(node, name)
    if given is None and 0 <= position < len(node.args):
        given = node.args[position]
    return None if isinstance(given, ast.Starred) else given


def stands(default: ast.expr | None) -> bool:
    """Whether a default is a value: not None, and no empty text that may be refused later."""
    return default is not None and not (isinstance(default, ast.Constant) and not default.value)


def raises(module: Module, function: Function) -> bool:
    """Whether a function refuses a value that is missing."""
    first, last = lines(function)
    for node in module.all(ast.If):
        within = first <= node.lineno <= last
        if within and _raising(node.body) and tests_absence(node.test):
            return True
    return any(
        dotted(handler.type) == "KeyError" and _raising(handler.body)
        for block in module.all(ast.Try)
        if first <= block.lineno <= last
        for handler in block.handlers
    )


def _raising(body: list[ast.stmt]) -> bool:
    return any(isinstance(each, ast.Raise) for each in body)
