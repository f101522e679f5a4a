"""The application's commands and the variables that production gives them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from support.app import children
from support.install.environment import Environment

COMMAND_SECONDS = 600
STOP_SECONDS = 5
# How pytest and unittest name a test that failed.
FAILED = re.compile(r"^(?:(?:FAILED|ERROR) \S+::.*|(?:FAIL|ERROR): \S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Completed:
    """A finished command: exit code, merged output, seconds."""

    command: str
    returncode: int
    output: str
    seconds: float

    def tail(self, lines: int = 25) -> str:
        return "\n".join(self.output.strip().splitlines()[-lines:])


def process_environment(
    environment: Environment,
    settings: ModuleType,
    database_env: Mapping[str, str],
    *,
    timezone: str | None = None,
    env: Mapping[str, str] | None = None,
    unset: Iterable[str] = (),
) -> dict[str, str]:
    """Production's variables and nothing of the developer's shell."""
    own = environment.path.parent.parent  # .parity: nothing is written into the user's tree
    home = own / "home"
    home.mkdir(parents=True, exist_ok=True)
    variables = {
        "PATH": os.pathsep.join([str(environment.bin), "/usr/local/bin", "/usr/bin", "/bin"]),
        "VIRTUAL_ENV": str(environment.path),
        "HOME": str(home),
        "LANG": settings.LOCALE,
        "LC_ALL": settings.LOCALE,
        "TZ": timezone or settings.TIMEZONE,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPYCACHEPREFIX": str(own / "bytecode"),
    }
    for name, variable in settings.ENVIRONMENT.items():
        if variable["sample"] is not None:
            variables[name] = str(variable["sample"])
    variables.update(database_env)
    variables.update(env or {})
    return {name: value for name, value in variables.items() if name not in set(unset)}


def run(
    command: str,
    variables: Mapping[str, str],
    directory: Path,
    own: Path,
    *,
    timeout: float = COMMAND_SECONDS,
) -> Completed:
    """Run one command without a shell. Exit code 127: not found; 124: took too long.

    `own`: .parity of the repository. Whatever the command leaves running is ended with it.
    """
    log = own / "logs" / f"command-{os.getpid()}.log"
    started = time.monotonic()
    process = children.spawn(shlex.split(command), env=variables, cwd=directory, log=log)
    late = ""
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        late = f"\nstopped after {timeout:.0f} s"
    finally:
        code = children.terminate(process, log, STOP_SECONDS)
    output = log.read_text(encoding="utf-8", errors="replace") + late
    log.unlink()
    return Completed(command, 124 if late else code, output, time.monotonic() - started)


def cause(output: str) -> str:
    """The first line that looks like an exception (what it led to follows), else the last line."""
    lines = [line.strip() for line in output.strip().splitlines() if line.strip()]
    named = [
        line
        for line in lines
        if line.partition(":")[0].rpartition(".")[2].endswith(("Error", "Exception"))
    ]
    return named[0] if named else (lines or ["no output"])[-1]


def failed_tests(output: str) -> str:
    """`: <the first test that failed> and <number> more`; nothing when the output names none."""
    named = FAILED.findall(output)
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return f": {named[0]}{more}" if named else ""
