"""What production installs from, with which tool, on which Python; console scripts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.manifest import (
    Manifest,
    line_of,
    manifest,
    pinned,
    setup_cfg,
    table,
    workspace,
)
from scaffolder.scan.python import keyword, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.requirements import of_production, with_included
from scaffolder.scan.tree import Tree, join

LOCKS = {
    "uv.lock": "uv",
    "poetry.lock": "poetry",
    "pdm.lock": "pdm",
    "Pipfile.lock": "pipenv",
    "pylock.toml": "pip",
}
_WITHOUT_PROJECT = re.compile(r"--no-root|--no-install-project|--no-install-workspace")
_INSTALLS_PROJECT = re.compile(
    r"(poetry install|uv sync|pdm sync|pdm install)(?![^\n]*(--no-root|--no-install-|--no-self))"
    r"|pip install[^\n]*\s(-e\s+)?\.(\s|\[|/|$)|\.whl"
)


def detect(repository: Repository) -> Iterator[Fact]:
    """Locks, Python, scripts and the member of a workspace."""
    own = manifest(repository.tree, repository.directory)
    yield from _lock(repository, own)
    yield from _python(repository.tree, own)
    yield from _member(repository.tree, own)
    yield from _scripts(repository, own)


def production_lock(tree: Tree, directory: str) -> str | None:
    """The lock of a tool, in the folder or in the workspace above it."""
    above = workspace(tree, directory)
    places = [directory] if above is None else [directory, above]
    for place in places:
        for name in LOCKS:
            if join(place, name) in tree:
                return join(place, name)
    return None


@dataclass(frozen=True, slots=True)
class Source:
    """What production installs from; `tool` is None for requirements files."""

    path: str
    tool: str | None
    sure: bool


def production(tree: Tree, directory: str) -> Source | None:
    """A lock before requirements, apart from an image that installs those and no lock."""
    lock = production_lock(tree, directory)
    listed = of_production(tree, directory)
    if lock is not None and not (listed and listed.image and _image_ignores(tree, lock)):
        return Source(lock, LOCKS[lock.rpartition("/")[2]], listed is None)
    return Source(listed.path, None, listed.sure) if listed else None


def _lock(repository: Repository, own: Manifest) -> Iterator[Fact]:
    tree = repository.tree
    source = production(tree, own.directory)
    if source is not None:
        sure: Confidence = "certain" if source.sure else "likely"
        evidence = (Evidence(source.path),)
        yield Fact("install.lock", source.path, evidence, "lock", sure)
        if source.tool is not None:
            yield Fact("install.tool", source.tool, evidence, "lock", sure)
        else:
            tool = "uv" if re.search(r"\buv pip (install|sync)", _images(tree)) else "pip"
            yield Fact("install.tool", tool, evidence, "manifest", "likely")
    elif own.path and own.project.get("dependencies") and "build-system" in own.data:
        line = line_of(tree, own.path, r"^dependencies\s*=", "[project]")
        evidence = (Evidence(own.path, line),)
        yield Fact("install.lock", own.path, evidence, "manifest", "likely")


def _image_ignores(tree: Tree, lock: str) -> bool:
    """Whether no Dockerfile speaks of a lock or its tool, so that another file is production's."""
    name = lock.rpartition("/")[2]
    words = re.compile(rf"\b({re.escape(name)}|{LOCKS[name]} (sync|install|export|run))\b")
    return not words.search(_images(tree))


def _images(tree: Tree) -> str:
    names = tree.named("Dockerfile*", "*.Dockerfile", "Containerfile")
    return "\n".join(tree.text(path) or "" for path in names)


def _python(tree: Tree, own: Manifest) -> Iterator[Fact]:
    """Only what pins one minor version is production's; a lower bound is a guess."""
    for path in dict.fromkeys((join(own.directory, ".python-version"), ".python-version")):
        found = re.match(r"\s*(?:cpython-)?(3\.\d+)(?:\.\d+)?\s*$", tree.text(path) or "")
        if found:
            yield Fact("production.python", found[1], (Evidence(path, 1),), "manifest", "likely")
            break
    poetry = own.tool("poetry", "dependencies").get("python")
    for key, value in (("requires-python", own.project.get("requires-python")), ("python", poetry)):
        python = pinned(value) if isinstance(value, str) else None
        if python is not None:
            line = line_of(tree, own.path, rf"^{key}\s*=")
            sure: Confidence = "certain" if python[1] else "guess"
            evidence = (Evidence(own.path, line),)
            yield Fact("production.python", python[0], evidence, "manifest", sure)
    yield from _pipfile(tree, own.directory)


def _pipfile(tree: Tree, directory: str) -> Iterator[Fact]:
    path = join(directory, "Pipfile")
    for number, line in enumerate(tree.lines(path) if path in tree else (), 1):
        found = re.match(r"python_(?:full_)?version\s*=\s*[\"'](3\.\d+)", line)
        if found:
            yield Fact("production.python", found[1], (Evidence(path, number),), "manifest")


def _member(tree: Tree, own: Manifest) -> Iterator[Fact]:
    above = workspace(tree, own.directory)
    if above is not None and own.name and join(above, "uv.lock") in tree:
        line = line_of(tree, own.path, r"^name\s*=")
        yield Fact("install.member", own.name, (Evidence(own.path, line),), "lock", "likely")


def _scripts(repository: Repository, own: Manifest) -> Iterator[Fact]:
    """Console scripts, where production installs the project itself and not only its lock."""
    tree = repository.tree
    sure: Confidence = "certain" if _project_is_installed(tree, own) else "guess"
    for header, section in (
        ("[project.scripts]", table(own.project, "scripts")),
        ("[tool.poetry.scripts]", own.tool("poetry", "scripts")),
    ):
        for name in section if own.is_package else ():
            line = line_of(tree, own.path, rf"^[\"']?{re.escape(name)}[\"']?\s*=", header)
            yield Fact("app.script", name, (Evidence(own.path, line),), "manifest", sure)
    yield from _setup_scripts(repository, own.directory, sure)


def _project_is_installed(tree: Tree, own: Manifest) -> bool:
    images = _images(tree)
    if _WITHOUT_PROJECT.search(images) and not _INSTALLS_PROJECT.search(images):
        return False
    source = production(tree, own.directory)
    if source is None or source.tool is not None:
        return True
    return any(each.project for each in with_included(tree, source.path)) or bool(
        _INSTALLS_PROJECT.search(images)
    )


def _setup_scripts(repository: Repository, directory: str, sure: Confidence) -> Iterator[Fact]:
    path = join(directory, "setup.cfg")
    if path in repository.tree:
        section = "options.entry_points"
        parser = setup_cfg(repository.tree, path)
        text = parser.get(section, "console_scripts", fallback="") or ""
        for name in _names(text.split("\n")):
            line = line_of(repository.tree, path, rf"^\s*{re.escape(name)}\s*=", f"[{section}]")
            yield Fact("app.script", name, (Evidence(path, line),), "manifest", sure)
    setup = repository.python.by_path.get(join(directory, "setup.py"))
    for node in setup.all(ast.Call) if setup else ():
        points = keyword(node, "entry_points")
        for name, line in _literal_scripts(points):
            yield Fact("app.script", name, (Evidence(setup.path, line),), "manifest", sure)  # type: ignore[union-attr]


def _literal_scripts(points: ast.expr | None) -> Iterator[tuple[str, int]]:
    """Of `{"console_scripts": ["name = module:function"]}`."""
    if not isinstance(points, ast.Dict):
        return
    for key, value in zip(points.keys, points.values, strict=True):
        if text_of(key) == "console_scripts" and isinstance(value, ast.List | ast.Tuple):
            for item in value.elts:
                for name in _names([text_of(item) or ""]):
                    yield name, item.lineno


def _names(lines: list[str]) -> list[str]:
    return [found[1] for line in lines if (found := re.match(r"\s*([\w.-]+)\s*=\s*\w", line))]
