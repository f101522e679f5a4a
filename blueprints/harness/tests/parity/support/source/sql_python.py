"""Strings that Python code hands to a database, found in its syntax tree."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from support.source.sql_strings import Strings, assigned, called, last_name
from support.source.sql_text import kind

CALLS = set(
    "execute executemany execute_batch exec_driver_sql raw mogrify prepare cursor iterate stream"
    " fetch fetchrow fetchval fetch_one fetch_all fetch_val fetchone fetchall scalar scalars exec"
    " query query_one read_sql read_sql_query".split()
)
KEYWORDS = {"query", "sql", "statement", "operation", "raw_query"}
CLAUSES = {"where", "filter", "having", "order_by", "group_by", "select_from", "join", "extra"}
CLAUSES |= {
    "annotate",
    "column",
    "columns",
    "literal_column",
    "column_property",
    "select",
    "RawSQL",
}
OTHER_ENGINES = {"sqlite3", "aiosqlite", "MySQLdb", "pymysql", "aiomysql", "cx_Oracle", "oracledb"}
GUARD = re.compile(
    r"dialect|sqlite|mysql|mariadb|oracle|connections?\b[^ ]*\.vendor", re.IGNORECASE
)


@dataclass(frozen=True)
class Literal:
    """A string and where it stands; `why` says why it cannot be prepared (None when it can)."""

    line: int
    function: str
    sql: str
    why: str | None = None


@dataclass
class Finder(ast.NodeVisitor):
    """Walks one module. Names are looked up in the function, the class and the module."""

    strings: Strings
    found: list[Literal] = field(default_factory=list)
    scope: list[str] = field(default_factory=list)
    guarded: int = 0
    in_clause: int = 0
    sqlalchemy: set[str] = field(default_factory=set)  # names that mean sqlalchemy.text

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if (node.module or "").split(".")[0] in ("sqlalchemy", "sqlmodel"):
            self.sqlalchemy |= {a.asname or a.name for a in node.names if a.name == "text"}

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._enter(node.name, node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._enter(node.name, node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._enter(node.name, node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """A constant gives its name to the statement in it."""
        named = last_name(node.targets[0]) if len(self.strings.names) == 1 else ""
        self.scope += [named] if named else []
        self.generic_visit(node)
        self.scope = self.scope[:-1] if named else self.scope

    def visit_If(self, node: ast.If | ast.IfExp) -> None:
        other = bool(GUARD.search(ast.unparse(node.test)))
        self.guarded += other
        self.generic_visit(node)
        self.guarded -= other

    visit_IfExp = visit_If

    def visit_Call(self, node: ast.Call) -> None:
        name = called(node)
        clause = name in CLAUSES or any(word.arg in CLAUSES for word in node.keywords)
        if self._takes_sql(node, name) and not clause:
            self._argument(node, name)
        self.in_clause += clause
        self.generic_visit(node)
        self.in_clause -= clause

    def _enter(
        self, name: str, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    ) -> None:
        other = bool(GUARD.search(name))
        self.scope.append(name)
        self.strings.names.append(assigned(node))
        self.guarded += other
        self.generic_visit(node)
        self.guarded -= other
        self.strings.names.pop()
        self.scope.pop()

    def _takes_sql(self, node: ast.Call, name: str) -> bool:
        if isinstance(node.func, ast.Name) and node.func.id in self.sqlalchemy:
            return True
        if name == "text":
            return ast.unparse(node.func) in ("sa.text", "sqlalchemy.text", "db.text")
        return name in CALLS or name == "SQL"

    def _is_wrapped(self, argument: ast.expr) -> bool:
        """Whether it is `text(...)`, or a name that stands for one."""
        call = self.strings.value(argument) or argument
        return isinstance(call, ast.Call) and called(call) in {"text", "SQL", *self.sqlalchemy}

    def _argument(self, node: ast.Call, name: str) -> None:
        position = 1 if name == "execute_batch" else 0
        given = [word.value for word in node.keywords if word.arg in KEYWORDS]
        candidates = node.args[position:] or given
        argument = candidates[0] if candidates else None
        if argument is None or self._is_wrapped(argument):
            return  # the inner call is looked at by itself
        sql, static = self.strings.text(argument)
        if kind(sql) is not None:
            why = None if static else "put together at run time"
            if self.in_clause:
                why = "part of a larger query"
            if self.guarded:
                why = "behind a test of the dialect"
            self.found.append(Literal(argument.lineno, ".".join(self.scope) or "module", sql, why))
