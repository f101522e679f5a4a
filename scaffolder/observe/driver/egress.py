"""Variables with which the application reaches nothing outside of this machine.

What they do not stop is said in guard/sitecustomize.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.database.cluster import Role
from support.postgres.server import Server

GUARD = Path(__file__).resolve().parent / "guard"
NOWHERE = "http://127.0.0.1:9"  # the port "discard": nothing answers
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
HERE = "localhost,127.0.0.1,::1"


def guarded(
    environment: Mapping[str, Mapping[str, Any]], server: Server, role: Role, refused: Path
) -> dict[str, dict[str, Any]]:
    """The spec's variables and those of the guard, in the form of `settings.ENVIRONMENT`.

    libpq asks for the application's own role with every connection: on the observation's server
    that changes nothing, and a server that the draft does not know of has no such role.
    """

    def sample(name: str) -> str:
        value = environment.get(name, {}).get("sample")
        return "" if value is None else str(value)

    path = ":".join(filter(None, (str(GUARD), sample("PYTHONPATH"))))
    options = f"{sample('PGOPTIONS')} -c role={role.name}".strip()
    added = {
        "PYTHONPATH": path,
        "PGOPTIONS": options,
        "PARITY_REFUSED": str(refused),
        "PARITY_POSTGRES_HOST": server.host,
        "PARITY_POSTGRES_PORT": str(server.port),
        **dict.fromkeys(PROXIES, NOWHERE),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), HERE),
    }
    found = {name: dict(variable) for name, variable in environment.items()}
    return found | {name: {"required": False, "sample": text} for name, text in added.items()}
