"""What a detector gets: the files, the chosen application, its parsed Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scaffolder.scan.facts import Evidence
from scaffolder.scan.python import Module, PythonFiles
from scaffolder.scan.tree import Tree, is_below


@dataclass(frozen=True, slots=True)
class Application:
    """An application of the repository. All paths are seen from the root.

    directory: where it runs and its manifest lies. source: the folder of the import packages.
    packages: dotted names below source that ship. score: how sure it is that this is a service.
    """

    directory: str
    source: str
    packages: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    score: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Repository:
    """A repository, seen from the one application that is looked at.

    Equal to itself only, so that what several detectors ask for can be kept by `lru_cache`.
    """

    tree: Tree
    application: Application
    python: PythonFiles

    @property
    def directory(self) -> str:
        """Where the application runs."""
        return self.application.directory

    def shipped(self) -> Iterator[Module]:
        """Modules of the packages that ship, without tests and migrations."""
        base = self.application.source
        prefix = "" if base == "." else f"{base}/"
        for package in self.application.packages:
            folder = prefix + package.replace(".", "/")
            for module in self.python.with_role("app", "tooling"):
                if module.path == f"{folder}.py" or is_below(module.path, folder):
                    yield module
