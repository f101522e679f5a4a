"""How the team runs its tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scaffolder.scan.facts import Confidence, Evidence, Fact, Place
from scaffolder.scan.manifest import line_of, manifest, setup_cfg, table
from scaffolder.scan.python import Module
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import Tree, is_below, join

_RUNS = re.compile(r"\b(pytest|py\.test|manage\.py test|unittest|coverage run|flask test)\b")
_MARKS = (
    ("pytest", re.compile(r"pytest(\.|$)")),
    ("django", re.compile(r"(django|rest_framework|django_\w+|wagtail)\.test")),
    ("unittest", re.compile(r"unittest$")),
)
_TARGET = re.compile(
    r"^(?:tests?|unit-?tests?|pytest|check|test[-_](?:unit|all|python|backend|py))\s*:(?!=)"
)


def runner(repository: Repository, files: list[Module]) -> Iterator[Fact]:
    """pytest where it is configured or used, else Django's or unittest's."""
    configured = _configured(repository.tree, repository.directory)
    if configured is not None:
        yield Fact("tests.runner", "pytest", (configured,), "manifest", "certain")
        return
    value, evidence = _used(repository, files)
    if value:
        yield Fact("tests.runner", value, (evidence,), "tests", "likely")


def commands(repository: Repository, files: list[Module]) -> Iterator[Fact]:
    """What the Makefile, tox and the manifest say, and what the runner's convention is."""
    yield from _makefile(repository.tree, repository.directory)
    yield from _tox(repository.tree, repository.directory)
    yield from _tasks(repository.tree, repository.directory)
    found = next(runner(repository, files), None)
    if found is not None:
        words = {"pytest": "pytest", "django": "python manage.py test"}
        command = words.get(found.value, "python -m unittest")
        yield Fact("tests.command", command, found.evidence, "tests", "likely")


def _configured(tree: Tree, directory: str) -> Evidence | None:
    own = manifest(tree, directory)
    if own.tool("pytest"):
        return Evidence(own.path, line_of(tree, own.path, r"^\[tool\.pytest"))
    for name, section in (
        ("pytest.ini", r"^\[pytest\]"),
        ("setup.cfg", r"^\[tool:pytest\]"),
        ("tox.ini", r"^\[pytest\]"),
    ):
        path = join(directory, name)
        line = line_of(tree, path, section) if path in tree else None
        if line is not None:
            return Evidence(path, line)
    return None


def _used(repository: Repository, files: list[Module]) -> tuple[str, Evidence]:
    """By what the test files import, conftest.py first."""
    for module in repository.python.modules:
        folder = module.path.rpartition("/")[0] or "."
        if module.path.endswith("conftest.py"):
            below = sum(is_below(each.path, folder) for each in files)
            if below * 2 >= len(files):  # not that of a few browser tests beside the others
                return "pytest", Evidence(module.path)
    helpers = [module for module in repository.python.with_role("test") if module not in files]
    imports = [(name, m, node.lineno) for m in (*files, *helpers) for name, node in m.imported]
    for value, known in _MARKS:
        fitting = [(module, line) for name, module, line in imports if known.match(name)]
        if fitting and (value != "pytest" or _most(fitting, files)):
            module, line = fitting[0]
            return value, Evidence(module.path, line)
    return "", Evidence(".")


def _most(fitting: list[tuple[Module, int]], files: list[Module]) -> bool:
    """Whether the files that import pytest are more than a few of the tests."""
    return len({module.path for module, _ in fitting}) * 4 >= len(files)


def _makefile(tree: Tree, directory: str) -> Iterator[Fact]:
    for path in dict.fromkeys((join(directory, "Makefile"), "Makefile")):
        inside = False
        for number, line in enumerate(tree.lines(path) if path in tree else (), 1):
            if not line.startswith(("\t", " ")) and line.strip():
                inside = bool(_TARGET.match(line))
            elif inside and _RUNS.search(line) and "$(" not in line and not line.endswith("\\"):
                yield _command(line.strip().lstrip("@-"), path, number, "scripts")
                return


def _tox(tree: Tree, directory: str) -> Iterator[Fact]:
    path = join(directory, "tox.ini")
    if path not in tree:
        return
    text = setup_cfg(tree, path).get("testenv", "commands", fallback="") or ""
    lines = [line.strip() for line in text.split("\n") if _RUNS.search(line)]
    if len(lines) == 1 and "{" not in re.sub(r"\s*\{posargs[^}]*\}", "", lines[0]):
        command = re.sub(r"\s*\{posargs[^}]*\}", "", lines[0])
        number = line_of(tree, path, re.escape(lines[0]))
        yield _command(command, path, number, "scripts")


def _tasks(tree: Tree, directory: str) -> Iterator[Fact]:
    """Tasks of poe, PDM, taskipy, hatch and Pipenv that are named for tests."""
    own = manifest(tree, directory)
    tables = [own.tool("poe", "tasks"), own.tool("pdm", "scripts"), own.tool("taskipy", "tasks")]
    tables += [table(each, "scripts") for each in own.tool("hatch", "envs").values()]
    for each in tables:
        for name in ("test", "tests"):
            value = each.get(name)
            value = value.get("cmd") if isinstance(value, dict) else value
            if isinstance(value, str) and _RUNS.search(value) and "{" not in value:
                number = line_of(tree, own.path, rf"^{name}\s*=|^\[tool\.\w+\.\w+\.{name}\]")
                yield _command(value, own.path, number, "manifest")
                return


def _command(text: str, path: str, line: int | None, place: Place) -> Fact:
    sure: Confidence = "likely"
    return Fact("tests.command", " ".join(text.split()), (Evidence(path, line),), place, sure)
