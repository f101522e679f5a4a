"""Pipfile.lock as pins, without Pipenv."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from support.install.lock_graph import Package, Pins, holds

SECTIONS = {"dev": "develop"}


def convert(
    lock: Path,
    manifest: Path,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    markers: dict[str, str],
) -> Pins:
    """What `pipenv sync --categories "packages <groups>"` installs; extras do not exist here."""
    document = json.loads(lock.read_text("utf-8"))
    entries: dict[str, dict[str, Any]] = {}
    for group in ("default", *groups):
        for name, entry in document.get(SECTIONS.get(group, group), {}).items():
            if holds(entry.get("markers", ""), {**markers, "extra": ""}):
                entries.setdefault(name, entry)
    urls = [os.path.expandvars(source["url"]) for source in document["_meta"].get("sources", [])]
    packages = [_package(name, entry) for name, entry in entries.items()]
    return Pins.of(packages, [f"--extra-index-url {url}" for url in urls if "pypi.org" not in url])


def _package(name: str, entry: dict[str, Any]) -> Package:
    extras = f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""
    named = f"{name}{extras}"
    hashes = entry.get("hashes", [])
    if "git" in entry:
        under = f"#subdirectory={entry['subdirectory']}" if "subdirectory" in entry else ""
        return Package(name, "", f"{named} @ git+{entry['git']}@{entry['ref']}{under}")
    if "path" in entry:
        path = entry["path"]
        path = path if path.startswith((".", "/")) else f"./{path}"
        return Package(name, "", f"{'-e ' if entry.get('editable') else ''}{path}{extras}")
    if "file" in entry:
        return Package(name, "", f"{named} @ {entry['file']}", hashes)
    return Package(name, entry["version"], f"{named}{entry['version']}", hashes)
