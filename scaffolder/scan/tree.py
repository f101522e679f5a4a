"""The files of a repository and their text. Nothing is executed, and no link followed outside."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

MAX_BYTES = 2_000_000
"""Larger files are no source that a person wrote: they are listed, and not read."""
MAX_FILES = 200_000
LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__"}
    | {".mypy_cache", ".ruff_cache", ".pytest_cache", ".parity", "site-packages", ".eggs"}
)
"""Folders that hold nothing of the team's, also where git does not ignore them."""
OWN = ("tests/parity/", "docs/parity/", "parity_nox.py", "parity.yaml")
"""What parity itself wrote, which is no evidence about the application."""


@dataclass(frozen=True, slots=True)
class Note:
    """A file that could not be read, and why."""

    path: str
    why: str


@dataclass(slots=True, eq=False)
class Tree:
    """Files below a root, as sorted paths with `/`; their text is read once."""

    root: Path
    files: tuple[str, ...]
    notes: list[Note] = field(default_factory=list)
    _texts: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Tree:
        """List what git knows or would add; without git every file, apart from LEFT_OUT."""
        names = _of_git(root)
        notes: list[Note] = []
        found = sorted(_regular(root, _walk(root) if names is None else names, notes))
        if len(found) > MAX_FILES:
            notes.append(Note(".", f"only the first {MAX_FILES} of {len(found)} files are read"))
        return cls(root, tuple(found[:MAX_FILES]), notes)

    def __contains__(self, path: str) -> bool:
        return self.raw(path) is not None if path in self._texts else (self.root / path).is_file()

    def raw(self, path: str) -> bytes | None:
        """The bytes of a file; None, with a note, when it is too large or can't be read."""
        file = self.root / path
        try:
            found = file.stat()
            if not stat.S_ISREG(found.st_mode):  # reading a pipe would wait for a writer
                self.note(path, "no plain file: not read")
                return None
            if found.st_size > MAX_BYTES:
                self.note(path, f"{found.st_size // 1_000_000} MB: not read")
                return None
            return file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.note(path, f"can't be read: {error.strerror}")
            return None

    def text(self, path: str) -> str | None:
        """The text, with `\\n` as line ends; None when it is missing, binary or too large."""
        if path not in self._texts:
            raw = self.raw(path) if (self.root / path).is_file() else None
            self._texts[path] = None if raw is None else self._decoded(path, raw)
        return self._texts[path]

    def lines(self, path: str) -> list[str]:
        """The lines without their ends; none when there is no text."""
        return (self.text(path) or "").split("\n")

    def named(self, *patterns: str, below: str = ".") -> Iterator[str]:
        """Files whose name fits a pattern (`Dockerfile*`), in a folder or below it."""
        for path in self.files:
            if is_below(path, below) and any(
                fnmatchcase(path.rpartition("/")[2], pattern) for pattern in patterns
            ):
                yield path

    def note(self, path: str, why: str) -> None:
        """Remember that a file was not read, once."""
        if not any(note.path == path for note in self.notes):
            self.notes.append(Note(path, why))

    def _decoded(self, path: str, raw: bytes) -> str | None:
        if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.note(path, "binary: not read")
            return None
        try:
            wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
            text = raw.decode("utf-16" if wide else "utf-8-sig")
        except UnicodeDecodeError:
            self.note(path, "not UTF-8: read as Latin-1")
            text = raw.decode("latin-1")
        return text.replace("\r\n", "\n").replace("\r", "\n")


def is_below(path: str, folder: str) -> bool:
    """Whether a path is in a folder, at any depth; `.` is the root."""
    return folder == "." or path.startswith(f"{folder}/")


def relative(path: str, folder: str) -> str:
    """A path of the root, seen from a folder of the root (with `..` where it must be)."""
    return PurePosixPath(os.path.relpath(path, folder)).as_posix()


def join(folder: str, path: str) -> str:
    """A path that is relative to a folder of the root, seen from the root."""
    return PurePosixPath(os.path.normpath(f"{folder}/{path}")).as_posix()


def _of_git(root: Path) -> Iterable[str] | None:
    """Tracked files and new ones that are not ignored; None where git does not answer."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, check=False, timeout=30, env=_environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode or not done.stdout:
        return None
    return {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}


def _environment() -> dict[str, str]:
    """A repository's own configuration must not make git run a program."""
    own = {"GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_COUNT": "1"}
    own |= {"GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "false"}
    return {**os.environ, **own}


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        base = Path(folder).relative_to(root)
        yield from ((base / name).as_posix() for name in names)


def _regular(root: Path, names: Iterable[str], notes: list[Note]) -> Iterator[str]:
    """Plain files that a team wrote; a link is listed when it ends at a file inside of the root."""
    for name in names:
        if name.startswith(OWN) or not LEFT_OUT.isdisjoint(name.split("/")):
            continue
        file = root / name
        try:
            mode = os.lstat(file).st_mode
            if stat.S_ISLNK(mode):
                target = file.resolve(strict=True)
                if not target.is_file() or not target.is_relative_to(root.resolve()):
                    continue
            elif not stat.S_ISREG(mode):
                continue
            name.encode("utf-8")
        except (OSError, RuntimeError, UnicodeEncodeError):
            shown = name.encode("utf-8", "backslashreplace").decode("utf-8")
            notes.append(Note(shown, "its path can't be followed or is not UTF-8"))
            continue
        yield name
