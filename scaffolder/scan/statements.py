"""SQL that Python code holds as text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from scaffolder.scan.python import Module, dotted, keyword

CALLS = frozenset(
    [
        *("execute", "executemany", "executescript", "execute_batch", "exec_driver_sql", "raw"),
        *("mogrify", "prepare", "iterate", "stream", "fetch", "fetchrow", "fetchval", "fetch_one"),
        *("fetch_all", "fetch_val", "fetchone", "fetchall", "scalar", "scalars", "exec", "query"),
        *("query_one", "read_sql", "read_sql_query", "text", "SQL", "DDL", "RawSQL", "sql"),
    ]
)
"""What takes a statement as its first argument, or as `query`, `sql` or `statement`."""
STATEMENT = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*\(?\s*(?:select\s+\S|insert\s+(?:or\s+\w+\s+)?into\s|replace\s+into\s"
    r"|update\s+(?:only\s+)?\S+\s+(?:as\s+)?(?:\w+\s+)?set\s|delete\s+from\s|with\s+(?:recursive\s+)?\S+\s*(?:\([^)]*\)\s*)?as\s"
    r"|(?:create|alter|drop)\s+(?:or\s+replace\s+|unique\s+|temp\w*\s+|global\s+|materialized\s+"
    r"|unlogged\s+)*(?:table|index|view|function|trigger|sequence|schema|extension|type|database"
    r"|role|user|policy|procedure|collation|domain)\s"
    r"|truncate\s+\S|pragma\s+\w|vacuum\b|analyze\s+\w|reindex\s+\w|refresh\s+materialized\s"
    r"|lock\s+table\s|set\s+(?:local|session|search_path|role|constraints|transaction)\b"
    r"|explain\s+\S|copy\s+\S+\s+(?:from|to)\b|listen\s+\w|notify\s+\w|show\s+\w+;?\s*$"
    r"|grant\s+\w+.*\bon\b|revoke\s+\w+.*\bon\b|comment\s+on\s|savepoint\s+\w|do\s+\$)",
    re.IGNORECASE | re.DOTALL,
)
_WRAPPERS = {"text", "SQL", "DDL", "dedent", "cleandoc", "format", "join", "strip", "replace"}
_WORDS = {"query", "sql", "statement", "operation", "raw_query"}
_UNKNOWN = "\0"
"""What stands for a part that is put in at run time."""


def statements(
    module: Module, shared: Mapping[str, tuple[str, str, int]]
) -> Iterator[tuple[str, str, int]]:
    """(path, SQL, line) of each complete statement that code hands to a database.

    shared: constants of all modules, name -> (path, text, line): the place is the constant's.
    """
    names: dict[str, tuple[str, int]] | None = None
    for called in CALLS & module.called.keys():
        for call in module.called[called]:
            argument = _argument(call, called)
            if argument is None:
                continue
            text, line, path = known_text(argument), argument.lineno, module.path
            if not text and isinstance(argument, ast.Name | ast.Attribute):
                names = _local(module) if names is None else names
                name = dotted(argument).rpartition(".")[2]
                if name in names:
                    text, line = names[name]
                elif name in shared:
                    path, text, line = shared[name]
            if text and STATEMENT.match(text):
                yield path, text, line


def constants(module: Module) -> Iterator[tuple[str, str, int]]:
    """(name, SQL, line) of the statements that a module or its classes bind to a name."""
    bodies = [module.tree.body, *(each.body for each in module.all(ast.ClassDef))]
    for node in (node for body in bodies for node in body):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = known_text(node.value)
            if text and STATEMENT.match(text):
                yield node.targets[0].id, text, node.lineno


def known_text(node: ast.AST | None, depth: int = 0) -> str:
    """What is known of a text: literals, and NUL for what is put in; "" for what is no text."""
    if depth > 40:
        return ""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(known_text(part, depth + 1) or _UNKNOWN for part in node.values)
    if isinstance(node, ast.BinOp):
        left = known_text(node.left, depth + 1)
        right = known_text(node.right, depth + 1) if isinstance(node.op, ast.Add) else ""
        return left + (right or _UNKNOWN) if left else ""
    if isinstance(node, ast.Call):
        last = dotted(node.func).rpartition(".")[2]
        if isinstance(node.func, ast.Attribute):
            last = node.func.attr
            if last in ("format", "strip", "replace") or (last == "join" and not node.args):
                return known_text(node.func.value, depth + 1)
        return known_text(node.args[0], depth + 1) if last in _WRAPPERS and node.args else ""
    return ""


def _argument(call: ast.Call, called: str) -> ast.expr | None:
    """What a call takes as its statement; an inner text(...) is looked at by itself."""
    position = 1 if called == "execute_batch" else 0
    if len(call.args) > position:
        given: ast.expr | None = call.args[position]
    else:
        given = next((value for word in _WORDS if (value := keyword(call, word))), None)
    if isinstance(given, ast.Call) and dotted(given.func).rpartition(".")[2] in CALLS:
        return None
    return given


def _local(module: Module) -> dict[str, tuple[str, int]]:
    """Statements by the name that the module binds them to, at any place."""
    found: dict[str, tuple[str, int]] = {}
    for node in module.all(ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Name | ast.Attribute):
            text = known_text(node.value)
            if text and STATEMENT.match(text):
                found[dotted(target).rpartition(".")[2]] = (text, node.lineno)
    return found
