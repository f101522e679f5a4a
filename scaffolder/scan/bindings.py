"""What modules bind to names, attributes and keys; which functions fill which fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scaffolder.scan.env_reads import Read
from scaffolder.scan.objects import Function, around, assignments, entries, functions, lines
from scaffolder.scan.python import Module, dotted, text_of
from scaffolder.scan.variables import Variables

_DATABASE = re.compile(
    r"(?i)(?:^|_)(?:db|database|postgres|postgresql|pg|sql|mysql|mariadb)(?:_|$)"
)
_COMMON = frozenset({"host", "port", "user", "username", "password", "database", "name", "path"})


@dataclass
class Bindings:
    """By the last name alone: `settings.DB_HOST` and `self.DB_HOST` are the same.

    fields: of settings classes. annotations: variable -> type of its field.
    """

    fields: dict[str, list[Read]] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    bound: dict[str, list[tuple[Module, ast.expr]]] = field(default_factory=dict)
    functions: dict[str, list[tuple[Module, Function]]] = field(default_factory=dict)
    _indexed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, known: Variables) -> Bindings:
        """Of all modules that read the environment, or have a settings class."""
        found = cls()
        for each in known.models.fields:
            found.fields.setdefault(each.name, []).extend(each.reads[:1])
            for read in each.reads:
                found.annotations[read.name] = each.annotation
        modules = [read.module for read in known.reads] + [f.module for f in known.models.fields]
        for module in {each.path: each for each in modules}.values():
            found.index(module)
        return found

    def index(self, module: Module) -> None:
        """Remember what a module binds."""
        if module.path in self._indexed:
            return
        self._indexed.add(module.path)
        for target, value, _ in assignments(module):
            name = target_name(target)
            if name and not (isinstance(value, ast.Name) and value.id == name):
                self.bound.setdefault(name, []).append((module, value))
        for table in module.all(ast.Dict):
            for key, value in entries(table):
                if key.isidentifier() and key.lower() not in _COMMON:
                    self.bound.setdefault(key, []).append((module, value))
        for function in functions(module):
            for name in _filled_by(function):
                self.functions.setdefault(name, []).append((module, function))

    def values(
        self, name: str, module: Module, node: ast.AST | None = None
    ) -> list[tuple[Module, ast.expr]]:
        """What is bound to a name: in the class of `self.name`, in the module, else anywhere."""
        found = self.bound.get(name, [])
        found = [pair for pair in found if pair[0] is module] or found
        return [pair for pair in found if _same_class(module, node, *pair)] or found

    def own(self, module: Module, node: ast.AST) -> list[ast.expr]:
        """What a module binds to a plain name itself, where that name is a field elsewhere, too."""
        if not isinstance(node, ast.Name):
            return []
        fields = self.fields.get(node.id, [])
        if not fields or any(read.module is module for read in fields):
            return []
        pairs = self.bound.get(node.id, [])
        return [value for origin, value in pairs if origin is module and value is not node]

    def functions_of(
        self, name: str, module: Module, node: ast.AST
    ) -> list[tuple[Module, Function]]:
        """Functions whose result a name holds; of the same class for `self.name`."""
        found = self.functions.get(name, [])
        return [pair for pair in found if _same_class(module, node, *pair)] or found

    def reads(self, name: str, module: Module, node: ast.AST) -> list[Read]:
        """Fields of this name; of several classes' the one that fits, or none."""
        found = self.fields.get(name, [])
        if len({read.name for read in found}) < 2:
            return found
        own = [read for read in found if _same_class(module, node, read.module, read.node)]
        named = [read for read in found if _DATABASE.search(read.name)]
        for some in (own, named):
            if len({read.name for read in some}) == 1:
                return some
        return []


def _same_class(module: Module, node: ast.AST | None, origin: Module, bound: ast.AST) -> bool:
    """Whether `self.x` stands in the class that binds x."""
    if not (isinstance(node, ast.Attribute) and dotted(node.value) in ("self", "cls")):
        return False
    if origin is not module:
        return False
    line = lines(bound)[0]
    return any(lines(e)[0] <= line <= lines(e)[1] for e in around(module, node, ast.ClassDef)[:1])


def target_name(node: ast.expr) -> str:
    """The last name of what is assigned to."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return (text_of(node.slice) or "") if isinstance(node, ast.Subscript) else ""


def _filled_by(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Names under which a function's result is known: its own, or the fields that it validates."""
    validator = False
    for each in function.decorator_list:
        name = dotted(each).rpartition(".")[2]
        if name in ("validator", "field_validator") and isinstance(each, ast.Call):
            validator = True
            yield from (text for node in each.args if (text := text_of(node)))
        elif name in ("root_validator", "model_validator"):
            validator = True
    if not validator:
        yield function.name
