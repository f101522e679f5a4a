"""How a server of ours is set up: production's locale and zone, and no waiting for disks."""

from __future__ import annotations

from typing import Any

# fsync and friends: the data does not outlive the session. autovacuum: nothing but the
# application shall write, that is how a reset knows whether anything was written at all.
# mmap: a container's /dev/shm is small, and parallel queries would fail for want of it.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "dynamic_shared_memory_type": "mmap",
    "log_statement": "none",
    "log_checkpoints": "off",
    "log_min_error_statement": "error",
    "log_line_prefix": "%m [%p] %u@%d ",
}


def wanted_major(settings: Any) -> int:
    return int(str(settings.DATABASE["version"]).split(".")[0])


def options(settings: Any) -> list[str]:
    """Arguments of `postgres`, as every server of ours gets them."""
    zone = settings.DATABASE["timezone"] or "UTC"
    pairs = {**OPTIONS, "timezone": zone, "log_timezone": "UTC"}
    return [word for name, value in pairs.items() for word in ("-c", f"{name}={value}")]


def locales(settings: Any) -> list[str]:
    """Production's collation, and what to use where this machine does not have it."""
    wished = settings.DATABASE["collation"]
    return list(dict.fromkeys([*([wished] if wished else []), "C.UTF-8", "en_US.UTF-8", "C"]))


def initdb_options(settings: Any, locale: str) -> list[str]:
    """Arguments of `initdb`; messages in English, so that a failure reads the same anywhere."""
    encoding = settings.DATABASE["encoding"] or "UTF8"
    return [f"--encoding={encoding}", f"--locale={locale}", "--lc-messages=C"]
