"""Requests that tests send: method, path, and what of the payload stands in the code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scaffolder.scan.python import Module, dotted, keyword

_METHODS = ("post", "put", "patch", "delete", "get")
_CLIENT = re.compile(r"client|(^|\.)(c|api|http|app|agent|browser|ac|cli|testapp|customer|staff)$")
_MOST = 60
"""Requests of one file; a file with more is a table of cases."""
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `parts` holds `json`, `form`, `headers`, `params` as far as they are literal."""

    method: str
    path: str
    line: int
    parts: dict[str, Any] = field(default_factory=dict)


def requests(module: Module) -> Iterator[Asked]:
    """Requests of a test file. What is put in at run time is written `{name}`."""
    names: Names | None = None
    count = 0
    for method in _METHODS:
        for call in module.called.get(method, ()):
            if not isinstance(call.func, ast.Attribute) or count >= _MOST:
                continue
            if not _CLIENT.search(dotted(call.func.value).lower()):
                continue
            names = Names(module) if names is None else names
            names.line = call.lineno
            given = call.args[0] if call.args else keyword(call, "url") or keyword(call, "path")
            path = _path(given, names)
            if path is not None:
                count += 1
                yield Asked(method.upper(), path, call.lineno, _parts(call, names))


class Names:
    """What a name stands for at a line: the nearest assignment above it."""

    def __init__(self, module: Module) -> None:
        self.line = 0
        self._found: dict[str, list[tuple[int, ast.expr]]] = {}
        for node in module.all(ast.Assign):
            if isinstance(node.targets[0], ast.Name):
                places = self._found.setdefault(node.targets[0].id, [])
                places.append((node.lineno, node.value))

    def get(self, name: str) -> ast.expr | None:
        """The expression; None for a name that the file does not assign."""
        places = self._found.get(name, [])
        above = [place for place in places if place[0] < self.line]
        return max(above, key=lambda place: place[0])[1] if above else None


def _path(node: ast.expr | None, names: Names, depth: int = 0) -> str | None:
    """`/orders/{id}`; None for what is no literal path."""
    text = _text(node, names, depth)
    if text is None:
        return None
    text = re.sub(r"^https?://(?:test\w*|localhost(?::\d+)?)(?=/)", "", text)
    known = text.startswith("/") or re.match(
        r"\{[\w.]*(?:prefix|api|url|str|base|path)[\w.]*\}/", text, re.I
    )
    return text if known and text.isprintable() and len(text) < 200 else None


def _text(node: ast.expr | None, names: Names, depth: int) -> str | None:
    if depth > _DEPTH or node is None:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_part(part, names, depth) for part in node.values)
    if isinstance(node, ast.Name):
        return _text(names.get(node.id), names, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, names, depth + 1), _text(node.right, names, depth + 1)
        left = f"{{{dotted(node.left)}}}" if left is None and dotted(node.left) else left
        right = f"{{{dotted(node.right)}}}" if right is None and dotted(node.right) else right
        return None if left is None or right is None else left + right
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        text = _text(node.func.value, names, depth + 1) if node.func.attr == "format" else None
        for given in node.args if text else ():
            text = str(text).replace("{}", f"{{{_named(given)}}}", 1)
        return text
    return None


def _part(node: ast.expr, names: Names, depth: int) -> str:
    """A piece of an f-string: literals and constants stand there, all else is named."""
    if isinstance(node, ast.FormattedValue):
        known = _text(node.value, names, depth + 1)
        return known if known is not None else f"{{{_named(node.value)}}}"
    return _text(node, names, depth) or "{...}"


def _named(node: ast.expr) -> str:
    """A short name of an expression: `order.id`, `order.id` of `order["id"]`."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return f"{_named(node.value)}.{node.slice.value!s}"
    return dotted(node) or "..."


def _parts(call: ast.Call, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    called = dotted(call.func).rpartition(".")[2]
    as_json = _is_json(call, names)
    for name, kind in (
        ("json", "json"),
        ("data", "form"),
        ("headers", "headers"),
        ("params", "params"),
    ):
        given = keyword(call, name)
        if name == "data" and given is None and len(call.args) > 1:
            given = call.args[1]  # Django's and DRF's clients
        if given is None:
            continue
        if isinstance(given, ast.Call) and dotted(given.func).endswith("dumps") and given.args:
            given, kind = given.args[0], "json"
        value = _value(given, names, 0)
        if isinstance(value, dict | list):
            kind = "json" if kind == "form" and as_json else kind
            found["params" if kind == "form" and called == "get" else kind] = value
    return found


def _is_json(call: ast.Call, names: Names) -> bool:
    told = [keyword(call, "content_type"), keyword(call, "format")]
    return any((_text(each, names, 0) or "").endswith("json") for each in told)


def _value(node: ast.expr, names: Names, depth: int) -> Any:
    """A literal as JSON has it; what is computed becomes the text `{name}`."""
    if depth > _DEPTH:
        return "{...}"
    if isinstance(node, ast.Constant):
        return _plain(node.value)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {
            str(key.value): _value(value, names, depth + 1)
            for key, value in pairs
            if isinstance(key, ast.Constant)
        }
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item, names, depth + 1) for item in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand, names, depth + 1)
        return -inner if isinstance(inner, int | float) else "{...}"
    if isinstance(node, ast.Call) and dotted(node.func) == "dict" and not node.args:
        return {w.arg: _value(w.value, names, depth + 1) for w in node.keywords if w.arg}
    if isinstance(node, ast.Name) and (bound := names.get(node.id)) is not None:
        return _value(bound, names, depth + 1)
    text = _text(node, names, depth + 1)
    return text if text is not None else f"{{{_named(node)}}}"


def _plain(value: object) -> Any:
    """A literal that JSON has; a number of a thousand digits, say, is none."""
    if value is None or isinstance(value, str):
        return value
    usual = isinstance(value, int | float) and -(2**64) < value < 2**64
    return value if usual else "{...}"


def body(asked: Asked) -> str:
    """The payload as one line of JSON; "" when there is none."""
    for kind in ("json", "form"):
        if kind in asked.parts:
            return json.dumps(asked.parts[kind])
    return ""
