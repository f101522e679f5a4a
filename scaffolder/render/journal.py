"""Write the steps of an update so that they can be taken back, also after SIGKILL.

Before the first write, git's own folder gets a journal with what each file held. A later command
finds the journal of an interrupted one and takes it back; `parity update --undo` does it on demand.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scaffolder.render.git import GitError, git
from scaffolder.render.merge import REJECTED, Step
from scaffolder.render.preflight import Refused, Target

TEMPORARY = ".parity-tmp"
NOT_THERE = f"0 {'0' * 40}"
"""How git's index is told to forget a file."""


def apply(target: Target, steps: Sequence[Step]) -> None:
    """Write all steps, or none: a failure is undone and raised again (OSError, GitError).

    Raises Refused while another command writes.
    """
    with _alone(target):
        _apply(target, steps)


def _apply(target: Target, steps: Sequence[Step]) -> None:
    todo = [*(one for one in steps if one.writes or one.kind == "conflict"), *_beside(steps)]
    record: dict[str, Any] = {
        "complete": False,
        "head": _head(target),
        "index": _index(target, [one.path for one in todo if one.theirs is not None]),
        "files": [_entry(target.root, one) for one in todo],
        "folders": _missing_folders(target.root, todo),
    }
    place = _place(target)
    _replace(place, json.dumps(record).encode())
    try:
        for step in todo:
            _write(target.root / step.path, step)
        _mark_conflicts(target, todo)
        record["complete"] = True
        _replace(place, json.dumps(record).encode())
    finally:
        if not record["complete"]:
            _take_back(target, record, force=False)


def recover(target: Target) -> list[str]:
    """Take back what an interrupted command wrote; the files that this was about.

    Raises Refused when somebody edited them meanwhile, or is still writing.
    """
    with _alone(target):
        record = _read(target)
        if record is None or record["complete"]:
            return []
        _refuse_edited(target, record)
        return _take_back(target, record, force=False)


def interrupted(target: Target) -> bool:
    """Whether a command was killed while it wrote."""
    record = _read(target)
    return record is not None and not record["complete"]


def undo(target: Target, *, force: bool = False) -> list[str]:
    """Take back the last update, complete or not, before it is committed; the files it was about.

    `force`: also files that somebody edited since. Raises Refused.
    """
    record = _read(target)
    if record is None:
        raise Refused("there is no update to undo here")
    if record["head"] != _head(target):
        raise Refused(
            "something was committed since the last update; undo that commit with "
            "`git revert`, or the files with `git restore`"
        )
    if not force:
        _refuse_edited(target, record)
    with _alone(target):
        record["complete"] = False  # killed from here on, the next command goes on with it
        _replace(_place(target), json.dumps(record).encode())
        return _take_back(target, record, force=force)


def _refuse_edited(target: Target, record: dict[str, Any]) -> None:
    known = {one["path"]: (one["before_hash"], one["after_hash"]) for one in record["files"]}
    edited = [name for name, hashes in known.items() if _hash(target.root / name) not in hashes]
    if edited:
        raise Refused(
            "these files were edited since the update; `parity update --undo --yes` puts them "
            "back, too, and your edits are lost:",
            edited,
        )


def _take_back(target: Target, record: dict[str, Any], *, force: bool) -> list[str]:
    """Each file as it was; unless `force`, only those that hold what the update wrote."""
    names = []
    for one in record["files"]:
        path = target.root / one["path"]
        _temporary(path).unlink(missing_ok=True)
        present = _hash(path)
        if present == one["before_hash"] or not (force or present == one["after_hash"]):
            continue
        names.append(one["path"])
        if one["before"] is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, base64.b64decode(one["before"]), one["mode"])
    for folder in record["folders"]:
        _remove_if_empty(target.root / folder)
    _restore_index(target, record)
    _place(target).unlink()
    return names


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _beside(steps: Sequence[Step]) -> list[Step]:
    """What can't be merged lies beside the file that it belongs to."""
    return [
        Step(f"{one.path}{REJECTED}", "added", None, one.theirs)
        for one in steps
        if one.kind == "conflict" and not one.writes and one.theirs is not None
    ]


def _entry(root: Path, step: Step) -> dict[str, Any]:
    before = None if step.before is None else base64.b64encode(step.before).decode("ascii")
    hashes = {"before_hash": _digest(step.before), "after_hash": _digest(step.after)}
    mode = None if step.before is None else stat.S_IMODE((root / step.path).stat().st_mode)
    return {"path": step.path, "before": before, "mode": mode, **hashes}


def _digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _hash(path: Path) -> str | None:
    return _digest(path.read_bytes()) if path.is_file() else None


def _missing_folders(root: Path, steps: Sequence[Step]) -> list[str]:
    """The folders that will be made, the deepest first."""
    parents = {parent for one in steps if one.after is not None for parent in _parents(one.path)}
    return sorted((name for name in parents if not (root / name).exists()), reverse=True)


def _parents(path: str) -> list[str]:
    return [parent.as_posix() for parent in Path(path).parents if parent != Path()]


def _write(path: Path, step: Step) -> None:
    if not step.writes:
        return
    if (path.read_bytes() if path.is_file() else None) != step.before:
        raise FileExistsError(f"{path} has just changed: somebody else is writing there")
    if step.after is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, step.after)


def _replace(path: Path, content: bytes, mode: int | None = None) -> None:
    """All or nothing: nobody ever sees half a file. The mode of a file that is there stays."""
    temporary = _temporary(path)
    temporary.write_bytes(content)
    if mode is not None:
        temporary.chmod(mode)
    elif path.exists():
        shutil.copymode(path, temporary)
    os.replace(temporary, path)


def _temporary(path: Path) -> Path:
    return path.with_name(path.name + TEMPORARY)


def _mark_conflicts(target: Target, steps: Sequence[Step]) -> None:
    """Tell git's index of the conflicts, as a merge does: `git commit` refuses until `git add`."""
    lines = []
    for step in steps:
        if step.theirs is None or not _index(target, [step.path]):
            continue
        name = (Path(target.folder) / step.path).as_posix()
        lines.append(f"{NOT_THERE}\t{name}")
        for number, content in ((1, step.base), (2, step.before), (3, step.theirs)):
            if content is not None:
                lines.append(f"100644 {_blob(target, content)} {number}\t{name}")
    _write_index(target, lines)


def _index(target: Target, names: list[str]) -> list[str]:
    """What git's index holds of these files, as `git update-index --index-info` reads it."""
    if not names:
        return []
    listed = git("ls-files", "--stage", "--full-name", "-z", "--", *names, cwd=target.root)
    return [entry for entry in listed.split("\0") if entry]


def _restore_index(target: Target, record: dict[str, Any]) -> None:
    names = [entry.partition("\t")[2] for entry in record["index"]]
    _write_index(target, [*(f"{NOT_THERE}\t{name}" for name in names), *record["index"]])


def _write_index(target: Target, entries: Sequence[str]) -> None:
    if entries:
        lines = "".join(f"{entry}\0" for entry in entries)
        git("update-index", "-z", "--index-info", cwd=target.repository, stdin=lines)


def _blob(target: Target, content: bytes) -> str:
    text = content.decode("utf-8", errors="surrogateescape")
    return git("hash-object", "-w", "--stdin", cwd=target.root, stdin=text).strip()


def _head(target: Target) -> str | None:
    try:
        return git("rev-parse", "--verify", "--quiet", "HEAD", cwd=target.root).strip()
    except GitError:
        return None  # nothing was ever committed


def _place(target: Target) -> Path:
    folder = target.root / git("rev-parse", "--git-path", "parity", cwd=target.root).rstrip("\n")
    name = hashlib.sha256(target.folder.encode()).hexdigest()[:16]
    return folder / f"update-{name}.json"


@contextmanager
def _alone(target: Target) -> Iterator[None]:
    """One writer at a time; the kernel lets go of the lock of one that was killed."""
    place = _place(target)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("another parity command is writing here; wait until it ends") from error
        yield


def _read(target: Target) -> dict[str, Any] | None:
    place = _place(target)
    if not place.is_file():
        return None
    record: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return record
