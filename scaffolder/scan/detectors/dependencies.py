"""Imports that production does not install, drivers that it lacks, versions that may move."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from scaffolder.scan.database_drivers import ENGINE_OF_DRIVER
from scaffolder.scan.detectors.install import production
from scaffolder.scan.distributions import DEVELOPERS, DRIVERS, distributions
from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.locks import Installed, of_lock, of_requirements
from scaffolder.scan.manifest import (
    Manifest,
    distribution,
    line_of,
    manifest,
    normalised,
    strings,
)
from scaffolder.scan.python import Module
from scaffolder.scan.repository import Repository
from scaffolder.scan.requirements import read, with_included
from scaffolder.scan.tree import Tree

_FOR_DEVELOPERS = re.compile(
    r"(^|/)(local|dev|devel|development|debug|tests?|testing|test_\w+|\w+_test|\w+_dev"
    r"|settings_\w*(?:dev|local|test)\w*|factories|conftest)(\.py$|/)"
)
_URL = re.compile(r"\b(?:postgresql|postgres|mysql|mariadb|sqlite)\+(\w+)(?::|$|\b)")
_INSTALL = re.compile(
    r"\b(pip3?|uv|poetry|pdm|pipenv|apk|apt-get|apt)\b[^\n]*\b(install|add|sync)\b"
)
_WITH_DEVELOPERS = (
    (
        re.compile(r"\buv sync\b"),
        re.compile(r"--no-dev|--no-default-groups|--only-group|--no-group"),
    ),
    (re.compile(r"\bpoetry install\b"), re.compile(r"--no-dev|--only|--without|--sync main")),
    (re.compile(r"\bpdm (install|sync)\b"), re.compile(r"--prod|--production|--no-default|-G")),
)


def detect(repository: Repository) -> Iterator[Fact]:
    """Nothing is said where what production installs is not known well enough."""
    tree, directory = repository.tree, repository.directory
    own = manifest(tree, directory)
    source = production(tree, directory)
    image = _images(tree)
    installed: Installed | None = None
    if source is None:
        yield from _unpinned_manifest(tree, own)
        return
    if source.tool is not None:
        installed = of_lock(tree, source.path, own)
    else:
        installed = of_requirements(tree, source.path, directory)
        yield from _unpinned(tree, source.path, source.sure)
    if installed is not None:
        if "pytest" in installed.production:
            evidence = (Evidence(source.path),)
            yield Fact("dependencies.shipped-runner", "pytest", evidence, "lock", "likely")
        yield from _drivers(repository, installed, image)
        if source.tool is None or not _developers_included(image):
            yield from _imports(repository, installed, image)


def _images(tree: Tree) -> str:
    """Dockerfiles and the shell scripts that install something, continued lines put together."""
    names = tree.named("Dockerfile*", "*.Dockerfile", "Containerfile", "*.sh", "Procfile")
    texts = [tree.text(path) or "" for path in names]
    installing = [text for text in texts if _INSTALL.search(text)]
    return re.sub(r"\\\n", " ", "\n".join(installing))


def _developers_included(image: str) -> bool:
    """Whether an image installs the groups for developers: then nothing is missing in it."""
    if re.search(r"UV_NO_DEV|UV_NO_DEFAULT_GROUPS|POETRY_WITHOUT|--no-root --only", image):
        return False
    return any(
        starts.search(line) and not excludes.search(line)
        for line in image.split("\n")
        for starts, excludes in _WITH_DEVELOPERS
    )


def _imports(repository: Repository, installed: Installed, image: str) -> Iterator[Fact]:
    named = {normalised(word) for word in re.findall(r"[A-Za-z][\w.-]+", image)}
    local = _local(repository)
    for module in repository.shipped():
        if _FOR_DEVELOPERS.search(module.path):
            continue
        for name, statement in module.imported:
            top = name.partition(".")[0]
            if top in local or top in sys.stdlib_module_names or _guarded(module, statement):
                continue
            if isinstance(statement, ast.ImportFrom) and statement.level:
                continue
            brings = distributions(top)
            known = installed.complete or not DEVELOPERS.isdisjoint(brings)
            if known and installed.lacks(brings) and named.isdisjoint(brings):
                sure: Confidence = "certain" if installed.complete else "likely"
                evidence = (Evidence(module.path, statement.lineno),)
                detail = next(each for each in brings if each in installed.developers)
                yield Fact("dependencies.dev-import", module.path, evidence, "code", sure, detail)


def _guarded(module: Module, statement: ast.stmt) -> bool:
    """Whether the code is ready for the import to fail, or asks something before it."""
    return id(statement) in module.scopes.guarded


def _local(repository: Repository) -> set[str]:
    """Top-level names that the repository itself brings, wherever they lie."""
    parts = {part for module in repository.python.modules for part in module.path.split("/")}
    return {part.removesuffix(".py") for part in parts}


def _drivers(repository: Repository, installed: Installed, image: str) -> Iterator[Fact]:
    """Drivers in the URLs of shipped code; where one engine's is there, others are a choice."""
    named = list(_named_drivers(repository))
    there = {
        ENGINE_OF_DRIVER.get(each)
        for _, _, name in named
        for each in DRIVERS.get(name, ())
        if each in installed.production and name != "aiosqlite"
    }
    for module, line, name in named:
        brings = DRIVERS.get(name, ())
        engines = {ENGINE_OF_DRIVER.get(each) for each in brings}
        if there and there.isdisjoint(engines):
            continue
        missing = bool(brings) and installed.production.isdisjoint(brings)
        if missing and not re.search(rf"\b({'|'.join(brings)})\b", image) and name != "aiosqlite":
            evidence = (Evidence(module.path, line),)
            yield Fact("dependencies.missing-driver", brings[0], evidence, "settings", "likely")


def _named_drivers(repository: Repository) -> Iterator[tuple[Module, int, str]]:
    for module in repository.shipped():
        for node in module.all(ast.Constant):
            if isinstance(node.value, str) and "+" in node.value and len(node.value) < 300:
                found = _URL.match(node.value)
                if found:
                    yield module, node.lineno, found[1].lower()


def _unpinned(tree: Tree, path: str, sure: bool) -> Iterator[Fact]:
    """Files that production reads; a constraints file pins what it names."""
    fixed = {
        line.name
        for each in with_included(tree, path, "rc")
        for to, kind, _ in each.includes
        if kind == "c" and to in tree
        for line in read(tree, to).lines
        if line.exact
    }
    confidence: Confidence = "certain" if sure else "likely"
    for each in with_included(tree, path, "rc"):
        free = [line for line in each.lines if not line.exact and line.name not in fixed]
        if free:
            evidence = (Evidence(each.path, free[0].line),)
            detail = ", ".join(line.name for line in free)
            yield Fact("dependencies.unpinned", each.path, evidence, "manifest", confidence, detail)


def _unpinned_manifest(tree: Tree, own: Manifest) -> Iterator[Fact]:
    """Without a lock the manifest is what production installs from."""
    listed = strings(own.project.get("dependencies"))
    free = [distribution(each) for each in listed if not re.search(r"={2,3}\s*\d|@", each)]
    poetry = own.tool("poetry", "dependencies")
    free += [
        normalised(name)
        for name, value in poetry.items()
        if name != "python" and not (isinstance(value, str) and re.match(r"={0,2}\s*\d", value))
    ]
    if free:
        line = line_of(tree, own.path, r"^dependencies\s*=|^\[tool\.poetry\.dependencies\]")
        detail = ", ".join(free)
        evidence = (Evidence(own.path, line),)
        yield Fact("dependencies.unpinned", own.path, evidence, "manifest", "likely", detail)
