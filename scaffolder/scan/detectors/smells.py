"""Facts about smells."""

from __future__ import annotations

from collections.abc import Iterator

from scaffolder.scan.facts import Fact
from scaffolder.scan.repository import Repository


def detect(repository: Repository) -> Iterator[Fact]:
    """Nothing yet."""
    yield from ()
