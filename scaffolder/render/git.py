"""Run git, and nothing of the user's git configuration that could change what it prints."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from scaffolder.errors import BadInput, Missing


class GitMissing(Missing):
    """There is no git on this machine."""


class GitError(BadInput):
    """A git command failed; the message holds the command and what git said."""


def git(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """The output of a git command, undecodable bytes kept as surrogates.

    Raises GitMissing without git, GitError when the command fails.
    """
    program = shutil.which("git")
    if program is None:
        raise GitMissing("git is not installed; parity needs it to render and to update")
    done = subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env={**_clean(os.environ), **(env or {})},
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    if done.returncode:
        raise GitError(f"git {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the variables that point git at a repository: in a hook they name the outer one."""
    kept = {name: text for name, text in environment.items() if name not in _REPOSITORY}
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


_REPOSITORY = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_PREFIX",
        "GIT_COMMON_DIR",
    }
)
