"""The section `app`: what ships, how it is installed and started."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from scaffolder.spec.types import (
    AppPath,
    Command,
    Glob,
    Header,
    HeaderValue,
    Id,
    Line,
    Lock,
    Module,
    Package,
    RepositoryPath,
    Requires,
    Section,
    Url,
    Variable,
    member_of,
)

Commands = Annotated[
    Annotated[Command, Tag("|text")] | Annotated[list[Command], Tag("|list")],
    Discriminator(member_of),
]
"""One command, or several in order."""


class Install(Section):
    """How production installs the application."""

    lock: Lock = Field(description="The lock file, relative to app.directory.")
    groups: list[Package] = Field(
        default=[], description="Dependency groups that production installs."
    )
    extras: list[Package] = Field(
        default=[], description="Extras of the project that production installs."
    )
    package: Package | None = Field(
        default=None, description="Member of a workspace (uv sync --package)."
    )
    extra: list[Requires] = Field(
        default=[], description="Requirements that the image adds to the lock."
    )
    project: bool | None = Field(
        default=None,
        description="Install the project itself. Default: where the manifest holds a package.",
    )


class Worker(Section):
    """A worker process of production, which only needs to start."""

    id: Id
    run: Command


class ModuleExclusion(Section):
    """A module that production never imports."""

    module: Module
    reason: Line


class PathExclusion(Section):
    """A file whose SQL is not prepared."""

    path: AppPath
    reason: Line


class Imports(Section):
    """Settings of the check `imports`."""

    exclude: list[ModuleExclusion] = Field(
        default=[], description="Modules that production never imports, each with the reason."
    )


class Sql(Section):
    """Settings of the check `sql-literals`."""

    exclude: list[PathExclusion] = Field(
        default=[], description="Files whose SQL is left out, each with the reason."
    )
    files: list[Glob] = Field(default=[], description="Further .sql files with statements.")


class OwnSuite(Section):
    """How the team's own test suite runs on the production engine."""

    run: Command = Field(description="The command, like pytest -q tests.")
    groups: list[Package] = Field(
        default=["dev"], description="Dependency groups that the suite needs."
    )
    extra: list[Requires] = Field(
        default=[], description="Requirements that the suite needs beside them."
    )
    env: dict[Variable, str] = Field(
        default={}, description="Variables for the suite; placeholders of the database are filled."
    )
    settings: Module | None = Field(default=None, description="Django settings module.")


class App(Section):
    """The application."""

    name: Id = Field(description="Short name of the application.")
    directory: RepositoryPath = Field(
        default=".", description="Where the application runs, relative to this file."
    )
    packages: list[Module] = Field(
        min_length=1, description="Import packages (or single modules) that ship."
    )
    source: AppPath = Field(
        default=".", description="Folder that holds the packages, relative to directory."
    )
    install: Install
    orm: Literal["sqlalchemy", "django", "none"] = Field(
        default="none", description="sqlalchemy (SQLModel, too), django, or none."
    )
    django_settings: Module | None = Field(default=None, description="Django settings module.")
    start: Command | None = Field(
        default=None,
        description="Production's start command; {port} and {host} are filled in.",
    )
    start_differs: str | None = Field(
        default=None,
        description="What was exchanged in `start` besides address and paths; always printed.",
    )
    health: Url | None = Field(
        default=None,
        description="Path that answers below 400 when healthy. "
        "Without it: a TCP connection, then GET / below 500.",
    )
    proxy_headers: dict[Header, HeaderValue] = Field(
        default={}, description="Headers that production's proxy adds to each request."
    )
    prepare: list[Command] = Field(
        default=[], description="Commands after the migrations; part of the snapshot of each test."
    )
    workers: list[Worker] = Field(default=[], description="Worker processes.")
    scripts: list[Package] = Field(
        default=[], description="Console scripts that must answer --help."
    )
    imports: Imports = Imports()
    sql: Sql = Sql()
    own_suite: OwnSuite | None = Field(default=None, description="The team's own test suite.")
