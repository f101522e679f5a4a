"""Which faults a worker runs: those that were asked for, and of these its part."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from scaffolder.prove.driver.trace import Target


def is_asked(job: Mapping[str, Any], target: Target) -> bool:
    """By its own name or by the wide fault's; everything is, where nothing is named."""
    only = job["only"]
    return not only or target.fault in only or target.id in only


def is_mine(job: Mapping[str, Any], name: str) -> bool:
    """Whether it falls to this worker; each name does to exactly one."""
    part, parts = job["part"]
    return zlib.crc32(name.encode()) % int(parts) == int(part)
