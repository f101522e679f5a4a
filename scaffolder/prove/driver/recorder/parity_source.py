"""The application's own modules, compiled so that they note local time and asserts.

`datetime.now` is part of a C type and can't be replaced; so the places in the source that ask for
it are. Libraries are left as they are: a log line in local time is no concern of the application.
"""

from __future__ import annotations

import ast
import builtins
import datetime
import importlib.machinery
import time
from importlib import import_module
from typing import Any

probe: Any = import_module("parity_probe")

CLASS = ("now", "today", "fromtimestamp")
INSTANCE = ("astimezone", "timestamp")
FUNCTIONS = {
    name: getattr(time, name) for name in ("localtime", "mktime", "ctime", "asctime", "strftime")
}
NAMES = {*CLASS, *INSTANCE, *FUNCTIONS}


class Local:
    """Something that answers in local time, unless it is told a zone."""

    def __init__(self, found: Any, name: str, owner: Any, where: str) -> None:
        self.found, self.owner, self.where = found, owner, where
        self.__name__ = self.__qualname__ = name
        self.__module__ = "datetime"
        self.__doc__ = found.__doc__

    def __call__(self, *given: Any, **named: Any) -> Any:
        result = self.found(*given, **named)
        if self.is_local(given, named):
            offset = time.localtime().tm_gmtoff
            probe.note("clock", f"{self.__name__}()", where=self.where, value=offset)
        return result

    def is_local(self, given: Any, named: Any) -> bool:
        name, zone = self.__name__, named.get("tz")
        if name in INSTANCE:
            return self.owner.tzinfo is None or (name == "astimezone" and not (given or named))
        if name in ("strftime", "asctime"):
            return len(given) < (2 if name == "strftime" else 1)
        position = {"now": 0, "fromtimestamp": 1}.get(name)
        if position is not None and len(given) > position:
            zone = given[position]
        return zone is None


def seen(owner: Any, name: str, where: str) -> Any:
    """`owner.name`"""
    found = getattr(owner, name)
    builtin = type(found) is type(len)
    of_class = isinstance(owner, type) and issubclass(owner, datetime.date) and name in CLASS
    of_instance = isinstance(owner, datetime.datetime) and name in INSTANCE
    of_module = owner is time and name in FUNCTIONS
    if builtin and (of_class or of_instance or of_module):
        return Local(found, name, owner, where)
    return found


def known(value: Any, name: str, where: str) -> Any:
    """A name that may be a function of the module time."""
    return Local(value, name, time, where) if value is FUNCTIONS[name] else value


def asserted(value: Any, where: str) -> Any:
    """The condition of an assert."""
    held = bool(value)
    probe.note("assert", "assert", where=where, altered=not held)
    return held


class Marks(ast.NodeTransformer):
    """Puts the calls in."""

    def __init__(self, path: str) -> None:
        self.path = path

    def _call(self, name: str, node: Any, *given: Any) -> Any:
        where = ast.Constant(probe.shown(self.path, node.lineno))
        called = ast.Call(ast.Name(f"__parity_{name}__", ast.Load()), [*given, where], [])
        return ast.fix_missing_locations(ast.copy_location(called, node))

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        inner = node.value.func if isinstance(node.value, ast.Call) else None
        if (
            node.attr in INSTANCE
            and isinstance(node.value, ast.Call)
            and isinstance(inner, ast.Attribute)
            and inner.attr in CLASS
        ):
            return node  # now().astimezone(...) and now().timestamp(): an instant in any zone
        self.generic_visit(node)
        if node.attr in NAMES and isinstance(node.ctx, ast.Load):
            return self._call("seen", node, node.value, ast.Constant(node.attr))
        return node

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id in FUNCTIONS and isinstance(node.ctx, ast.Load):
            return self._call("known", node, node, ast.Constant(node.id))
        return node

    def visit_Assert(self, node: ast.Assert) -> Any:
        self.generic_visit(node)
        node.test = self._call("assert", node, node.test)
        return node

    def visit_match_case(self, node: Any) -> Any:
        """A pattern is no expression."""
        if node.guard is not None:
            node.guard = self.visit(node.guard)
        node.body = [self.visit(one) for one in node.body]
        return node


def install() -> None:
    """Own modules are compiled anew; no bytecode of theirs is read or written."""
    names: Any = builtins
    names.__parity_seen__, names.__parity_known__ = seen, known
    names.__parity_assert__ = asserted
    loader: Any = importlib.machinery.SourceFileLoader
    plain = loader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        path = self.get_filename(fullname)
        if not probe.is_own(fullname, path):
            return plain(self, fullname)
        tree = Marks(path).visit(ast.parse(self.get_data(path), path))
        return compile(tree, path, "exec", dont_inherit=True)

    loader.get_code = get_code
