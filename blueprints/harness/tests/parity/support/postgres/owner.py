"""Which process something belongs to, and whether that process still lives."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HIDDEN = "hidden"  # start time of another user's process where /proc does not show those


@dataclass(frozen=True)
class Owner:
    """A process, told from a later one of the same pid by its start time."""

    machine: str
    pid: int
    started: str

    @classmethod
    def me(cls) -> Owner:
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Owner:
        return cls(_machine(), pid, started(pid) or "")

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        machine, _, rest = text.partition("/")
        pid, _, started = rest.partition("/")
        return cls(machine, int(pid), started) if pid.isdigit() else None

    def __str__(self) -> str:
        return f"{self.machine}/{self.pid}/{self.started}"

    def is_gone(self) -> bool:
        """True only when it ran here and has ended: nobody can tell about another machine."""
        return self.machine == _machine() and started(self.pid) not in (self.started, HIDDEN)


def _machine() -> str:
    """This host and its process numbers: containers that share a cache have other numbers."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    return f"{socket.gethostname()}-{space}".replace("/", "-")


def started(pid: int) -> str | None:
    """The start time of a living process; unlike its pid it is never used twice."""
    if not sys.platform.startswith("linux"):
        return _ps(pid, "lstart") or None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8")
    except OSError:
        return HIDDEN if _exists(pid) else None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot[:8]}-{fields[19]}"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    return True


def command_line(pid: int) -> str:
    if not sys.platform.startswith("linux"):
        return _ps(pid, "command")
    try:
        return (
            Path(f"/proc/{pid}/cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
        )
    except OSError:
        return ""


def _ps(pid: int, column: str) -> str:
    command = ["ps", "-ww", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
