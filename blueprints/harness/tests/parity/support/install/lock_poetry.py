"""poetry.lock (all versions since 1.0) as pins, without Poetry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.install.lock_graph import Edge, Package, Pins, needed, read_toml


def convert(
    lock: Path,
    pyproject: Path,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    markers: dict[str, str],
) -> Pins:
    """What `poetry install --only main --with <groups> --extras <extras>` installs, but the project.

    Raises BrokenLock when the lock lacks a requirement of pyproject.toml.
    """
    document = read_toml(lock)
    files = document.get("metadata", {}).get("files", {})
    packages = [_package(entry, files) for entry in document.get("package", [])]
    chosen = needed(roots(read_toml(pyproject), groups, extras), packages, markers)
    indexes = {
        entry["source"]["url"]
        for entry in document.get("package", [])
        if entry.get("source", {}).get("type") == "legacy"
    }
    return Pins.of(chosen, [f"--extra-index-url {index}" for index in sorted(indexes)])


def roots(manifest: dict[str, Any], groups: tuple[str, ...], extras: tuple[str, ...]) -> list[Edge]:
    """The project's own requirements: main ones, those of the groups, those of the extras."""
    project = manifest.get("project", {})
    poetry = manifest.get("tool", {}).get("poetry", {})
    edges = [Edge.parse(text) for text in project.get("dependencies", [])]
    for extra in extras:
        edges += map(Edge.parse, project.get("optional-dependencies", {}).get(extra, []))
    wanted = {canonicalize_name(n) for e in extras for n in poetry.get("extras", {}).get(e, [])}
    for name, value in poetry.get("dependencies", {}).items():
        for table, edge in _edges(name, value):
            if not table.get("optional") or canonicalize_name(name) in wanted:
                edges.append(edge)
    tables = {"dev": poetry.get("dev-dependencies", {})}
    for group, content in poetry.get("group", {}).items():
        tables[group] = {**tables.get(group, {}), **content.get("dependencies", {})}
    for group in groups:
        for name, value in tables.get(group, {}).items():
            edges += [edge for _, edge in _edges(name, value)]
        edges += _standard_group(manifest.get("dependency-groups", {}), group)
    return edges


def _standard_group(groups: dict[str, Any], name: str) -> Iterator[Edge]:
    for entry in groups.get(name, []):
        if isinstance(entry, dict):
            yield from _standard_group(groups, entry["include-group"])
        else:
            yield Edge.parse(entry)


def _edges(name: str, value: Any) -> Iterator[tuple[dict[str, Any], Edge]]:
    """`name = "^1"`, `name = {version = ..., markers = ...}` or a list of such tables."""
    if name.lower() == "python":
        return
    for entry in value if isinstance(value, list) else [value]:
        table: dict[str, Any] = entry if isinstance(entry, dict) else {"version": entry}
        marker = table.get("markers", "")
        if "platform" in table:
            platform = f"sys_platform == '{table['platform']}'"
            marker = f"({marker}) and {platform}" if marker else platform
        yield (
            table,
            Edge(
                canonicalize_name(name),
                table.get("version", "*"),
                tuple(table.get("extras", ())),
                marker,
                table.get("python", "*"),
            ),
        )


def _package(entry: dict[str, Any], files: dict[str, Any]) -> Package:
    dependencies = [
        (table, edge)
        for name, value in entry.get("dependencies", {}).items()
        for table, edge in _edges(name, value)
    ]
    by_extra: dict[str, list[Edge]] = {}
    for extra, texts in entry.get("extras", {}).items():
        named = {canonicalize_name(_name(text)) for text in texts}
        by_extra[extra] = [edge for _, edge in dependencies if edge.name in named]
    hashed = entry.get("files") or files.get(entry["name"], [])
    source = entry.get("source", {})
    kind = source.get("type", "legacy")
    marker = entry.get("markers", "")
    return Package(
        name=entry["name"],
        version=entry["version"],
        requirement=_requirement(entry, source),
        hashes=[file["hash"] for file in hashed] if kind in ("legacy", "url", "file") else [],
        edges=[edge for table, edge in dependencies if not table.get("optional")],
        by_extra=by_extra,
        python=entry.get("python-versions", "*"),
        marker=marker if isinstance(marker, str) else "",  # a table gives one per group
    )


def _name(text: str) -> str:
    """`python-dateutil`, `uvloop (>=0.14)` and `uvloop>=0.14; sys_platform != "win32"`."""
    return Requirement(text.replace("(", " ").replace(")", " ")).name


def _requirement(entry: dict[str, Any], source: dict[str, Any]) -> str:
    name, kind, url = entry["name"], source.get("type"), source.get("url", "")
    under = f"#subdirectory={source['subdirectory']}" if "subdirectory" in source else ""
    if kind == "git":
        commit = source.get("resolved_reference") or source["reference"]
        if urlsplit(url).scheme in ("", "file") or "@" in url.split("/")[0]:
            host, _, path = url.partition(":")  # git@host:owner/name
            url = f"ssh://{host}/{path}" if path and "//" not in url else url
        return f"{name} @ git+{url}@{commit}{under}"
    if kind == "url":
        return f"{name} @ {url}{under}"
    if kind in ("directory", "file"):
        editable = "-e " if kind == "directory" and entry.get("develop") else ""
        return f"{editable}{url}" if url.startswith((".", "/")) else f"{editable}./{url}"
    return f"{name}=={entry['version']}"
