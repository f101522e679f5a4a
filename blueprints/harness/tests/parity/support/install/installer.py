"""Install what a lock names into a new virtual environment, with uv, and leave the tree as it is.

uv works in a copy of the tree, because build backends write into it (egg-info, build/). The project
is installed editable, so that its console scripts and metadata exist and the source that runs is
the tree's own: the paths of the copy are replaced by those of the tree, and a change of the source
needs no new installation.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from support.install import lockfiles
from support.install.lock_graph import BrokenLock
from support.install.request import Request
from support.install.uv_job import InstallFailed, Job
from support.install.worktree import copy, point_at


def install(repository: Path, request: Request, python: Path, version: str, target: Path) -> None:
    """Install into `target`, a folder that does not exist yet. Raises InstallFailed."""
    if not request.lock.is_file():
        raise InstallFailed(f"{request.lock} does not exist: correct app.install.lock")
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        scratch = Path(folder).resolve()
        tree = scratch / (repository.name or "tree")
        copy(repository, tree)
        job = Job(request.moved(repository, tree), python, version, target, scratch)
        METHODS[lockfiles.kind(request.lock)](job)
        _add_to_the_lock(job)
        point_at(target, tree, repository)


def _uv_lock(job: Job) -> None:
    wanted = job.request
    command = ["sync", "--frozen", "--no-default-groups", "--python", str(job.python)]
    command += _options("--group", wanted.groups) + _options("--extra", wanted.extras)
    command += ["--package", wanted.package] if wanted.package else []
    command += [] if wanted.project else ["--no-install-project"]
    member = (wanted.directory / "pyproject.toml").is_file()
    job.run(*command, cwd=wanted.directory if member else wanted.lock.parent)
    _requirement_files(job, wanted.files)


def _requirements(job: Job) -> None:
    _create(job)
    _requirement_files(job, (job.request.lock, *job.request.files))
    _project(job)


def _pylock(job: Job) -> None:
    wanted = job.request
    _create(job)
    named = _options("--group", wanted.groups) + _options("--extra", wanted.extras)
    job.run("pip", "sync", str(wanted.lock), *named)
    _requirement_files(job, wanted.files)
    _project(job)


def _converted(job: Job) -> None:
    wanted = job.request
    _create(job)
    markers = lockfiles.target_markers(job.version)
    try:
        pins = lockfiles.convert(
            wanted.lock, wanted.directory, wanted.groups, wanted.extras, markers
        )
    except BrokenLock as error:
        raise InstallFailed(f"{wanted.lock.name} cannot be installed: {error}") from error
    if pins.hashed:
        file = job.scratch / "locked.txt"
        file.write_text("\n".join([*pins.options, *pins.hashed]) + "\n")
        indexes = ["--index-strategy", "unsafe-best-match"] if pins.options else []
        job.run("pip", "install", "--no-deps", "--require-hashes", "-r", str(file), *indexes)
    if pins.sources:  # from git or a folder: there is nothing to hash
        file = job.scratch / "sources.txt"
        file.write_text("\n".join(pins.sources) + "\n")
        job.run("pip", "install", "--no-deps", "-r", str(file), cwd=wanted.lock.parent)
    _requirement_files(job, wanted.files)
    _project(job)


METHODS: dict[str, Callable[[Job], None]] = {
    "uv": _uv_lock,
    "requirements": _requirements,
    "pylock": _pylock,
    "poetry": _converted,
    "pipenv": _converted,
    "pdm": _converted,
}


def _create(job: Job) -> None:
    job.run("venv", "--python", str(job.python), "--no-project", str(job.target))


def _project(job: Job) -> None:
    if job.request.project:
        _use_a_backend_that_can_install_editable(job.request.directory / "pyproject.toml")
        named = f".[{','.join(job.request.extras)}]" if job.request.extras else "."
        dependencies = [] if lockfiles.kind(job.request.lock) == "requirements" else ["--no-deps"]
        job.run("pip", "install", *dependencies, "--editable", named)


def _use_a_backend_that_can_install_editable(manifest: Path) -> None:
    """In the copy only. Poetry itself never calls the backend that old projects name."""
    if manifest.is_file():
        old = manifest.read_text("utf-8")
        new = re.sub(r'"poetry(>=[^"]*)?"(?=\s*\])', '"poetry-core"', old)
        if "poetry.masonry.api" in old:
            manifest.write_text(
                new.replace("poetry.masonry.api", "poetry.core.masonry.api"), "utf-8"
            )


def _requirement_files(job: Job, files: Iterable[Path]) -> None:
    """As `pip install -r` does: as soon as one requirement has a hash, all must have one."""
    for file in files:
        if not file.is_file():
            raise InstallFailed(f"{file.name} does not exist: correct the groups in parity.yaml")
        hashes = ["--require-hashes"] if "--hash=" in file.read_text() else []
        job.run("pip", "install", *hashes, "-r", str(file), cwd=file.parent)


def _add_to_the_lock(job: Job) -> None:
    """What the image adds; what is there already keeps its version."""
    if job.request.extra:
        fixed = job.scratch / "installed.txt"
        lines = job.run("pip", "freeze", "--exclude-editable").splitlines()
        fixed.write_text("\n".join(line for line in lines if "==" in line) + "\n")
        job.run("pip", "install", "--constraints", str(fixed), *job.request.extra)


def _options(option: str, names: Iterable[str]) -> list[str]:
    return [word for name in names for word in (option, name)]
