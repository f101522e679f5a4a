"""Write a rendered harness into the repository: all of it, or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from scaffolder.render.preview import Change


def write(folder: Path, root: Path, changes: list[Change]) -> None:
    """Write the added files; if one can't be written, remove the others and raise its OSError."""
    written: list[Path] = []
    made: list[Path] = []
    complete = False
    try:
        for change in changes:
            if change.kind == "added":
                _write(folder / change.path, root / change.path, written, made)
        complete = True
    finally:
        if not complete:
            _undo(written, made)


def _write(source: Path, place: Path, written: list[Path], made: list[Path]) -> None:
    missing = []
    parent = place.parent
    while not parent.exists():
        missing.append(parent)
        parent = parent.parent
    for new in reversed(missing):
        new.mkdir()
        made.append(new)
    with place.open("xb") as new_file:  # never over a file that appeared in the meantime
        written.append(place)
        new_file.write(source.read_bytes())
    shutil.copymode(source, place)


def _undo(written: list[Path], made: list[Path]) -> None:
    for path in written:
        path.unlink(missing_ok=True)
    for folder in reversed(made):
        folder.rmdir()
