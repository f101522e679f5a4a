"""What the team's own tools would make of the harness: pytest, coverage, and pre-commit's hooks."""

from __future__ import annotations

import configparser
import re
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRE_COMMIT = ".pre-commit-config.yaml"
REWRITE = ("autopep8", "black", "flake8", "isort", "mypy", "pylint", "pyright", "yapf")
"""Hooks that have one style for the whole repository; ruff reads the harness's own."""
NAMES = ("check_imports.py", "journey_order.py", "settings.py")
INI_FILES = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"), ("tox.ini", "pytest"))


def collecting(root: Path) -> str | None:
    """The line that keeps the host's pytest out of the harness; None when it stays out anyway."""
    for name, options in _options(root):
        if "--doctest-modules" in options:
            return (
                f"{name} has --doctest-modules, so a bare pytest would import the harness; add to "
                f"its addopts: {_ignore(['*.py'])}"
            )
    for name, patterns in _configured(root):
        wide = [one for one in patterns if any(fnmatch(file, one) for file in NAMES)]
        if wide:
            return (
                f"{name} has python_files = {' '.join(wide)}, so a bare pytest would collect the "
                f"harness; add to its addopts: {_ignore(patterns)}"
            )
    return None


def _ignore(patterns: list[str]) -> str:
    """Options that leave out what we write."""
    ours = [
        one for one in ("parity_nox.py", "noxfile.py") if any(fnmatch(one, p) for p in patterns)
    ]
    return " ".join(f"--ignore={one}" for one in ("tests/parity", *ours))


def _configured(root: Path) -> list[tuple[str, list[str]]]:
    """Each file that configures pytest, with its patterns for test files."""
    found = [(name, _words(section.get("python_files"))) for name, section in _sections(root)]
    return [(name, patterns) for name, patterns in found if patterns]


def _options(root: Path) -> list[tuple[str, list[str]]]:
    return [(name, _words(section.get("addopts"))) for name, section in _sections(root)]


def _sections(root: Path) -> list[tuple[str, dict[str, Any]]]:
    """What each file says to pytest, unless it leaves the harness out already."""
    found = [
        (name, _ini(root / name, section))
        for name, section in (*INI_FILES, ("setup.cfg", "tool:pytest"))
    ]
    found.append(("pyproject.toml", _toml(root / "pyproject.toml")))
    return [(name, one) for name, one in found if "tests/parity" not in str(one.get("addopts"))]


def _ini(path: Path, section: str) -> dict[str, Any]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}  # pytest itself will say so
    return dict(parser[section]) if parser.has_section(section) else {}


def _toml(path: Path) -> dict[str, Any]:
    tool = _tools(path)
    pytest: Any = tool.get("pytest", {})
    options: Any = pytest.get("ini_options", {}) if isinstance(pytest, dict) else {}
    return options if isinstance(options, dict) else {}


def _tools(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}
    tool = document.get("tool", {})
    return tool if isinstance(tool, dict) else {}


def measuring(root: Path) -> str | None:
    """What keeps the harness out of the host's coverage; None when it measures named packages."""
    whole = {".", "./", str(root)}
    for name, options in _options(root):
        if any(one == "--cov" or one.partition("--cov=")[2] in whole for one in options):
            return _omit(root, name)
    for name, section in _coverage(root):
        if whole.intersection(_words(section.get("source"))):
            return _omit(root, name)
    return None


def _omit(root: Path, name: str) -> str | None:
    if any("parity_nox" in str(section.get("omit")) for _, section in _coverage(root)):
        return None
    return (
        f"{name} has coverage measure the whole folder, files that no test imports included; add "
        "to `omit` of coverage's `run` section: parity_nox.py, noxfile.py, tests/parity/*"
    )


def _coverage(root: Path) -> list[tuple[str, dict[str, Any]]]:
    """What each file says to coverage about a run."""
    files = ((".coveragerc", "run"), ("setup.cfg", "coverage:run"), ("tox.ini", "coverage:run"))
    found = [(name, _ini(root / name, section)) for name, section in files]
    run = _tools(root / "pyproject.toml").get("coverage", {})
    run = run.get("run", {}) if isinstance(run, dict) else {}
    return [*found, ("pyproject.toml", run if isinstance(run, dict) else {})]


def _words(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else str(value or "").split()


def hooks(repository: Path, folder: str) -> str | None:
    """The pre-commit hooks that would rewrite or reject the harness, and the line against it."""
    try:
        config = yaml.safe_load((repository / PRE_COMMIT).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None  # there is none, or pre-commit itself will say so
    if not isinstance(config, dict) or _excluded(config, folder):
        return None
    repos = [one for one in config.get("repos") or [] if isinstance(one, dict)]
    found = [hook for one in repos for hook in one.get("hooks") or [] if isinstance(hook, dict)]
    wide = [
        str(hook["id"])
        for hook in found
        if hook.get("id") in REWRITE and not _excluded(hook, folder)
    ]
    if not wide:
        return None
    place = _prefix(folder)
    return (
        f"{PRE_COMMIT} runs {', '.join(wide)} over the harness, with another style; add to it: "
        f"exclude: ^{place}(tests/parity/|parity_nox\\.py$)"
    )


def _excluded(entry: dict[str, Any], folder: str) -> bool:
    """Whether an entry of the configuration leaves the harness out."""
    sample = f"{_prefix(folder)}tests/parity/support/plugin.py"
    try:
        skipped = re.search(str(entry.get("exclude") or "^$"), sample)
        taken = re.search(str(entry.get("files") or ""), sample)
    except re.error:
        return False
    return skipped is not None or taken is None


def _prefix(folder: str) -> str:
    return "" if folder == "." else f"{folder}/"
