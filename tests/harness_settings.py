"""A settings module as `parity scaffold` generates it, with only what a test is about."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from support.install.environment import Environment

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def make_settings(install: dict[str, Any] | None = None, **given: Any) -> ModuleType:
    """`install` and the other names replace the defaults of an application called shop."""
    module = ModuleType("settings")
    defaults: dict[str, Any] = {
        "DIRECTORY": ".",
        "SOURCE": ".",
        "PACKAGES": ["shop"],
        "INSTALL": {
            "lock": "requirements.txt",
            "groups": [],
            "extras": [],
            "package": None,
            "extra": [],
            "project": False,
            **(install or {}),
        },
        "OWN_SUITE": {},
        "PYTHON": PYTHON,
        "ORM": "none",
        "DJANGO_SETTINGS": None,
        "IMPORTS_EXCLUDE": [],
        "SQL_EXCLUDE": [],
        "SQL_FILES": [],
        "ENVIRONMENT": {},
        "LOCALE": "C.UTF-8",
        "TIMEZONE": "UTC",
    }
    vars(module).update({**defaults, **given})
    return module


def this_python(repository: Path) -> Environment:
    """The interpreter of the tests, as if it were the application's."""
    python = Path(sys.executable)
    path = repository / ".parity" / "environments" / "tests"
    return Environment(path, python, python.parent, PYTHON, None)


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files by relative path."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
