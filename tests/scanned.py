"""Small repositories for the tests of detectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent

from scaffolder.scan.facts import Fact
from scaffolder.scan.python import PythonFiles
from scaffolder.scan.repository import Application, Repository
from scaffolder.scan.tree import Tree

Detect = Callable[[Repository], Iterator[Fact]]


def repository(
    root: Path,
    files: Mapping[str, str],
    *,
    packages: tuple[str, ...] = ("shop",),
    directory: str = ".",
    source: str | None = None,
) -> Repository:
    """Files by path, with the application that they hold."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    tree = Tree.read(root)
    application = Application(directory, source or directory, packages, ())
    return Repository(tree, application, PythonFiles.parse(tree, directory))


def found(detect: Detect, where: Repository, key: str, *, guesses: bool = False) -> list[str]:
    """The values of a key in the order in which they are found, guesses left out."""
    facts = [fact for fact in detect(where) if fact.key == key]
    kept = [fact.value for fact in facts if guesses or fact.confidence != "guess"]
    return list(dict.fromkeys(kept))


def the(detect: Detect, where: Repository, key: str) -> Fact:
    """The only fact of a key."""
    (fact,) = [fact for fact in detect(where) if fact.key == key]
    return fact
