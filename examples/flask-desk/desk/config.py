"""What the environment says. Read once, when a process starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


class MissingVariable(RuntimeError):
    """A required variable is not set; the process must not start."""


@dataclass(frozen=True)
class Settings:
    database_url: str
    api_key: str
    page_size: int = 50
    stale_days: int = 14
    poll_seconds: int = 30
    pool_size: int = 4

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        return cls(
            database_url=_required(environ, "DATABASE_URL"),
            api_key=_required(environ, "API_KEY"),
            page_size=int(environ.get("PAGE_SIZE", "50")),
            stale_days=int(environ.get("STALE_DAYS", "14")),
            poll_seconds=int(environ.get("POLL_SECONDS", "30")),
            pool_size=int(environ.get("POOL_SIZE", "4")),
        )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise MissingVariable(f"{name} is not set; see .env.example")
    return value
