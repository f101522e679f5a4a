"""The server that faults are injected into: never somebody else's."""

from __future__ import annotations

import os
from contextlib import suppress
from types import ModuleType

from support.postgres.binaries import probe, server_user, system_directories
from support.postgres.options import wanted_major
from support.postgres.server import RungFailed


def own_server(settings: ModuleType) -> None:
    """The log must be a file here, and the administrator a superuser: no URL, no container."""
    for name in ("PARITY_DATABASE_URL", "PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    os.environ["PARITY_STRICT"] = "0"  # what differs from production is told, and no error
    os.environ["PARITY_POSTGRES"] = "system" if wanted_major(settings) in installed() else "wheel"


def installed() -> set[int]:
    """Majors whose programs this machine has."""
    found = set()
    for path in system_directories():
        with suppress(RungFailed):
            found.add(probe(path, server_user()).major)
    return found
