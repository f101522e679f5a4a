"""Which names the application's code mentions, as text or as a field of its settings."""

from __future__ import annotations

import ast

from scaffolder.scan.repository import Repository
from scaffolder.scan.variables import variables


def mentioned(repository: Repository) -> frozenset[str]:
    """Short texts and annotated names of what production loads, in upper case."""
    django = variables(repository).django
    others = django.others if django else frozenset()
    found: set[str] = set()
    for module in repository.python.with_role("app", "migration"):
        if module.path in others:
            continue
        for constant in module.all(ast.Constant):
            if isinstance(constant.value, str) and 1 < len(constant.value) < 60:
                found.add(constant.value.upper())
        for assigned in module.all(ast.AnnAssign):
            if isinstance(assigned.target, ast.Name):
                found.add(assigned.target.id.upper())
    return frozenset(found)


def imports(repository: Repository) -> dict[str, tuple[str, int]]:
    """Top-level modules that shipped code imports, with one place each."""
    found: dict[str, tuple[str, int]] = {}
    for module in repository.shipped():
        for name, node in module.imported:
            found.setdefault(name, (module.path, node.lineno))
            found.setdefault(name.split(".")[0], (module.path, node.lineno))
    return found
