"""What a project says of itself: pyproject.toml, setup.cfg, Pipfile, .python-version."""

from __future__ import annotations

import configparser
import re
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from scaffolder.scan.tree import Tree, join, relative

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_CLAUSE = re.compile(r"(===|==|~=|>=|<=|!=|<|>|\^|~|)\s*v?(\d+)(?:\.(\d+|\*))?(?:\.(\d+|\*))?")
_BULK = re.compile(
    r"^(?:\s+\{ ?(?:url|file|path) ?= ?\"[^\n]*\},?|sdist = \{[^\n]*\})$\n?", re.MULTILINE
)
"""The lines of a lock that name archives and their hashes: nine tenths of its text."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A folder's pyproject.toml; `path` is "" where there is none, `data` then empty."""

    directory: str
    path: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def project(self) -> dict[str, Any]:
        """The table [project]."""
        return table(self.data, "project")

    def tool(self, *names: str) -> dict[str, Any]:
        """A table below [tool]."""
        return table(self.data, "tool", *names)

    @property
    def is_package(self) -> bool:
        """Whether an installation with uv, Poetry or pip installs the project itself."""
        if "package-mode" in self.tool("poetry"):
            return self.tool("poetry")["package-mode"] is not False
        if "package" in self.tool("uv"):
            return self.tool("uv")["package"] is True
        if "distribution" in self.tool("pdm"):
            return self.tool("pdm")["distribution"] is True
        return "build-system" in self.data

    @property
    def name(self) -> str:
        """The distribution's name, as written."""
        name = self.project.get("name") or self.tool("poetry").get("name")
        return name if isinstance(name, str) else ""


def manifest(tree: Tree, directory: str) -> Manifest:
    """The manifest of a folder."""
    path = join(directory, "pyproject.toml")
    return Manifest(directory, path, toml(tree, path)) if path in tree else Manifest(directory)


def toml(tree: Tree, path: str) -> dict[str, Any]:
    """A TOML file; empty, with a note of the tree, when it is none."""
    text = tree.text(path)
    if text is None:
        return {}
    data = _parsed(text)
    if data is None:
        tree.note(path, "not parsed: no TOML")
    return data or {}


def table(data: Any, *names: str) -> dict[str, Any]:
    """A table in tables; empty where a step is missing or something else."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def strings(value: Any) -> list[str]:
    """The strings of a list; none of anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution(requirement: str) -> str:
    """The normalised name of `Name[extra]>=1; marker`; "" for what is none."""
    found = _NAME.match(requirement)
    return normalised(found[1]) if found else ""


def workspace(tree: Tree, directory: str) -> str | None:
    """The folder of the uv workspace that a folder is a member of, above it."""
    above = directory
    while above != ".":
        above = join(above, "..")
        members = manifest(tree, above).tool("uv", "workspace")
        inside = relative(directory, above)
        if any(fnmatchcase(inside, glob.rstrip("/")) for glob in strings(members.get("members"))):
            excluded = strings(members.get("exclude"))
            return None if any(fnmatchcase(inside, glob) for glob in excluded) else above
    return None


def line_of(tree: Tree, path: str, pattern: str, section: str = "") -> int | None:
    """The first line that a pattern fits, after the one that equals `section`; from 1."""
    compiled = re.compile(pattern)
    below = not section
    for number, line in enumerate(tree.lines(path), 1):
        if below and compiled.search(line):
            return number
        below = below or line.strip() == section
    return None


def pinned(specifier: str) -> tuple[str, bool] | None:
    """The minor version of Python that a specifier starts at, and whether it allows no other.

    `>=3.12,<3.13` -> ("3.12", True); `^3.12` -> ("3.12", False); None when it has no lower bound.
    """
    lower: str | None = None
    above: tuple[int, int] | None = None
    only = False
    for clause in re.split(r"[,\s]+(?=[<>=!~^\d])", specifier.replace("||", ",").strip()):
        found = _CLAUSE.fullmatch(clause.strip())
        if found is None or found[3] in (None, "*"):
            continue
        sign, major, minor, patch = found[1], int(found[2]), int(found[3]), found[4]
        if sign in ("", "==", "===", "~") or (sign == "~=" and patch is not None):
            lower, only = f"{major}.{minor}", True
        elif sign in (">=", ">", "^", "~="):
            lower = lower or f"{major}.{minor}"
        elif sign == "<" and patch in (None, "0"):
            above = (major, minor)
    if lower is not None and above is not None:
        start = tuple(map(int, lower.split(".")))
        only = only or above == (start[0], start[1] + 1)
    return None if lower is None else (lower, only)


def setup_cfg(tree: Tree, path: str) -> configparser.ConfigParser:
    """An INI file; without sections, with a note of the tree, when it is none."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(tree.text(path) or "")
    except configparser.Error:
        tree.note(path, "not parsed: no INI file")
        return configparser.ConfigParser()
    return parser


@lru_cache(maxsize=16)
def _parsed(text: str) -> dict[str, Any] | None:
    """Read without the lines about archives first: a lock of a megabyte takes half a second."""
    for variant in (_BULK.sub("", text) if len(text) > 20_000 else text, text):
        try:
            return tomllib.loads(variant)
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
    return None
