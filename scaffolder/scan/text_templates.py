"""Texts that code puts together: their fixed part, and the expressions that are filled in."""

from __future__ import annotations

import ast
import re

from scaffolder.scan.objects import entries
from scaffolder.scan.python import keyword, text_of

Template = tuple[str, list[ast.expr]]
"""The text, with NUL for each expression, and the expressions."""


def rendered(node: ast.AST | None) -> Template | None:
    """Of an f-string, `+`, `%` or `.format`; None for what is no text."""
    if isinstance(node, ast.Constant):
        return (node.value, []) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return _joined(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _sum(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _percent(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        text = text_of(node.func.value)
        return _formatted(text, node) if text and node.func.attr == "format" else None
    return None


def _sum(node: ast.expr) -> Template:
    """Of `a + b + c`, which may be thousands: no recursion to the left."""
    parts: list[Template] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts.append(rendered(node.right) or ("\0", [node.right]))
        node = node.left
    parts.append(rendered(node) or ("\0", [node]))
    parts.reverse()
    return "".join(text for text, _ in parts), [hole for _, holes in parts for hole in holes]


def _joined(node: ast.JoinedStr) -> Template:
    text, holes = "", []
    for each in node.values:
        if isinstance(each, ast.FormattedValue):
            text += "\0"
            holes.append(each.value)
        elif isinstance(each, ast.Constant):
            text += str(each.value)
    return text, holes


def _percent(node: ast.BinOp) -> Template | None:
    text = text_of(node.left)
    if text is None:
        return None
    named = re.findall(r"%\((\w+)\)[sd]", text)
    if named:
        table = dict(entries(node.right))
        known = all(name in table for name in named)
        return (re.sub(r"%\(\w+\)[sd]", "\0", text), [table[n] for n in named]) if known else None
    holes = list(node.right.elts) if isinstance(node.right, ast.Tuple) else [node.right]
    text = re.sub(r"%[sd]", "\0", text)
    return (text, holes) if text.count("\0") == len(holes) else None


def _formatted(text: str, node: ast.Call) -> Template | None:
    holes: list[ast.expr] = []
    for number, name in enumerate(re.findall(r"\{(\w*)\}", text)):
        position = int(name) if name.isdigit() else number
        found = keyword(node, name) if name and not name.isdigit() else None
        if found is None and position < len(node.args) and (not name or name.isdigit()):
            found = node.args[position]
        if found is None:
            return None
        holes.append(found)
    return re.sub(r"\{\w*\}", "\0", text), holes
