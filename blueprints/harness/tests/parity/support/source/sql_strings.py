"""What is known of a string from the syntax tree: literals, joined ones, constants by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

WRAPPERS = {"text", "SQL", "dedent", "cleandoc", "strip"}


@dataclass
class Strings:
    """Names are looked up in the function, the class, the module, and then the application."""

    constants: dict[str, str] = field(default_factory=dict)
    names: list[dict[str, ast.expr]] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)

    def text(self, node: ast.expr) -> tuple[str, bool]:
        """What is known of a string, and whether that is all of it."""
        if isinstance(node, ast.Constant):
            return (node.value, True) if isinstance(node.value, str) else ("", False)
        if isinstance(node, ast.JoinedStr):
            return self._joined([self.text(part) for part in node.values])
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value) if node.format_spec is None else ("", False)
        if isinstance(node, ast.BinOp):
            parts = [self.text(node.left)]
            parts += [self.text(node.right)] if isinstance(node.op, ast.Add) else [("", False)]
            return self._joined(parts)
        if isinstance(node, ast.Call):
            return self._call(node)
        return self._name(node)

    def _joined(self, parts: list[tuple[str, bool]]) -> tuple[str, bool]:
        return "".join(text for text, _ in parts), all(static for _, static in parts)

    def _call(self, node: ast.Call) -> tuple[str, bool]:
        name = called(node)
        if name in WRAPPERS and node.args:
            return self.text(node.args[0])
        if isinstance(node.func, ast.Attribute) and name in ("format", "join", "replace", "strip"):
            return self.text(node.func.value)[0], name == "strip"
        return "", False

    def _name(self, node: ast.expr) -> tuple[str, bool]:
        name, value = last_name(node), self.value(node)
        if value is not None:
            if name in self.followed:  # a = b, b = a
                return "", False
            self.followed.append(name)
            known = self.text(value)
            self.followed.pop()
            return known
        return (self.constants[name], True) if name in self.constants else ("", False)

    def value(self, node: ast.expr) -> ast.expr | None:
        """What a name stands for in the function, the class or the module."""
        name = last_name(node)
        for names in reversed(self.names):
            if name in names and not _mentions(names[name], name):
                return names[name]
        return None


def last_name(node: ast.expr) -> str:
    """`sql` of `sql`, `TOTAL` of `queries.TOTAL`, "" of anything else."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def called(node: ast.Call) -> str:
    """The last part of the called name."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def assigned(node: ast.AST) -> dict[str, ast.expr]:
    """Names with their values; a name with several is put together at run time (`%`)."""
    values: dict[str, list[ast.expr]] = {}
    for inner in _own_nodes(node):
        if isinstance(inner, ast.Assign):
            for target in inner.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        values.setdefault(name.id, []).append(inner.value)
        elif (
            isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name) and inner.value
        ):
            values.setdefault(inner.target.id, []).append(inner.value)
        elif isinstance(inner, ast.AugAssign) and isinstance(inner.target, ast.Name):
            values.setdefault(inner.target.id, []).append(inner.value)
    return {
        name: given[0] if len(given) == 1 else ast.BinOp(given[0], ast.Mod(), given[1])
        for name, given in values.items()
    }


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child
            yield from _own_nodes(child)


def _mentions(node: ast.expr, name: str) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node))
