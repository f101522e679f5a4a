"""A database as code gives it: a URL, or its parts; and the engine that a scheme names."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from scaffolder.scan.engines import SCHEMES
from scaffolder.scan.env_reads import Read
from scaffolder.scan.python import Module

SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9]*(?:\+[a-z0-9_]+)?)://")
_ENGINES = SCHEMES | {
    "asyncpg": "postgres",
    "psycopg": "postgres",
    "postgresql_psycopg2": "postgres",
    "timescale": "postgres",
}


def engine_of(scheme: str | None) -> str | None:
    """`postgresql+asyncpg` -> postgres; None for what is no database."""
    name = (scheme or "").partition("+")[0]
    return _ENGINES.get(name.removesuffix("gis")) or _ENGINES.get(name)


@dataclass(frozen=True, slots=True)
class Value:
    """A database as an expression gives it. `url`: the variable that holds the whole URL."""

    module: Module = field(repr=False)
    node: ast.AST = field(repr=False)
    scheme: str | None = None
    url: Read | None = None
    parts: tuple[tuple[str, Read | str], ...] = ()
    changed: bool = False
    """The code exchanges something in the URL, such as the scheme."""
    selector: tuple[Read, str] | None = None
    partial: bool = False
    """One of several alternatives, of which some could not be followed."""

    @property
    def engine(self) -> str | None:
        """By the scheme."""
        return engine_of(self.scheme)

    @property
    def reads(self) -> list[Read]:
        """All variables in it."""
        return [
            *([self.url] if self.url else []),
            *(r for _, r in self.parts if isinstance(r, Read)),
        ]
