"""Find production's Python on this machine, or say how far the nearest one is from it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from support.run.results import Unavailable

PROGRAM = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
MINORS = range(8, 21)


def uv() -> list[str]:
    """The uv command: the harness's own, uv as a module, or one on PATH, in this order."""
    own = Path(sys.executable).parent / "uv"
    if own.exists():
        return [str(own)]
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    if found is None:
        raise Unavailable("uv is not installed: pip install -r tests/parity/requirements.txt")
    return [found]


def installed(minor: str) -> list[Path]:
    """Interpreters of "3.12", say, seen in the file system without starting any of them."""
    places = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    places += [Path("/usr/local/bin"), Path("/usr/bin"), Path("/opt/homebrew/bin")]
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions"
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", home / ".local/share/uv/python"))
    places += sorted(pyenv.glob(f"{minor}.*/bin"), key=_patch, reverse=True)
    places += sorted(managed.glob(f"cpython-{minor}.*/bin"), key=_patch, reverse=True)
    places += [Path(f"/Library/Frameworks/Python.framework/Versions/{minor}/bin")]
    # A pyenv shim exists for every version and works for the selected one only.
    found = [place / f"python{minor}" for place in places if "shims" not in place.parts]
    if minor == f"{sys.version_info[0]}.{sys.version_info[1]}":
        found.append(Path(getattr(sys, "_base_executable", sys.executable)))
    return [path for path in dict.fromkeys(found) if path.exists()]


def find(
    wanted: str, accepted: Callable[[str], bool], echo: Callable[[str], None]
) -> tuple[Path, str, str | None]:
    """The interpreter, its full version, and why it is not production's (None when it is).

    Raises Unavailable when nothing that the lock accepts can be had.
    """
    minor = ".".join(wanted.split(".")[:2])
    for path, version in _usable(installed(minor)):
        if _matches(version, wanted):
            return path, version, None
    asked = _ask_uv(["find", wanted])
    if asked is None and _may_download():
        echo(f"environment: Python {wanted} is not installed, uv downloads it")
        asked = _ask_uv(["install", wanted]) and _ask_uv(["find", wanted])
    if asked is not None:
        for path, version in _usable([Path(asked)]):
            return path, version, None
    for path, version in _usable(_neighbours(minor)):
        if accepted(version):
            return path, version, f"Python {version} where production has {wanted}"
    raise Unavailable(
        f"Python {wanted} is not on this machine and no other version here fits the lock:"
        f" uv python install {wanted}"
    )


def _neighbours(minor: str) -> Iterator[Path]:
    number = int(minor.split(".")[1])
    for other in sorted(MINORS, key=lambda candidate: (abs(candidate - number), -candidate)):
        yield from installed(f"3.{other}")


def _usable(paths: Iterator[Path] | list[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        try:
            answer = subprocess.run(
                [str(path), "-I", "-c", PROGRAM], capture_output=True, text=True, timeout=30
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if answer.returncode == 0:
            yield path, answer.stdout.strip()


def _matches(version: str, wanted: str) -> bool:
    return version.split(".")[: len(wanted.split("."))] == wanted.split(".")


def _patch(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def _may_download() -> bool:
    return os.environ.get("UV_PYTHON_DOWNLOADS") not in ("never", "manual") and not os.environ.get(
        "UV_OFFLINE"
    )


def _ask_uv(arguments: list[str]) -> str | None:
    """What `uv python find` prints (a path), or None. Installing has no useful output."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "manual", "NO_COLOR": "1"}
    command = [*uv(), "python", *arguments, "--no-config"]
    if arguments[0] == "find":
        command += ["--no-project", "--system"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=300, env=environment
        )
    except subprocess.TimeoutExpired:
        return None
    return answer.stdout.strip() or "installed" if answer.returncode == 0 else None
