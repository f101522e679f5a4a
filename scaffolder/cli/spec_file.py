"""The argument PATH of all commands: a folder with `parity.yaml`, or the file itself."""

from __future__ import annotations

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
