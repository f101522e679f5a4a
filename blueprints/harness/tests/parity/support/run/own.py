"""The team's own code in tests/parity/local/, which no update touches."""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HARNESS = Path(__file__).resolve().parents[2]
TIERS = ("unit", "integration", "e2e", "smoke", "packaging", "nightly")
DEFAULTS: dict[str, Any] = {"TIER": "smoke", "BUDGET": 30, "CATEGORIES": []}


def plugins(harness: Path = HARNESS) -> list[str]:
    """The module with the team's fixtures, if it is there."""
    return ["local.fixtures"] if (harness / "local" / "fixtures.py").is_file() else []


def hook(module: str, name: str, harness: Path = HARNESS) -> Callable[..., Any] | None:
    """A function of a local file; None without the file."""
    if not (harness / "local" / f"{module}.py").is_file():
        return None
    function: Callable[..., Any] = getattr(import_module(f"local.{module}"), name)
    return function


def call(function: Callable[[], Any]) -> tuple[str, str] | None:
    """Run the team's code: None, or the last line and the whole text of what it raised."""
    done = pytest.CallInfo.from_call(function, "setup")
    if done.excinfo is None:
        return None
    return done.excinfo.exconly(), str(done.excinfo.getrepr(style="native"))


def checks(harness: Path = HARNESS) -> dict[str, dict[str, Any]]:
    """The checks of the team's own, as settings.CHECKS has the others.

    Each `local/check_<name>.py` is the check `local-<name>`. TIER, BUDGET (seconds) and CATEGORIES
    are constants on top of the file. Raises pytest.UsageError for a tier that there is not.
    """
    found = {}
    for path in sorted((harness / "local").glob("check_*.py")):
        constants = {**DEFAULTS, **_constants(path)}
        if constants["TIER"] not in TIERS:
            raise pytest.UsageError(
                f"{path}: TIER = {constants['TIER']!r}: use one of {', '.join(TIERS)}"
            )
        name = path.stem.removeprefix("check_").replace("_", "-")
        found[f"local-{name}"] = {
            "tier": constants["TIER"],
            "budget": constants["BUDGET"],
            "file": f"local/{path.name}",
            "categories": constants["CATEGORIES"],
        }
    return found


def check_of(nodeid: str, settings: ModuleType) -> str:
    """The id of the check whose file a test stands in; a local one may be named as another."""
    file = f"/{nodeid.partition('::')[0]}"
    files = {name: f"/{check['file']}" for name, check in settings.CHECKS.items()}
    matching = [name for name in files if file.endswith(files[name])]
    return max(matching, key=lambda name: len(files[name]), default="")


def _constants(path: Path) -> dict[str, Any]:
    """What the file says of itself; nothing when it can't be parsed, which its run will say."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (SyntaxError, ValueError):
        return {}
    found = {}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in DEFAULTS:
                found[name] = ast.literal_eval(node.value)
    return found
