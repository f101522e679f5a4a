"""One run of uv for an installation, and what a failure of it looks like."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.install.interpreter import uv
from support.install.request import Request
from support.run.results import Unavailable

LAST_LINES = 20
NO_ANSWER = re.compile(r"Failed to fetch|error sending request|client error|timed out")
MINE = (
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHOME",
    "UV_PROJECT",
    "UV_PYTHON",
    "UV_NO_DEFAULT_GROUPS",
)


class InstallFailed(Unavailable):
    """The lock cannot be installed: its name and the last lines of what uv said."""


@dataclass(frozen=True)
class Job:
    """One installation: the request with its paths in the copy, the interpreter, the target."""

    request: Request
    python: Path
    version: str  # of that Python, in full
    target: Path
    scratch: Path

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """Run uv in the application's folder of the copy. Raises InstallFailed.

        An index that does not answer is done without, when all that is wanted lies in uv's cache.
        """
        environment = {name: value for name, value in os.environ.items() if name not in MINE}
        environment |= {"UV_PROJECT_ENVIRONMENT": str(self.target), "UV_NO_PROGRESS": "1"}
        environment |= {"VIRTUAL_ENV": str(self.target), "NO_COLOR": "1"}
        environment |= {
            "UV_PYTHON_DOWNLOADS": "never",
            "GIT_OPTIONAL_LOCKS": "0",
            "UV_COMPILE_BYTECODE": "0",
        }
        folder = cwd or self.request.directory
        answer = _uv(command, folder, environment)
        if answer.returncode and NO_ANSWER.search(answer.stderr):
            cached = _uv(command, folder, {**environment, "UV_OFFLINE": "1"})
            answer = answer if cached.returncode else cached
        if answer.returncode != 0:
            said = f"uv {shlex.join(command)}\n{_essence(answer.stderr)}"
            raise InstallFailed(f"{self.request.lock.name} cannot be installed: {said}")
        return answer.stdout


def _uv(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*uv(), *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def _essence(output: str) -> str:
    """The last lines, and before them the line that names the package."""
    lines = output.strip().splitlines()
    first = [line for line in lines[:-LAST_LINES] if line.lstrip().startswith(("error", "×"))][:1]
    return "\n".join([*first, *lines[-LAST_LINES:]])
