"""Python files, each parsed once and walked once; detectors share the result."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeVar

from scaffolder.scan.tree import Tree, is_below

Role = Literal["app", "test", "migration", "tooling"]
N = TypeVar("N", bound=ast.AST)
_TESTS = re.compile(r"(^|/)(tests?|testing|e2e|tests?_[^/]*|[^/]+_tests?|conftest\.py)(/|\.py$|$)")
_MIGRATIONS = re.compile(r"(^|/)(migrations|alembic|versions)/")
_TOOLING = re.compile(
    r"(^|/)(docs?|examples?|benchmarks?|scripts?|tools|bin|ci|\.github|setup\.py|noxfile\.py"
    r"|fabfile\.py|dodo\.py|locustfile\.py)(/|$)"
)
_LEAVES = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop, ast.alias)


@dataclass(slots=True)
class Scopes:
    """Where nodes stand; sets of id(node)."""

    in_function: set[int] = field(default_factory=set)
    """Runs only when a function is called, not on import."""
    guarded: set[int] = field(default_factory=set)
    """In a `try` that handles the failure, or below `if TYPE_CHECKING`, or another `if`."""


@dataclass
class Module:
    """A parsed file; `path` is seen from the root, with `/`."""

    path: str
    role: Role
    tree: ast.Module
    nodes: dict[type[ast.AST], list[ast.AST]]
    scopes: Scopes

    def all(self, kind: type[N]) -> list[N]:
        """Every node of exactly this class, in the order of the file's text, roughly."""
        return self.nodes.get(kind, [])  # type: ignore[return-value]

    def on_import(self, node: ast.AST) -> bool:
        """Whether a node runs when the module is imported, whatever the environment."""
        return id(node) not in self.scopes.in_function and id(node) not in self.scopes.guarded

    def in_function(self, node: ast.AST) -> bool:
        """Whether a node runs only when a function is called."""
        return id(node) in self.scopes.in_function

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Name in this file -> what it was imported as: `{"dt": "datetime.datetime"}`."""
        found: dict[str, str] = {}
        for node in self.all(ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                found[name] = alias.name if alias.asname else name
        for origin in self.all(ast.ImportFrom):
            for alias in origin.names:
                found[alias.asname or alias.name] = f"{self.origin(origin)}.{alias.name}"
        return found

    @cached_property
    def imported(self) -> list[tuple[str, ast.stmt]]:
        """Dotted modules that are imported (relative ones resolved), with their statement."""
        plain = [(a.name, node) for node in self.all(ast.Import) for a in node.names]
        return [*plain, *((self.origin(node), node) for node in self.all(ast.ImportFrom))]

    def origin(self, node: ast.ImportFrom) -> str:
        """The module of a `from ... import`; a relative one is resolved from the root."""
        if not node.level:
            return node.module or ""
        parts = self.path.removesuffix(".py").split("/")[: -node.level]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def qualified(self, node: ast.AST) -> str:
        """`dt.now` -> datetime.datetime.now, as far as imports tell; "" for what is no name."""
        name = dotted(node)
        first, _, rest = name.partition(".")
        origin = self.aliases.get(first, first)
        return f"{origin}.{rest}" if rest else origin

    def calls(self, *names: str) -> Iterator[tuple[ast.Call, str]]:
        """Calls whose qualified name is one of `names`, or ends with one that starts with a dot."""
        ends = tuple(name for name in names if name.startswith("."))
        for last in dict.fromkeys(name.rpartition(".")[2] for name in names):
            for node in self.called.get(last, ()):
                name = self.qualified(node.func)
                if name in names or (ends and name.endswith(ends)):
                    yield node, name

    @cached_property
    def called(self) -> dict[str, list[ast.Call]]:
        """Calls by the last part of their name: `{"now": [datetime.now(), timezone.now()]}`."""
        found: dict[str, list[ast.Call]] = {}
        for node in self.all(ast.Call):
            if isinstance(node.func, ast.Attribute):
                found.setdefault(node.func.attr, []).append(node)
            elif isinstance(node.func, ast.Name):
                name = self.aliases.get(node.func.id, node.func.id)
                found.setdefault(name.rpartition(".")[2], []).append(node)
        return found

    @cached_property
    def constants(self) -> dict[str, str]:
        """Texts that the module binds to a name at its top level."""
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                value = text_of(node.value)
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name) and value is not None:
                        found[target.id] = value
        return found


@dataclass
class PythonFiles:
    """The Python files of an application, with its tests."""

    modules: tuple[Module, ...]
    by_path: dict[str, Module]

    @classmethod
    def parse(cls, tree: Tree, directory: str = ".") -> PythonFiles:
        """Parse all below a folder; what can't be parsed becomes a note of the tree."""
        found = []
        for path in tree.files:
            if path.endswith(".py") and is_below(path, directory):
                module = parse(tree, path)
                if module is not None:
                    found.append(module)
        return cls(tuple(found), {module.path: module for module in found})

    def with_role(self, *roles: Role) -> Iterator[Module]:
        """Modules of these roles."""
        return (module for module in self.modules if module.role in roles)


def parse(tree: Tree, path: str) -> Module | None:
    """One file, or None with a note."""
    raw = tree.raw(path)
    if raw is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes of theirs
            parsed = ast.parse(raw, filename=path)
        nodes, scopes = _collect(parsed)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        tree.note(path, f"not parsed: {line}{str(error) or type(error).__name__}")
        return None
    return Module(path, role_of(path), parsed, nodes, scopes)


def role_of(path: str) -> Role:
    """What a Python file is for, by its place; `backend/app/tests/x.py` -> test."""
    if _TESTS.search(path):
        return "test"
    if _MIGRATIONS.search(path):
        return "migration"
    return "tooling" if _TOOLING.search(path) else "app"


def dotted(node: ast.AST | None) -> str:
    """`a.b.c` of an attribute chain; "" for anything else. Calls in it are passed over: `a().b`."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Name):
            return ".".join([node.id, *reversed(parts)])
        else:
            return ""


def text_of(node: ast.AST | None) -> str | None:
    """The text of a string literal, also of a sum of some; None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):  # thousands, in a table
        right = text_of(node.right)
        if right is None:
            return None
        parts.append(right)
        node = node.left
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return "".join([node.value, *reversed(parts)])
    return None


def keyword(node: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((each.value for each in node.keywords if each.arg == name), None)


_Bucket = dict[type[ast.AST], list[ast.AST]]


def _collect(parsed: ast.Module) -> tuple[_Bucket, Scopes]:
    """All nodes by class in one walk, and what stands in functions and behind guards."""
    nodes: _Bucket = {}
    scopes = Scopes()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    guards = (ast.Try, ast.If, ast.IfExp)
    stack: list[tuple[ast.AST, bool, bool]] = [(parsed, False, False)]
    while stack:
        node, inside, guarded = stack.pop()
        nodes.setdefault(type(node), []).append(node)
        if inside:
            scopes.in_function.add(id(node))
        if guarded:
            scopes.guarded.add(id(node))
        below = inside or isinstance(node, functions)
        behind = guarded or isinstance(node, guards)
        children: list[tuple[ast.AST, bool, bool]] = []
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                children += [
                    (item, below, behind)
                    for item in value
                    if isinstance(item, ast.AST) and not isinstance(item, _LEAVES)
                ]
            elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
                children.append((value, below, behind))
        stack.extend(reversed(children))
    return nodes, scopes
