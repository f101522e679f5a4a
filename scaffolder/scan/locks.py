"""What a lock installs for production, and what only for developers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scaffolder.scan.distributions import BROUGHT
from scaffolder.scan.manifest import (
    Manifest,
    distribution,
    manifest,
    normalised,
    strings,
    table,
    toml,
)
from scaffolder.scan.requirements import Requirements, files, is_development, with_included
from scaffolder.scan.tree import Tree

_DEVELOPERS = re.compile(
    r"(^|[-_])(dev|devel|development|tests?|testing|lint|linting|linters?|docs?|types|typing|mypy"
    r"|ci|format|quality|debug|checks?|bench\w*)([-_]|$)"
)


@dataclass(frozen=True, slots=True)
class Installed:
    """Normalised names. `complete`: with everything that they bring along."""

    production: frozenset[str]
    developers: frozenset[str]
    complete: bool

    def lacks(self, names: Iterable[str]) -> bool:
        """Whether production has none of these and developers have one."""
        return self.production.isdisjoint(names) and not self.developers.isdisjoint(names)


def is_for_developers(group: str) -> bool:
    """Whether a dependency group's name says so; others may be production's."""
    return bool(_DEVELOPERS.search(group.lower()))


def of_lock(tree: Tree, path: str, own: Manifest) -> Installed | None:
    """Read a lock of uv, Poetry, PDM or Pipenv; None when it does not tell."""
    name = path.rpartition("/")[2]
    if name == "Pipfile.lock":
        return _pipfile(tree.text(path) or "")
    data = toml(tree, path)
    packages = [each for each in data.get("package", []) if isinstance(each, dict)]
    graph = _graph(packages)
    if not graph or name == "pylock.toml":
        return None
    roots, developers = _roots(tree, own)
    if not roots:
        return None
    production = _closure(graph, roots)
    # without a recorded group the whole rest of the lock is what developers have
    return Installed(production, _closure(graph, developers) - production, True)


def of_requirements(tree: Tree, path: str, directory: str) -> Installed:
    """Read requirements files; those that are named for developers give the other half."""
    read = list(with_included(tree, path))
    production = frozenset(line.name for each in read for line in each.lines)
    other: set[str] = set()
    for each in files(tree, directory):
        if is_development(each, directory):
            other |= {line.name for part in with_included(tree, each) for line in part.lines}
    for names in manifest(tree, directory).tool("poetry", "group").values():
        other |= {normalised(name) for name in table(names, "dependencies")}
    return Installed(production, frozenset(other - production), _is_closure(read, production))


def _is_closure(read: list[Requirements], names: frozenset[str]) -> bool:
    """A compiled list, or exact versions that hold what their heads always bring along."""
    lines = [line for each in read for line in each.lines]
    if not lines or not all(line.exact for line in lines):
        return False
    if all(each.compiled for each in read if each.lines):
        return True
    heads = [name for name in BROUGHT if name in names]
    return bool(heads) and all(names.issuperset(BROUGHT[name]) for name in heads)


def _pipfile(text: str) -> Installed | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    production = frozenset(normalised(name) for name in table(data, "default"))
    developers = frozenset(normalised(name) for name in table(data, "develop"))
    return Installed(production, developers - production, True) if production else None


def _graph(packages: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Distribution -> what it may bring, markers and extras taken as true; a safe upper bound."""
    graph: dict[str, set[str]] = {}
    for package in packages:
        name = package.get("name")
        if not isinstance(name, str):
            continue
        brings = graph.setdefault(normalised(name), set())
        brings |= _names(package.get("dependencies"))
        if "virtual" not in table(package, "source") and "editable" not in table(package, "source"):
            for extra in table(package, "optional-dependencies").values():
                brings |= _names(extra)
    return graph


def _names(listed: Any) -> set[str]:
    """Of uv's list of tables, Poetry's table, or a list of requirements."""
    if isinstance(listed, Mapping):
        return {normalised(name) for name in listed}
    if not isinstance(listed, list):
        return set()
    tables = [each["name"] for each in listed if isinstance(each, dict) and "name" in each]
    return {normalised(name) for name in tables if isinstance(name, str)} | {
        distribution(each) for each in strings(listed)
    }


def _roots(tree: Tree, own: Manifest) -> tuple[set[str], set[str]]:
    """What the manifest asks for: production (extras are taken as installed), developers."""
    production = _names(own.project.get("dependencies"))
    for extra, listed in table(own.project, "optional-dependencies").items():
        if not is_for_developers(extra):
            production |= _names(listed)
    production |= _names(own.tool("poetry", "dependencies")) - {"python"}
    developers = _names(own.tool("poetry", "dev-dependencies"))
    developers |= set(_names(own.tool("uv").get("dev-dependencies")))
    groups: dict[str, set[str]] = {}
    for name, listed in table(own.data, "dependency-groups").items():
        groups[name] = _names(listed)
    for name, group in own.tool("poetry", "group").items():
        groups.setdefault(name, set()).update(_names(table(group, "dependencies")))
    for name, listed in own.tool("pdm", "dev-dependencies").items():
        groups.setdefault(name, set()).update(_names(listed))
    for name, names in groups.items():
        if is_for_developers(name):
            developers |= names
        else:
            production |= names
    for extra, listed in table(own.project, "optional-dependencies").items():
        if is_for_developers(extra):
            developers |= _names(listed)
    return production, developers


def _closure(graph: Mapping[str, set[str]], roots: set[str]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph.get(name, ())
    return frozenset(found)
