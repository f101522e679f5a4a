"""The argument PATH of all commands: a folder with `parity.yaml`, or the file itself."""

from __future__ import annotations

import difflib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.errors import BadInput

if TYPE_CHECKING:
    from scaffolder.spec.load import Loaded

FILENAME = "parity.yaml"


def spec_file(path: Path) -> Path:
    """The spec that PATH names; raises BadInput when there is none."""
    file = path / FILENAME if path.is_dir() else path
    if not file.exists():
        if path == file:
            raise BadInput(f"{path}: there is no such file or folder")
        raise BadInput(f"{path}: there is no {FILENAME} in this folder")
    return file


def harness_spec(path: Path) -> Path:
    """The spec that a harness is rendered from: Copier reads it, too, so its name is fixed.

    Raises BadInput.
    """
    file = spec_file(path)
    if file.name != FILENAME:
        raise BadInput(f"{file}: the spec must be named {FILENAME}, since Copier reads it, too")
    return file


def read_spec(file: Path) -> bytes:
    """The bytes of the file; raises BadInput when it can't be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: it can't be read: {error.strerror}") from error


def load_spec(file: Path, *, for_plan: bool = False) -> Loaded:
    """The spec; raises SpecError with every problem (those that plan repairs apart, for plan)."""
    from scaffolder.spec.load import examine
    from scaffolder.spec.problems import SpecError

    loaded = examine(read_spec(file))
    if isinstance(loaded, list):
        raise SpecError(loaded, file.name)
    if loaded.problems and not for_plan:
        raise SpecError(loaded.problems, file.name)
    return loaded


def require_valid(raw: bytes, name: str) -> None:
    """An edited spec is written only when it is valid; raises SpecError."""
    from scaffolder.spec.load import check
    from scaffolder.spec.problems import SpecError

    _, problems = check(raw)
    if problems:
        raise SpecError(problems, name)


def write_spec(file: Path, raw: bytes) -> None:
    """All or nothing: an interrupted run leaves the old file. Raises BadInput."""
    target = file.resolve()
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".parity-", delete=False) as new:
            temporary = new.name
            new.write(raw)
        os.chmod(temporary, target.stat().st_mode)
        os.replace(temporary, target)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise BadInput(f"{file}: it can't be written: {error.strerror}") from error


def spec_diff(before: bytes, after: bytes, name: str, kind: str) -> list[str]:
    """What an edit changes, as lines of a unified diff."""
    old, new = (raw.decode("utf-8-sig").splitlines() for raw in (before, after))
    return list(difflib.unified_diff(old, new, f"{name} (now)", f"{name} ({kind})", lineterm=""))
