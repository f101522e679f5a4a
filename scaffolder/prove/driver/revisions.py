"""The revisions of a repository's migrations, the last one first: Alembic, Django, plain SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEFT_OUT = frozenset((".git", ".parity", ".venv", "venv", "node_modules", "tests"))


@dataclass(frozen=True, slots=True)
class Revision:
    """`name` as its tool calls it; `path` relative to the folder that was searched."""

    name: str
    path: Path


def chains(directory: Path, sql_files: Sequence[str], commands: bool) -> list[list[Revision]]:
    """For each line of migrations, the last revision and what it builds on, one after the other.

    `sql_files`: in the order in which they are applied. `commands`: whether migrations are run by
    a command, so that Python files are revisions.
    """
    found = [list(map(_plain, reversed(sql_files)))] if sql_files else []
    if commands:
        modules = dict(_modules(directory))
        found += [*_alembic(modules), *_django(modules)]
    return found


def _plain(path: str) -> Revision:
    return Revision(Path(path).name, Path(path))


def _modules(directory: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Python files of folders that migrations stand in."""
    for path in sorted(directory.rglob("*.py")):
        place = path.relative_to(directory)
        if LEFT_OUT & set(place.parts) or not {"versions", "migrations"} & set(place.parts):
            continue
        try:
            yield place, ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue  # the migrations themselves fail on it, without any fault


def _alembic(modules: Mapping[Path, ast.Module]) -> Iterator[list[Revision]]:
    below: dict[str, Any] = {}
    paths: dict[str, Path] = {}
    for path, module in modules.items():
        constants = _constants(module.body)
        if isinstance(constants.get("revision"), str) and "down_revision" in constants:
            paths[constants["revision"]] = path
            below[constants["revision"]] = constants["down_revision"]
    needed = {name for down in below.values() for name in _names(down)}
    for head in sorted(set(paths) - needed):
        yield list(_down(head, below, paths))


def _down(head: str, below: Mapping[str, Any], paths: Mapping[str, Path]) -> Iterator[Revision]:
    """As far as it is one line: a merge has two predecessors, and ends it."""
    name: Any = head
    for _ in paths:  # never longer, should they stand in a circle
        if not isinstance(name, str) or name not in paths:
            return
        yield Revision(name, paths[name])
        name = below[name]


def _names(down: object) -> Iterable[str]:
    if isinstance(down, str):
        return [down]
    return [one for one in down if isinstance(one, str)] if isinstance(down, tuple) else []


def _django(modules: Mapping[Path, ast.Module]) -> Iterator[list[Revision]]:
    apps: dict[Path, dict[str, set[str]]] = {}
    for path, module in modules.items():
        body = next(
            (
                one.body
                for one in module.body
                if isinstance(one, ast.ClassDef) and one.name == "Migration"
            ),
            None,
        )
        if path.parent.name == "migrations" and body is not None:
            needs = {name for _, name in _pairs(_constants(body).get("dependencies"))}
            apps.setdefault(path.parent, {})[path.stem] = needs
    for folder, known in sorted(apps.items()):
        label = folder.parent.name
        needed = {name for names in known.values() for name in names}
        for leaf in sorted(set(known) - needed):
            line: list[Revision] = []
            name: str | None = leaf
            while name is not None and len(line) < len(known):
                line.append(Revision(f"{label}.{name}", folder / f"{name}.py"))
                name = next((one for one in sorted(known[name]) if one in known), None)
            yield line


def _pairs(found: object) -> list[tuple[Any, Any]]:
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, tuple) and len(one) == 2]


def _constants(body: Sequence[ast.stmt]) -> dict[str, Any]:
    """Assigned literals; of a list what is a literal (a Django migration may name a setting)."""
    found: dict[str, Any] = {}
    for node in body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                found[target.id] = _literal(node.value)
    return found


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.List):
        return [_literal(one) for one in node.elts]
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ...
