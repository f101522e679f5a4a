"""One example in a git repository of its own: scaffold, run, break, run again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffolder.demo.examples import Breakage, Example
from scaffolder.render.git import git

LEFT_OUT = shutil.ignore_patterns("breakages", ".venv", "__pycache__", ".parity", ".pytest_cache")
AUTHOR = ("-c", "user.name=parity demo", "-c", "user.email=parity@localhost")
Echo = Callable[[str], None]


class TrialFailed(Exception):
    """A step that has nothing to do with the application did not work; the text has its output."""


@dataclass(frozen=True, slots=True)
class Run:
    """A nox session: exit code, output, seconds, and .parity/results.json (empty without)."""

    returncode: int
    output: str
    seconds: float
    results: dict[str, Any]

    def checks(self) -> dict[str, dict[str, Any]]:
        """Check id -> its entry in the results."""
        return {entry["check"]: entry for entry in self.results.get("checks", [])}

    def result(self, check: str) -> str:
        """The result of a check; "not run" when it has none."""
        return str(self.checks().get(check, {}).get("result", "not run"))

    def reds(self) -> list[str]:
        """The ids of the checks that failed or were blocked."""
        return [name for name, entry in self.checks().items() if entry["result"] in RED]


RED = ("failed", "blocked")


@dataclass(frozen=True, slots=True)
class Trial:
    """A repository that holds an example; every step is committed."""

    folder: Path

    @classmethod
    def begin(cls, example: Example, folder: Path) -> Trial:
        """Copy the example to `folder` (empty or absent) and commit it."""
        shutil.copytree(example.folder, folder, ignore=LEFT_OUT, dirs_exist_ok=True)
        trial = cls(folder)
        git("init", "--quiet", "--initial-branch=main", cwd=folder)
        trial.commit(f"The {example.name} example")
        return trial

    def commit(self, message: str) -> None:
        """Everything that lies there."""
        git("add", "--all", cwd=self.folder)
        git(*AUTHOR, "commit", "--quiet", "--no-verify", "-m", message, cwd=self.folder)

    def scaffold(self) -> str:
        """`parity scaffold`, as a user types it; committed. Returns what it printed."""
        command = [sys.executable, "-m", "scaffolder", "scaffold", "--yes", "."]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            said = f"{done.stdout}{done.stderr}"
            raise TrialFailed(f"parity scaffold: exit code {done.returncode}\n{said}")
        self.commit("Add the parity harness")
        return done.stdout

    def run(self, command: str, env: dict[str, str] | None = None, echo: Echo | None = None) -> Run:
        """One nox session, also with arguments (`pr_smoke -- -k name`); `echo` gets each line."""
        results = self.folder / ".parity" / "results.json"
        results.unlink(missing_ok=True)
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "nox", "-s", *command.split()],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if echo:
                echo(line.rstrip())
        code = process.wait()
        read = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
        return Run(code, "".join(lines), time.monotonic() - started, read)

    def apply(self, breakage: Breakage) -> None:
        """Apply the patch to the work tree; not committed."""
        git("apply", "--whitespace=nowarn", str(breakage.patch), cwd=self.folder)

    def restore(self) -> None:
        """The work tree as committed."""
        git("reset", "--quiet", "--hard", cwd=self.folder)
        git("clean", "--quiet", "-d", "--force", cwd=self.folder)
