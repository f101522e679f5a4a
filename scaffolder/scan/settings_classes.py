"""Classes of the project: which are settings of pydantic, and which of them are used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from scaffolder.scan.objects import Objects, assignments, entries
from scaffolder.scan.python import Module, dotted

_BASES = {"pydantic_settings.BaseSettings": 2, "pydantic.BaseSettings": 1}
_BASES |= {"pydantic_settings.main.BaseSettings": 2, "pydantic.v1.BaseSettings": 1}
_BASES |= {"pydantic.env_settings.BaseSettings": 1}


@dataclass(slots=True)
class Class:
    """A class of the project, with its configuration where it is a settings class."""

    module: Module
    node: ast.ClassDef
    version: int = 0
    bases: list[Class] = field(default_factory=list)
    config: dict[str, ast.expr] = field(default_factory=dict)
    used: bool = False


def classes(objects: Objects, modules: list[Module]) -> dict[tuple[str, str], Class]:
    """All classes; their bases, and the pydantic version for settings classes."""
    table = {
        (module.path, node.name): Class(module, node)
        for module in modules
        for node in module.all(ast.ClassDef)
    }
    for each in table.values():
        for base in each.node.bases:
            name = each.module.qualified(base)
            each.version = each.version or _BASES.get(name, 0)
            origin, own = objects.follow(each.module, name)
            found = table.get((origin.path, own))
            if found is not None and found is not each:
                each.bases.append(found)
        each.config = _config(each.node)
    for _ in range(5):  # inheritance over several steps
        for each in table.values():
            for parent in each.bases:
                each.version = each.version or parent.version
    return table


def _config(node: ast.ClassDef) -> dict[str, ast.expr]:
    """`model_config = SettingsConfigDict(...)`, a class `Config`, or arguments of the class."""
    found = {item.arg: item.value for item in node.keywords if item.arg}
    for each in node.body:
        if isinstance(each, ast.ClassDef) and each.name == "Config":
            lines = [line for line in each.body if isinstance(line, ast.Assign)]
            found |= {dotted(line.targets[0]): line.value for line in lines}
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            target = each.targets[0] if isinstance(each, ast.Assign) else each.target
            if dotted(target) == "model_config":
                found |= dict(entries(each.value))
    return found


def mark_used(objects: Objects, modules: list[Module], table: dict[tuple[str, str], Class]) -> None:
    """A class is used when its name stands anywhere but among bases and annotations."""
    names = {each.node.name for each in table.values() if each.version}
    for module in modules:
        last = {origin.rpartition(".")[2] for origin in module.aliases.values()}
        own = any((module.path, name) in table for name in names)
        whole = any(origin in objects.modules for origin in module.aliases.values())
        if own or whole or not names.isdisjoint(last):
            for node in _mentions(module):
                origin, name = objects.resolve(module, node)
                found = table.get((origin.path, name))
                if found is not None:
                    found.used = True


def _mentions(module: Module) -> Iterator[ast.expr]:
    for call in module.all(ast.Call):
        yield call.func
        yield from (each for each in call.args if isinstance(each, ast.Name | ast.Attribute))
        yield from (e.value for e in call.keywords if isinstance(e.value, ast.Name | ast.Attribute))
    for table in module.all(ast.Dict):
        yield from (v for v in table.values if isinstance(v, ast.Name | ast.Attribute))
    values = [value for _, value, _ in assignments(module)]
    values += [each.value for each in module.all(ast.Return) if each.value is not None]
    yield from (each for each in values if isinstance(each, ast.Name | ast.Attribute))


def order(each: Class) -> list[Class]:
    """The class, and its bases; the nearest first."""
    found = [each]
    for parent in each.bases:
        found += [other for other in order(parent) if other not in found]
        if len(found) > 50:
            break
    return found
