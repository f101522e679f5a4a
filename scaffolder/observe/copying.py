"""A copy of a repository to run it in: what git knows or would add, and nothing from outside."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scaffolder.errors import BadInput
from scaffolder.render.git import git

MAX_BYTES = 500_000_000
MAX_FILES = 50_000
LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".parity", "node_modules"}
    | {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
)
# A repository's own configuration must not make git run a program.
SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
LOOKING = {"GIT_OPTIONAL_LOCKS": "0"}
# In the copy the user's configuration has no say either: filters, signatures, hooks.
ALONE = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
AUTHOR = ("-c", "user.name=parity", "-c", "user.email=parity@localhost")


class TooLarge(BadInput):
    """The repository is larger than what is copied; the text has both sizes."""


@dataclass
class Copied:
    """What was copied; `left_out`: paths that were not, with the reason."""

    files: int = 0
    size: int = 0
    left_out: list[str] = field(default_factory=list)


def copy(repository: Path, target: Path) -> Copied:
    """Copy to `target`, a folder that does not exist, and make that a git repository.

    The copy has one commit with everything, since build backends ask git which files they ship.
    Raises TooLarge before anything is written, and OSError when the disk is full.
    """
    root = repository.resolve()
    names = list(_listed(root))
    found = Copied()
    for name in names:
        found.size += (root / name).lstat().st_size
    found.files = len(names)
    if found.files > MAX_FILES or found.size > MAX_BYTES:
        raise TooLarge(
            f"{found.files} files with {found.size // 1_000_000} MB are not ignored by git; at most"
            f" {MAX_FILES} files with {MAX_BYTES // 1_000_000} MB are copied to be observed"
        )
    target.mkdir(parents=True)
    for name in names:
        _copy(root, target, name, found)
    git("init", "--quiet", cwd=target, env=ALONE)
    git(*SAFE, "add", "--all", "--force", cwd=target, env=ALONE)
    git(*SAFE, *AUTHOR, "commit", "--quiet", "--allow-empty", "-m", "Copy", cwd=target, env=ALONE)
    return found


def _listed(root: Path) -> Iterator[str]:
    """Paths of files and links, relative; those of submodules, too."""
    names = _of_git(root)
    for name in _walk(root) if names is None else names:
        try:
            mode = (root / name).lstat().st_mode
        except OSError:  # deleted, and still listed
            continue
        if stat.S_ISDIR(mode):  # a repository in the repository
            yield from (f"{name.rstrip('/')}/{inner}" for inner in _listed(root / name))
        elif stat.S_ISREG(mode) or stat.S_ISLNK(mode):
            yield name


def _of_git(root: Path) -> list[str] | None:
    """What git knows or would add; None where it has nothing to say (an ignored folder, say)."""
    try:
        listed = git(*SAFE, "ls-files", "-z", "-co", "--exclude-standard", cwd=root, env=LOOKING)
    except BadInput:
        return None
    return sorted(set(listed.split("\0")) - {""}) or None


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root, followlinks=False):
        base = Path(folder).relative_to(root)
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = [name for name in folders if name not in LEFT_OUT and name not in links]
        yield from ((base / name).as_posix() for name in [*names, *links])


def _copy(root: Path, target: Path, name: str, found: Copied) -> None:
    source, copied = root / name, target / name
    copied.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        if (leads := _inside(root, source)) is None:
            found.left_out.append(f"{name}: a link that leaves the repository, or leads nowhere")
        else:
            copied.symlink_to(os.path.relpath(target / leads, copied.parent))
        return
    try:
        shutil.copy2(source, copied, follow_symlinks=False)
    except PermissionError as error:
        found.left_out.append(f"{name}: {error.strerror}")


def _inside(root: Path, link: Path) -> Path | None:
    """Where a link leads, relative to the root; None for outside, for nothing, and for a loop."""
    try:
        return link.resolve(strict=True).relative_to(root)
    except (OSError, RuntimeError, ValueError):
        return None
