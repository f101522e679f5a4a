"""What the team's tests need beside production: dependency groups and requirements files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scaffolder.scan.facts import Evidence, Fact
from scaffolder.scan.locks import is_for_developers
from scaffolder.scan.manifest import Manifest, line_of, manifest, table, workspace
from scaffolder.scan.repository import Repository
from scaffolder.scan.requirements import files, is_development
from scaffolder.scan.tree import Tree, join, relative

_OTHER = re.compile(r"(?i)doc|lint|format|typ(es|ing)|release|build|bench")
"""Groups of developers that no test needs."""


def detect(repository: Repository) -> Iterator[Fact]:
    """Groups for developers, of the lock's tool; where there are none, requirements files."""
    tree, directory = repository.tree, repository.directory
    groups = list(_groups(tree, manifest(tree, directory)))
    above = workspace(tree, directory)
    if not groups and above is not None:
        groups = list(_groups(tree, manifest(tree, above)))
    pipfile = join(directory, "Pipfile")
    line = line_of(tree, pipfile, r"\[dev-packages\]") if pipfile in tree else None
    if not groups and line is not None:
        groups = [Fact("tests.group", "dev", (Evidence(pipfile, line),), "manifest")]
    yield from groups or _files(tree, directory)


def _groups(tree: Tree, own: Manifest) -> Iterator[Fact]:
    places = {
        "dependency-groups": own.data,
        "group": own.tool("poetry"),
        "dev-dependencies": own.tool("pdm"),
    }
    for section, holder in places.items():
        for name in table(holder, section):
            if is_for_developers(name) and not _OTHER.search(name):
                yield _group(tree, own, name, name)
    for tool in ("poetry", "uv"):
        if own.tool(tool).get("dev-dependencies"):
            yield _group(tree, own, "dev", "dev-dependencies")


def _group(tree: Tree, own: Manifest, name: str, word: str) -> Fact:
    line = line_of(tree, own.path, rf"(\[.*\b{word}\b.*\]|{word}\s*=)")
    return Fact("tests.group", name, (Evidence(own.path, line),), "manifest", "likely")


def _files(tree: Tree, directory: str) -> Iterator[Fact]:
    for path in files(tree, directory):
        inside = relative(path, directory)
        if is_development(path, directory) and "/" not in inside and path.endswith(".txt"):
            yield Fact("tests.group", inside, (Evidence(path),), "manifest", "likely")
