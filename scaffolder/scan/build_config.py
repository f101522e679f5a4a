"""What the build configuration says about the packages of a distribution."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from typing import Any

from scaffolder.scan.python import keyword, text_of
from scaffolder.scan.tree import Tree, join

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class Build:
    """root: the folder of the packages, seen from the root; packages: top-level names."""

    root: str | None = None
    packages: tuple[str, ...] = ()


def build_config(tree: Tree, directory: str) -> Build:
    """From pyproject.toml, else setup.py; empty where neither says anything."""
    text = tree.text(join(directory, "pyproject.toml"))
    try:
        tool = tomllib.loads(text or "").get("tool", {})
    except tomllib.TOMLDecodeError as error:
        tree.note(join(directory, "pyproject.toml"), f"not parsed: {error}")
        tool = {}
    folder, names = _of_tool(tool if isinstance(tool, dict) else {})
    if folder is None and not names:
        folder = _of_setup(tree.text(join(directory, "setup.py")) or "")
    root = None if folder is None else join(directory, folder or ".")
    return Build(root, tuple(dict.fromkeys(names)))


def _of_tool(tool: dict[str, Any]) -> tuple[str | None, list[str]]:
    """Folder of the packages (from the manifest's own) and their names, of each build backend."""
    for read in (_hatch, _poetry, _setuptools, _uv):
        folder, names = read(tool)
        if folder is not None or names:
            return folder, names
    pdm = _at(tool, "pdm", "build", "package-dir")
    return (pdm if isinstance(pdm, str) else None), []


def _at(table: object, *keys: str) -> Any:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _hatch(tool: dict[str, Any]) -> tuple[str | None, list[str]]:
    paths = _texts(_at(tool, "hatch", "build", "targets", "wheel", "packages"))
    paths = [path.strip("/") for path in paths]
    folders = {path.rpartition("/")[0] for path in paths}
    return (folders.pop() if len(folders) == 1 else None), [p.rpartition("/")[2] for p in paths]


def _poetry(tool: dict[str, Any]) -> tuple[str | None, list[str]]:
    rows = _at(tool, "poetry", "packages")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    folders = {each for row in rows for each in _texts(row.get("from"))}
    names = [each.split("/")[0] for row in rows for each in _texts(row.get("include"))]
    return (folders.pop() if len(folders) == 1 else None), names


def _setuptools(tool: dict[str, Any]) -> tuple[str | None, list[str]]:
    where = _texts(_at(tool, "setuptools", "packages", "find", "where"))
    mapped = _texts(_at(tool, "setuptools", "package-dir", ""))
    named = _at(tool, "setuptools", "packages")
    names = [each.split(".")[0] for each in _texts(named if isinstance(named, list) else [])]
    names += _texts(_at(tool, "setuptools", "py-modules") or [])
    folders = [*where, *mapped]
    return (folders[0] if len(folders) == 1 else None), names


def _uv(tool: dict[str, Any]) -> tuple[str | None, list[str]]:
    backend = _at(tool, "uv", "build-backend")
    root = _at(backend, "module-root")
    names = [each.split(".")[0] for each in _texts(_at(backend, "module-name"))]
    return (root if isinstance(root, str) else None), names


def _of_setup(text: str) -> str | None:
    """`package_dir={"": "src"}` of setup.py, or find_packages("src")."""
    try:
        parsed = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(parsed):
        if isinstance(node, ast.Call):
            mapping = keyword(node, "package_dir")
            if isinstance(mapping, ast.Dict):
                for key, value in zip(mapping.keys, mapping.values, strict=True):
                    if text_of(key) == "":
                        return text_of(value)
    return None
