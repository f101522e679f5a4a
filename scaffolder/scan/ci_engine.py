"""Which database engine CI gives to the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scaffolder.scan import ci_compose, images
from scaffolder.scan.engines import of_image, of_url
from scaffolder.scan.python import Module, text_of
from scaffolder.scan.tree import Tree

SETTING = re.compile(r"(DATABASE|SQLALCHEMY|DB)_?(URL|URI|DSN|CONNECTION)|^DATABASE$|^DB_URL|DSN$")
"""Names of variables and settings that hold a database's URL."""
_FILES = (
    ".github/workflows/",
    ".gitlab-ci",
    ".circleci/",
    ".travis.yml",
    "azure-pipelines",
    "bitbucket",
)
_RUNS_TESTS = re.compile(
    r"pytest|manage\.py\s+test|unittest|\btox\b|\bnox\b|make\s+\w*test|test[\w-]*\.sh"
    r"|python -m test"
)
_VARIABLE = re.compile(r"\b([A-Z][A-Z0-9_]*)\s*[:=]\s*[\"']?([a-z][a-z0-9+]*:/[^\s\"']*)")
_ENGINES = frozenset({"postgres", "mysql", "mariadb", "sqlite", "mongodb", "oracle", "mssql"})
_COMPOSE = re.compile(r"docker[- ]compose .*")
Found = tuple[str, str, int]
"""(engine, path, line)."""


def text(tree: Tree) -> str:
    """All of CI's configuration that runs tests."""
    return "\n".join(each for _, each in _files(tree))


def engines(tree: Tree, directory: str) -> list[Found]:
    """Engines of the URLs that CI sets; without any, those of its services or of its compose."""
    return list(_urls(tree)) or list(_services(tree)) or list(_composed(tree, directory))


def chooses(tree: Tree, module: Module) -> bool:
    """Whether CI sets a variable of the database that the settings read."""
    words = _words(module)
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b\s*[:=]")
    return bool(words and pattern.search(text(tree)))


def selected(tree: Tree, module: Module) -> list[Found]:
    """Engines that a matrix of CI gives to a variable of the settings: `DB: ${{ matrix.db }}`."""
    words = "|".join(map(re.escape, _words(module)))
    given = re.compile(rf"\b({words})\b\s*:\s*\$\{{\{{\s*matrix\.(\w+)\s*\}}\}}")
    found: list[Found] = []
    for path, content in _files(tree) if words else ():
        for match in given.finditer(content):
            values = re.search(rf"^\s*{match[2]}\s*:\s*\[([^\]]*)\]", content, re.MULTILINE)
            line = content[: values.start(1)].count("\n") + 1 if values else 1
            for name in re.findall(r"[a-z]+", values[1] if values else ""):
                of = {"postgresql": "postgres"}.get(name, name)
                found += [(of, path, line)] if of in _ENGINES else []
    return found


def _words(module: Module) -> list[str]:
    """Variables that a module reads and that are named like a database's."""
    names = {"DATABASE_URL"} if {"dj_database_url", "environ"} & module.aliases.keys() else set()
    for called in ("getenv", "get", "db", "env", "config", "str", "envbool"):
        for call in module.called.get(called, ()):
            names |= {name for each in call.args[:1] if (name := text_of(each))}
    return sorted(name for name in names if name.isupper() and re.search("DB|DATABASE", name))


def _files(tree: Tree) -> Iterator[tuple[str, str]]:
    for path in tree.files:
        if path.startswith(_FILES):
            content = tree.text(path) or ""
            if _RUNS_TESTS.search(content):
                yield path, content


def _urls(tree: Tree) -> Iterator[Found]:
    for path, content in _files(tree):
        for number, line in enumerate(content.split("\n"), 1):
            for name, url in _VARIABLE.findall(line):
                of = of_url(url) if SETTING.search(name) else None
                if of is not None:
                    yield of, path, number


def _services(tree: Tree) -> Iterator[Found]:
    for path, content in _files(tree):
        for number, line in enumerate(content.split("\n"), 1):
            of = of_image(line)
            if of is None and path == ".travis.yml":
                listed = re.match(r"\s*-\s*(postgresql|mysql|mongodb)\s*$", line)
                of = {"postgresql": "postgres"}.get(listed[1], listed[1]) if listed else None
            if of is not None:
                yield of, path, number


def _composed(tree: Tree, directory: str) -> Iterator[Found]:
    for _, content in _files(tree):
        commands = "\n".join(_COMPOSE.findall(content))
        for image, at in ci_compose.started(tree, commands, ".", directory):
            of = images.engine(image)
            if of is not None:
                yield of, at.path, at.line or 1
