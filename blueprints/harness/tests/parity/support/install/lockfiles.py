"""Locks by name: which kind one is, which Python it accepts, and its conversion to pins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from support.install import lock_pdm, lock_pipenv, lock_poetry
from support.install.constraints import accepts
from support.install.lock_graph import Pins, read_toml

CONVERTERS = {
    "poetry": lock_poetry.convert,
    "pipenv": lock_pipenv.convert,
    "pdm": lock_pdm.convert,
}
KINDS = {"uv.lock": "uv", "poetry.lock": "poetry", "Pipfile.lock": "pipenv", "pdm.lock": "pdm"}


def kind(lock: Path) -> str:
    """uv, poetry, pipenv, pdm, pylock or requirements, by the name of the file."""
    if lock.name.startswith("pylock.") and lock.suffix == ".toml":
        return "pylock"
    return KINDS.get(lock.name, "requirements")


def convert(
    lock: Path,
    directory: Path,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    markers: dict[str, str],
) -> Pins:
    """The pins of a lock that uv cannot read. Raises BrokenLock."""
    manifest = directory / "pyproject.toml"
    if not manifest.is_file():
        manifest = lock.parent / "pyproject.toml"
    return CONVERTERS[kind(lock)](lock, manifest, groups, extras, markers)


def target_markers(python_version: str) -> dict[str, str]:
    """PEP 508 markers of another Python (full version) on this machine."""
    markers = {name: str(value) for name, value in default_environment().items()}
    short = ".".join(python_version.split(".")[:2])
    return {
        **markers,
        "python_version": short,
        "python_full_version": python_version,
        "implementation_version": python_version,
    }


def is_package(lock: Path, directory: Path) -> bool:
    """Whether lock's tool would install the project itself."""
    manifest = read_toml(directory / "pyproject.toml")
    tools = manifest.get("tool", {})
    if kind(lock) == "uv":
        default = "build-system" in manifest
        return "project" in manifest and bool(tools.get("uv", {}).get("package", default))
    if kind(lock) == "poetry":
        return _poetry_finds_a_package(manifest, directory)
    if kind(lock) == "pdm":
        return bool("project" in manifest and tools.get("pdm", {}).get("distribution", True))
    return False


def accepts_python(lock: Path, directory: Path, version: str) -> bool:
    """Whether lock and manifest allow this Python (full version)."""
    constraints = [
        read_toml(directory / "pyproject.toml").get("project", {}).get("requires-python")
    ]
    if kind(lock) in ("uv", "pylock"):
        constraints.append(read_toml(lock).get("requires-python"))
    if kind(lock) == "poetry":
        constraints.append(read_toml(lock).get("metadata", {}).get("python-versions"))
    return all(accepts(constraint, version) for constraint in constraints if constraint)


def _poetry_finds_a_package(manifest: dict[str, Any], directory: Path) -> bool:
    """Many services are no package for Poetry: nothing in the tree has the project's name."""
    poetry = manifest.get("tool", {}).get("poetry", {})
    name = poetry.get("name") or manifest.get("project", {}).get("name")
    if not name or poetry.get("package-mode") is False:
        return False
    module = canonicalize_name(name).replace("-", "_")
    places = [
        directory / parent / found for parent in (".", "src") for found in (module, f"{module}.py")
    ]
    return "packages" in poetry or any(place.exists() for place in places)
