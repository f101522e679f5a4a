"""What must hold before a file is rendered: a git repository, and nothing in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scaffolder.errors import BadInput
from scaffolder.render.git import GitError, git

SPEC = "parity.yaml"
ANSWERS = ".copier-answers.yml"
OWN_ANSWERS = ".copier-answers.parity.yml"


class Refused(BadInput):
    """Bad input: nothing was written. `details`: one line for each thing in the way."""

    def __init__(self, message: str, details: list[str] | None = None) -> None:
        super().__init__("\n".join([message, *(f"  {line}" for line in details or [])]))


@dataclass(frozen=True, slots=True)
class Answers:
    """What the last rendering recorded."""

    place: str
    ref: str
    data: Mapping[str, Any]

    @property
    def spec(self) -> Any:
        """The spec that the harness was made from."""
        return self.data.get("spec")


@dataclass(frozen=True, slots=True)
class Target:
    """A folder with parity.yaml, inside a git repository."""

    root: Path
    repository: Path
    answers_name: str
    answers: Answers | None

    @property
    def folder(self) -> str:
        """The root relative to its repository; "." for the repository itself."""
        return self.root.relative_to(self.repository).as_posix()

    @property
    def spec_file(self) -> Path:
        """Where the spec lies."""
        return self.root / SPEC


def target(folder: Path) -> Target:
    """Look at a folder. Raises Refused, and GitMissing."""
    root = folder.resolve()
    if not root.is_dir():
        raise Refused(f"{folder}: no such folder")
    try:
        repository = Path(git("rev-parse", "--show-toplevel", cwd=root).rstrip("\n"))
    except GitError as error:
        if "not a git repository" in str(error):
            raise Refused(
                f"{root} is not in a git repository; run `git init` there first"
            ) from error
        raise Refused(f"git cannot work in {root}: {error}") from error
    if not (root / SPEC).is_file():
        raise Refused(f"no {SPEC} in {root}; write one, or run `parity init`")
    name, answers = _answers(root)
    return Target(root, repository.resolve(), name, answers)


def _answers(root: Path) -> tuple[str, Answers | None]:
    """Our answers file, or the name that a new one gets: another template may own the usual one."""
    for name in (OWN_ANSWERS, ANSWERS):
        if (found := _read(root / name)) is not None:
            return name, found
    return (OWN_ANSWERS if (root / ANSWERS).exists() else ANSWERS), None


def _read(path: Path) -> Answers | None:
    """The answers, when it was us who recorded them."""
    if not path.exists():
        return None
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        if path.name == ANSWERS and not _once_ours(path):
            return None
        raise Refused(
            f"{path.name} cannot be read: {error}; restore it from git, or, after a merge, take "
            "either side of it whole"
        ) from error
    ours = (
        isinstance(data, dict) and isinstance(data.get("spec"), dict) and "parity" in data["spec"]
    )
    if not ours:
        return None
    try:
        return Answers(str(data["_src_path"]), str(data["_commit"]), data)
    except KeyError as error:
        raise Refused(f"{path.name} has no {error}; restore it from git") from error


def _once_ours(path: Path) -> bool:
    """Whether a file that is no YAML, with conflict markers say, was written by us."""
    return "from parity.yaml" in path.read_text(encoding="utf-8", errors="replace")


def in_the_way(root: Path, relative: str) -> str | None:
    """Why no plain file can be written there; None when it can, or when there is one."""
    current = root
    parts = Path(relative).parts
    for part in parts[:-1]:
        current = current / part
        if current.is_symlink():
            return f"{current.relative_to(root)} is a symbolic link to {_leads_to(root, current)}"
        if current.exists() and not current.is_dir():
            return f"{current.relative_to(root)} is a file"
    final = root / relative
    if final.is_symlink():
        return f"a symbolic link to {_leads_to(root, final)}"
    if final.exists() and not final.is_file():
        return "a folder"
    return None


def _leads_to(root: Path, link: Path) -> str:
    resolved = link.resolve()
    inside = resolved.is_relative_to(root)
    return f"{resolved.relative_to(root)}" if inside else f"{resolved}, outside of the repository"


def ignored(root: Path, paths: list[str]) -> list[str]:
    """Those paths that git ignores: they would never reach the team."""
    try:
        listed = git("check-ignore", "-z", "--stdin", cwd=root, stdin="\0".join(paths))
    except GitError:
        return []  # exit code 1: none is ignored
    return [name for name in listed.split("\0") if name]
