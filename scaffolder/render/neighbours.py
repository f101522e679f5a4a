"""What the team's own pytest would collect of the harness: nothing, unless it is told to."""

from __future__ import annotations

import configparser
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NAMES = ("check_imports.py", "journey_order.py", "settings.py")
INI_FILES = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"), ("tox.ini", "pytest"))


def collecting(root: Path) -> str | None:
    """The line that keeps the host's pytest out of the harness; None when it stays out anyway."""
    for name, patterns in _configured(root):
        wide = [one for one in patterns if any(fnmatch(file, one) for file in NAMES)]
        if wide:
            return (
                f"{name} has python_files = {' '.join(wide)}, so a bare pytest would collect the "
                "harness; add to its addopts: --ignore=tests/parity"
            )
    return None


def _configured(root: Path) -> list[tuple[str, list[str]]]:
    """Each file that configures pytest, with its patterns for test files."""
    found = []
    for name, section in (*INI_FILES, ("setup.cfg", "tool:pytest")):
        patterns = _ini(root / name, section)
        if patterns:
            found.append((name, patterns))
    patterns = _toml(root / "pyproject.toml")
    if patterns:
        found.append(("pyproject.toml", patterns))
    return found


def _ini(path: Path, section: str) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return []  # pytest itself will say so
    ignored = "tests/parity" in parser.get(section, "addopts", fallback="")
    return [] if ignored else parser.get(section, "python_files", fallback="").split()


def _toml(path: Path) -> list[str]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return []
    pytest: Any = document.get("tool", {}).get("pytest", {})
    options: Any = pytest.get("ini_options", {}) if isinstance(pytest, dict) else {}
    if not isinstance(options, dict) or "tests/parity" in str(options.get("addopts", "")):
        return []
    patterns = options.get("python_files", [])
    return patterns.split() if isinstance(patterns, str) else [str(one) for one in patterns]
