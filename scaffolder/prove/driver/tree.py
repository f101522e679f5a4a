"""A copy of the repository with an environment of its own, which the application runs from.

Whatever is removed or altered, is so in the copy. Its environment is made as the harness makes the
application's; a .pth file in it starts parity_opened.py in each Python process.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scaffolder.prove.driver.runner import Runner
from support.app import migrate
from support.database.cluster import Database
from support.install import environment as environments
from support.install import worktree
from support.install.environment import Environment
from support.run.session import Session

PROBE = Path(__file__).resolve().parent / "recorder" / "parity_opened.py"
CODE = (".py", ".pyc", ".pyi", ".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Asked:
    """What processes of the copy opened (files of it) and imported (modules that were watched)."""

    files: tuple[Path, ...]
    modules: tuple[str, ...]


class Tree:
    """`repository`: the copy. Raises InstallFailed where it can't be installed."""

    def __init__(self, shared: Session, folder: Path, say: Callable[[str], None]) -> None:
        self.shared, self.say = shared, say
        self.repository = folder / "tree"
        self.log = folder / "opened.log"
        say("a copy of the repository, with an environment of its own")
        worktree.copy(shared.repository, self.repository)
        own = shared.repository / ".parity" / "running"
        own.mkdir(parents=True, exist_ok=True)
        (self.repository / ".parity").mkdir()
        # Whoever cleans up after a killed driver finds the processes of the copy, too.
        (self.repository / ".parity" / "running").symlink_to(own)
        self.environment = self.installed()
        settings = shared.settings
        self.directory = (self.repository / settings.DIRECTORY).resolve()
        self.source = (self.directory / settings.SOURCE).resolve()

    def installed(self, modules: Sequence[str] = ()) -> Environment:
        """The environment for the copy as it is now; imports of `modules` are noted."""
        found = environments.build(self.repository, self.shared.settings, echo=lambda text: None)
        site = site_of(found)
        shutil.copy(PROBE, site)
        config = {"root": str(self.repository), "modules": list(modules), "log": str(self.log)}
        (site / "parity_opened.json").write_text(json.dumps(config), encoding="utf-8")
        (site / "parity_opened.pth").write_text("import parity_opened\n", encoding="utf-8")
        return found

    @contextmanager
    def running(
        self,
        runner: Runner,
        *,
        environment: Environment | None = None,
        template: Database | None = None,
        migration: migrate.Migration | None = None,
    ) -> Iterator[None]:
        """The application runs from the copy; what was made for it is made anew afterwards."""
        shared = self.shared
        kept = shared.repository, shared.environment, shared.template, shared.migration
        runner.recycle()
        self.asked()
        shared.repository, shared.environment = self.repository, environment or self.environment
        shared.template = template or shared.template
        shared.migration = migration or shared.migration
        try:
            yield
        finally:
            runner.recycle()
            shared.repository, shared.environment, shared.template, shared.migration = kept

    @contextmanager
    def lacking(self, *paths: Path) -> Iterator[None]:
        """Files (relative to where the application runs) are not there inside of the block."""
        held = {path: (self.directory / path).read_bytes() for path in paths}
        for path in paths:
            (self.directory / path).unlink()
        try:
            yield
        finally:
            for path, content in held.items():
                (self.directory / path).write_bytes(content)

    def asked(self) -> Asked:
        """Since the last question."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        if text:
            os.truncate(self.log, 0)
        lines = [line.partition(" ") for line in text.splitlines()]
        return Asked(
            tuple(dict.fromkeys(Path(rest) for kind, _, rest in lines if kind == "open")),
            tuple(dict.fromkeys(rest for kind, _, rest in lines if kind == "import")),
        )

    def runs_here(self, asked: Asked) -> bool:
        """Whether the application's own code was loaded from the copy."""
        packages = [str(self.source / name) for name in self.shared.settings.PACKAGES]
        return any(package in str(path) for path in asked.files for package in packages)

    def data_files(self, asked: Asked) -> list[Path]:
        """Files of the packages that ship, and are no code; relative to the directory."""
        packages = [self.source / name for name in self.shared.settings.PACKAGES]
        return [
            path.relative_to(self.directory)
            for path in asked.files
            if path.suffix not in CODE
            and any(path.is_relative_to(package) for package in packages)
            and path.is_relative_to(self.directory)
            and path.is_file()  # a search for templates or settings opens what nobody has written
        ]

    def shipped(self) -> list[Path]:
        """All data files of the packages, relative to the directory."""
        packages = [self.source / name for name in self.shared.settings.PACKAGES]
        found = [path for package in packages for path in sorted(package.rglob("*"))]
        return self.data_files(Asked(tuple(found), ()))


def site_of(environment: Environment) -> Path:
    """Where the packages of an environment lie."""
    (found,) = environment.path.glob("lib/python*/site-packages")
    return found
