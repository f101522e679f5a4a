"""pdm.lock as pins, without PDM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.install.lock_graph import Edge, Package, Pins, holds, needed, read_toml
from support.install.lock_poetry import roots


def convert(
    lock: Path,
    manifest: Path,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    markers: dict[str, str],
) -> Pins:
    """What `pdm sync --prod --group <groups and extras>` installs, apart from the project."""
    document = read_toml(lock)
    entries = document.get("package", [])
    if "inherit_metadata" in document.get("metadata", {}).get("strategy", []):
        wanted = {"default", *groups, *extras}
        chosen = [
            _package(entry)
            for entry in entries
            if wanted & set(entry.get("groups", []))
            and holds(entry.get("marker", ""), {**markers, "extra": ""})
        ]
        return Pins.of({package.name: package for package in chosen}.values(), [])
    project = read_toml(manifest)
    development = project.get("tool", {}).get("pdm", {}).get("dev-dependencies", {})
    asked = roots(project, groups, extras)
    asked += [Edge.parse(text) for group in groups for text in development.get(group, [])]
    return Pins.of(needed(asked, _merged(entries), markers), [])


def _merged(entries: list[dict[str, Any]]) -> list[Package]:
    """A package with extras has an entry of its own, with the edges of those extras."""
    packages: dict[tuple[str, str], Package] = {}
    for entry in entries:
        if not entry.get("extras"):
            packages[entry["name"], entry["version"]] = _package(entry)
    for entry in entries:
        base = packages.get((entry["name"], entry["version"]))
        if base is not None:
            for extra in entry.get("extras", []):
                base.by_extra[extra] = _edges(entry)
    return list(packages.values())


def _package(entry: dict[str, Any]) -> Package:
    return Package(
        name=entry["name"],
        version=entry["version"],
        requirement=_requirement(entry),
        hashes=[] if {"git", "path"} & set(entry) else [f["hash"] for f in entry.get("files", [])],
        edges=_edges(entry),
        python=entry.get("requires_python", "*"),
        marker=entry.get("marker", ""),
    )


def _edges(entry: dict[str, Any]) -> list[Edge]:
    return [Edge.parse(text) for text in entry.get("dependencies", []) if "@ file://" not in text]


def _requirement(entry: dict[str, Any]) -> str:
    if "git" in entry:
        return f"{entry['name']} @ git+{entry['git']}@{entry['revision']}"
    if "path" in entry:
        return f"{'-e ' if entry.get('editable') else ''}{entry['path']}"
    if "url" in entry:
        return f"{entry['name']} @ {entry['url']}"
    return f"{entry['name']}=={entry['version']}"
