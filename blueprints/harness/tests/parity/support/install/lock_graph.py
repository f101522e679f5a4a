"""Which packages of a lock one machine needs: from the manifest's requirements along their edges."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from support.install.constraints import accepts

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class BrokenLock(Exception):
    """The lock does not hold what the manifest asks for, or holds what cannot be installed."""


@dataclass(frozen=True)
class Edge:
    """One requirement: of the project, or of a package on another one."""

    name: str
    constraint: str = "*"
    extras: tuple[str, ...] = ()
    marker: str = ""
    python: str = "*"

    @classmethod
    def parse(cls, text: str) -> Edge:
        """From PEP 508: `uvicorn[standard]>=0.18; python_version >= "3.9"`."""
        wanted = Requirement(text)
        marker = str(wanted.marker or "")
        extras = tuple(sorted(wanted.extras))
        return cls(canonicalize_name(wanted.name), str(wanted.specifier), extras, marker)


@dataclass
class Package:
    """One locked package."""

    name: str
    version: str
    requirement: str  # a line of a requirements file, without hashes
    hashes: list[str] = field(default_factory=list)  # none: it comes from git or a folder
    edges: list[Edge] = field(default_factory=list)
    by_extra: dict[str, list[Edge]] = field(default_factory=dict)
    python: str = "*"
    marker: str = ""


@dataclass(frozen=True)
class Pins:
    """A converted lock: options of the requirements file, hashed lines, lines without a hash."""

    options: list[str]
    hashed: list[str]
    sources: list[str]

    @classmethod
    def of(cls, packages: Iterable[Package], options: list[str]) -> Pins:
        hashed: list[str] = []
        sources: list[str] = []
        for package in sorted(packages, key=lambda package: package.name):
            marks = "".join(f" --hash={value}" for value in sorted(package.hashes))
            (hashed if marks else sources).append(package.requirement + marks)
        return cls(options, hashed, sources)


def needed(
    roots: Iterable[Edge], packages: list[Package], markers: dict[str, str]
) -> list[Package]:
    """The packages that the roots need on a machine with these markers (PEP 508 names)."""
    by_name: dict[str, list[Package]] = {}
    for package in packages:
        by_name.setdefault(canonicalize_name(package.name), []).append(package)
    chosen: dict[str, Package] = {}
    seen: set[Edge] = set()
    waiting: list[tuple[Edge, tuple[str, ...]]] = [(edge, ("",)) for edge in roots]
    asked = {edge.name for edge, _ in waiting if applies(edge, ("",), markers)}
    absent = sorted(
        canonicalize_name(name) for name in asked if canonicalize_name(name) not in by_name
    )
    if absent:
        raise BrokenLock(f"the lock has no {', '.join(absent)}, which pyproject.toml asks for")
    while waiting:
        edge, extras = waiting.pop()
        if edge in seen or not applies(edge, extras, markers):
            continue
        seen.add(edge)
        found = _pick(by_name.get(canonicalize_name(edge.name), []), edge, markers)
        if found is None:  # only `unsafe` packages (setuptools) are left out of a lock
            continue
        chosen[found.name] = found
        inner = ("", *edge.extras)
        waiting += [(further, inner) for further in found.edges]
        for extra in edge.extras:
            waiting += [(further, inner) for further in found.by_extra.get(extra, [])]
    return list(chosen.values())


def applies(edge: Edge, extras: tuple[str, ...], markers: dict[str, str]) -> bool:
    """Whether an edge holds on this machine, for one of the extras of the package it starts from."""
    if not accepts(edge.python, markers["python_full_version"]):
        return False
    return any(holds(edge.marker, {**markers, "extra": extra}) for extra in extras)


def holds(marker: str, markers: dict[str, str]) -> bool:
    return not marker or Marker(marker).evaluate(dict(markers))


def read_toml(path: Path) -> dict[str, Any]:
    """The document, or nothing when there is no such file."""
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def _pick(candidates: list[Package], edge: Edge, markers: dict[str, str]) -> Package | None:
    """The one entry, or of several (split by Python or platform) the one for this machine."""
    python = markers["python_full_version"]
    fitting = [package for package in candidates if accepts(package.python, python)]
    fitting = [package for package in fitting if holds(package.marker, {**markers, "extra": ""})]
    if len(fitting) > 1:
        fitting = [package for package in fitting if accepts(edge.constraint, package.version)]
    if len(candidates) == 1:
        return candidates[0]
    return max(fitting, key=_version, default=None)


def _version(package: Package) -> Version:
    try:
        return Version(package.version)
    except InvalidVersion:
        return Version("0")
