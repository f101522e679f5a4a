"""Names across modules: which file and object an imported name means."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scaffolder.scan.python import Module
from scaffolder.scan.repository import Repository


@dataclass(frozen=True, slots=True)
class Objects:
    """Modules by dotted name, as seen from the source folder and from the root."""

    modules: dict[str, Module]

    @classmethod
    def of(cls, repository: Repository) -> Objects:
        """All parsed modules of the application, tests too."""
        return cls(modules_by_name(repository.python.modules, repository.application.source))

    def find(self, name: str) -> tuple[Module, str] | None:
        """`shop.config.env` -> the module shop.config and `env`; None for foreign names."""
        origin, _, rest = name, "", ""
        while origin:
            if origin in self.modules and rest:
                return self.modules[origin], rest
            origin, _, last = origin.rpartition(".")
            rest = f"{last}.{rest}" if rest else last
        return None

    def resolve(self, module: Module, node: ast.AST) -> tuple[Module, str]:
        """The module where a name was made, through imports and re-exports, and its name there."""
        name = module.qualified(node)
        return self.follow(module, name)

    def follow(self, module: Module, name: str) -> tuple[Module, str]:
        """Like resolve, for a qualified name."""
        for _ in range(4):
            found = self.find(name)
            if found is None:
                return module, name
            module, rest = found
            first, _, more = rest.partition(".")
            origin = module.aliases.get(first)
            if origin is None or origin == name:
                return module, rest
            name = f"{origin}.{more}" if more else origin
        return module, name

    def stars(self, module: Module) -> Iterator[Module]:
        """Modules whose names this one takes over by `from x import *`."""
        for node in module.all(ast.ImportFrom):
            if any(alias.name == "*" for alias in node.names):
                origin = self.modules.get(module.origin(node))
                if origin is not None and origin is not module:
                    yield origin

    def closure(self, start: Iterable[Module]) -> dict[str, Module]:
        """Modules, and the project's modules that they import, by path."""
        found: dict[str, Module] = {}
        waiting = list(start)
        while waiting:
            module = waiting.pop()
            if module.path in found:
                continue
            found[module.path] = module
            for name, _ in module.imported:
                if name in self.modules:
                    waiting.append(self.modules[name])
            for origin in module.aliases.values():
                if origin in self.modules:
                    waiting.append(self.modules[origin])
        return found


def modules_by_name(modules: Iterable[Module], source: str) -> dict[str, Module]:
    """`src/app/main.py` as app.main and src.app.main; a package by its `__init__`."""
    found: dict[str, Module] = {}
    for module in modules:
        parts = module.path.removesuffix(".py").removesuffix("/__init__").split("/")
        found.setdefault(".".join(parts), module)
        if source != "." and module.path.startswith(f"{source}/"):
            found[".".join(parts[source.count("/") + 1 :])] = module
    return found


Function = ast.FunctionDef | ast.AsyncFunctionDef


def assignments(module: Module) -> Iterator[tuple[ast.expr, ast.expr, ast.stmt]]:
    """(target, value, statement) of all assignments, annotated ones too."""
    for node in module.all(ast.Assign):
        for target in node.targets:
            yield target, node.value, node
    for annotated in module.all(ast.AnnAssign):
        if annotated.value is not None:
            yield annotated.target, annotated.value, annotated


def functions(module: Module) -> list[Function]:
    """All functions and methods."""
    return [*module.all(ast.FunctionDef), *module.all(ast.AsyncFunctionDef)]


def entries(table: ast.AST | None) -> Iterator[tuple[str, ast.expr]]:
    """Keys that are texts, and their values, of a dictionary or of `dict(a=1)`."""
    if isinstance(table, ast.Dict):
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value
    elif isinstance(table, ast.Call):
        yield from ((each.arg, each.value) for each in table.keywords if each.arg)


def lines(node: ast.AST) -> tuple[int, int]:
    """First and last line of a node."""
    first = getattr(node, "lineno", 0)
    return first, getattr(node, "end_lineno", None) or first


def around(module: Module, node: ast.AST, *kinds: type[ast.AST]) -> list[ast.AST]:
    """Nodes of these kinds whose lines hold a node, innermost first."""
    line = lines(node)[0]
    found = []
    for kind in kinds:
        for each in module.all(kind):
            first, last = lines(each)
            if first <= line <= last and each is not node:
                found.append((last - first, each))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]
