"""What has to be installed, read from the settings: paths in the tree, names as the spec gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from support.install import lockfiles

MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "uv.toml")
NESTED = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]?\s*([^\s#]+)", re.MULTILINE)
MEMBER = re.compile(r'source = \{ (?:editable|directory|virtual) = "([^"]+)"')


@dataclass(frozen=True)
class Request:
    """One environment that is wanted."""

    directory: Path  # where the application runs
    lock: Path
    python: str  # "3.12"
    groups: tuple[str, ...]  # names of dependency groups
    files: tuple[Path, ...]  # further requirement files
    extras: tuple[str, ...]
    package: str | None  # the workspace member
    extra: tuple[str, ...]  # requirements that the image adds to the lock
    project: bool

    def describe(self) -> str:
        """The part of the cache key that stands in no file."""
        return repr(self)

    def moved(self, source: Path, target: Path) -> Request:
        """The same request in a copy of the tree."""

        def move(path: Path) -> Path:
            return target / path.relative_to(source) if path.is_relative_to(source) else path

        return replace(
            self,
            directory=move(self.directory),
            lock=move(self.lock),
            files=tuple(move(file) for file in self.files),
        )

    def inputs(self) -> list[Path]:
        """Every file that decides what is installed: lock, included files, manifests of members."""
        files: set[Path] = set()
        waiting = [self.lock, *self.files]
        while waiting:
            file = waiting.pop().resolve()
            if file in files or not file.is_file():
                continue
            files.add(file)
            if file.suffix in (".txt", ".in"):
                waiting += [file.parent / name for name in NESTED.findall(file.read_text())]
        folders = {self.directory, self.lock.parent}
        if self.lock.name == "uv.lock" and self.lock.is_file():
            folders |= {self.lock.parent / name for name in MEMBER.findall(self.lock.read_text())}
        manifests = {(folder / name).resolve() for folder in folders for name in MANIFESTS}
        return sorted(files | {manifest for manifest in manifests if manifest.is_file()})


def request(repository: Path, settings: ModuleType, *, own_suite: bool) -> Request:
    """The request of the spec; with `own_suite`, OWN_SUITE's groups and packages are added.

    A group whose name ends in .txt or .in is a requirement file, relative to the directory.
    """
    directory = (repository / settings.DIRECTORY).resolve()
    wanted = settings.INSTALL
    suite = (settings.OWN_SUITE or {}) if own_suite else {}
    names = [*wanted["groups"], *(suite.get("groups") or [])]
    files = [name for name in names if name.endswith((".txt", ".in"))]
    lock = (directory / wanted["lock"]).resolve()
    project = wanted["project"]
    return Request(
        directory=directory,
        lock=lock,
        python=settings.PYTHON,
        groups=tuple(name for name in names if name not in files),
        files=tuple((directory / name).resolve() for name in files),
        extras=tuple(wanted["extras"]),
        package=wanted["package"],
        extra=(*wanted["extra"], *(suite.get("extra") or [])),
        project=lockfiles.is_package(lock, directory) if project is None else project,
    )
