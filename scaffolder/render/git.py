"""Run git, and nothing of the user's git configuration that could change what it prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
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
    done = _run(*arguments, cwd=cwd, env=env, stdin=stdin)
    if done.returncode:
        said = (_text(done.stderr) or _text(done.stdout)).strip()
        raise GitError(f"git {' '.join(arguments)}: {said}")
    return _text(done.stdout)


def merge(ours: bytes, base: bytes, theirs: bytes, labels: tuple[str, str]) -> tuple[bytes, bool]:
    """The three-way merge of a text, and whether conflict markers are in it.

    Raises GitError for what is no text.
    """
    with tempfile.TemporaryDirectory(prefix="parity-merge-") as name:
        for side, content in (("ours", ours), ("base", base), ("theirs", theirs)):
            Path(name, side).write_bytes(content)
        names = ("-L", labels[0], "-L", "last update", "-L", labels[1])
        done = _run("merge-file", "-p", *names, "ours", "base", "theirs", cwd=Path(name))
    if done.returncode < 0 or done.returncode > 127:
        raise GitError(f"git merge-file: {_text(done.stderr).strip()}")
    return done.stdout, done.returncode > 0


def _run(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None:
        raise GitMissing("git is not installed; parity needs it to render and to update")
    return subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env={**_clean(os.environ), **(env or {})},
        input=b"" if stdin is None else stdin.encode("utf-8", errors="surrogateescape"),
        capture_output=True,
        check=False,
    )


def _text(output: bytes) -> str:
    return output.decode("utf-8", errors="surrogateescape")


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
