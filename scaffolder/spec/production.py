"""The section `production`: what the harness has to reproduce."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scaffolder.spec.app import Commands
from scaffolder.spec.types import (
    AppPath,
    Collation,
    Encoding,
    Extension,
    Glob,
    Image,
    Locale,
    Major,
    Python,
    Section,
    System,
    TimeZone,
    Variable,
)


class ContainerImage(Section):
    """The container image that production runs."""

    dockerfile: AppPath


class EnvironmentVariable(Section):
    """A variable of production's environment."""

    required: bool = Field(
        default=False, description="The start must fail without it, and name it."
    )
    sample: str | None = Field(default=None, description="Value that the harness sets.")


class Database(Section):
    """Production's database."""

    engine: Literal["postgres"]
    version: Major = Field(description="Major version.")
    image: Image | None = Field(default=None, description="Without it: postgres:<version>.")
    extensions: list[Extension] = Field(default=[], description="Extensions that must be there.")
    encoding: Encoding = "UTF8"
    collation: Collation | None = Field(default=None, description="Without it: not checked.")
    timezone: TimeZone = "UTC"
    migrate: Commands | None = Field(
        default=None, description="Command, or commands, that build the schema."
    )
    sql_files: list[Glob] = Field(
        default=[], description="Plain SQL files, applied in name order instead of `migrate`."
    )
    env: dict[Variable, str] = Field(
        min_length=1,
        description="Variables that tell the application its database: "
        "{user} {password} {host} {port} {name}.",
    )


class Production(Section):
    """What production looks like."""

    python: Python
    os: System | None = None
    timezone: TimeZone = "UTC"
    locale: Locale = "C.UTF-8"
    image: ContainerImage | None = None
    database: Database
    environment: dict[Variable, EnvironmentVariable] = Field(
        default={}, description="Variables of production, database apart."
    )
