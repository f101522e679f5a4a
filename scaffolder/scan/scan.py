"""From a folder to its facts."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scaffolder.scan.applications import applications
from scaffolder.scan.detectors import (
    ci,
    compose,
    database,
    dependencies,
    deploy,
    docker,
    environment,
    framework,
    install,
    migrations,
    needs,
    proxy,
    routes,
    services,
    smells,
    sql,
    suite,
)
from scaffolder.scan.facts import Fact, Facts, together
from scaffolder.scan.python import PythonFiles
from scaffolder.scan.repository import Application, Repository
from scaffolder.scan.tree import Note, Tree

DETECTORS: dict[str, Callable[[Repository], Iterator[Fact]]] = {
    "docker": docker.detect,
    "compose": compose.detect,
    "deploy": deploy.detect,
    "ci": ci.detect,
    "install": install.detect,
    "dependencies": dependencies.detect,
    "framework": framework.detect,
    "database": database.detect,
    "migrations": migrations.detect,
    "environment": environment.detect,
    "services": services.detect,
    "routes": routes.detect,
    "proxy": proxy.detect,
    "sql": sql.detect,
    "smells": smells.detect,
    "suite": suite.detect,
    "needs": needs.detect,
}
"""One for each kind of evidence; a new one costs a module, a line here and a test."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found. `application` is None where the repository holds none."""

    applications: tuple[Application, ...]
    application: Application | None
    facts: Facts
    notes: tuple[Note, ...]
    tree: Tree


def scan(root: Path, app: str | None = None) -> Scan:
    """Read a repository; `app` is the directory of the application that is meant.

    Without it the most likely application is looked at; nothing of the repository is executed.
    """
    with _without_collection():
        return _scan(root, app)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Syntax trees hold no cycles; looking for some takes half of the time of parsing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _scan(root: Path, app: str | None) -> Scan:
    tree = Tree.read(root)
    found = applications(tree)
    chosen = next((each for each in found if app is None or each.directory == app), None)
    if chosen is None:
        return Scan(found, None, Facts(), tuple(tree.notes), tree)
    python = PythonFiles.parse(tree, chosen.directory)
    repository = Repository(tree, chosen, python)
    facts = together(detect(repository) for detect in DETECTORS.values())
    return Scan(found, chosen, facts, tuple(tree.notes), tree)
