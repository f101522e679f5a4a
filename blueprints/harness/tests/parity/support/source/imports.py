"""Every module that ships must import in production's environment: what does not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from packaging.utils import canonicalize_name

from support.install.environment import Environment
from support.source.distributions import TWINS, declared, distribution
from support.source.probe import ask


def problems(
    settings: ModuleType,
    repository: Path,
    environment: Environment,
    database_env: Mapping[str, str],
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Problems by module, and what was not covered: (module, why). Raises ProbeFailed.

    A module that fails only because it imports a failing one is named in that one's text.
    """
    report = ask("import_modules", settings, repository, environment, database_env)
    directory = (repository / settings.DIRECTORY).resolve()
    lock = (directory / settings.INSTALL["lock"]).resolve()
    places = declared(lock, directory)
    not_covered = [(module, why) for module, why in report.get("left_out", [])]
    not_covered += [(entry["module"], entry["reason"]) for entry in settings.IMPORTS_EXCLUDE]
    found = {
        package: f"{package}: there is no such package in {settings.SOURCE} (app.packages)"
        for package in report.get("absent", [])
    }
    if not report.get("imported") and not report["failures"] and not found:
        found["packages"] = f"no module was found in {', '.join(settings.PACKAGES)}"
    for failure, consequences in _by_culprit(report["failures"]):
        extra = _only_in_extra(failure, places, settings.INSTALL["extras"])
        if extra:
            why = f"needs {distribution(failure['missing'])}, which is in the {extra} only"
            not_covered += [(module, why) for module in (failure["module"], *consequences)]
        else:
            found[failure["module"]] = _text(failure, consequences, places, lock.name)
    return found, not_covered


def _by_culprit(failures: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[str]]]:
    """Failures that stand for themselves, each with the modules that fail because of it."""
    by_module = {failure["module"]: failure for failure in failures}
    consequences: dict[str, list[str]] = {name: [] for name in by_module}
    own = []
    for name, failure in by_module.items():
        culprit = str(failure["culprit"])
        if culprit != name and culprit in by_module:
            consequences[culprit].append(name)
        else:
            own.append(failure)
    return [(failure, consequences[failure["module"]]) for failure in own]


def _where(missing: str, places: dict[str, set[str]]) -> set[str]:
    name = canonicalize_name(distribution(missing))
    return places.get(name, set()) | places.get(TWINS.get(name, name), set())


def _only_in_extra(
    failure: dict[str, Any], places: dict[str, set[str]], installed: list[str]
) -> str | None:
    found = _where(failure["missing"], places) if failure["missing"] else set()
    optional = {f"extra {name}" for name in installed}
    if found and all(place.startswith("extra ") for place in found) and not found & optional:
        return " and the ".join(sorted(found))
    return None


def _text(
    failure: dict[str, Any], consequences: list[str], places: dict[str, set[str]], lock: str
) -> str:
    at = f" ({failure['at']})" if failure.get("at") else ""
    lines = [f"{failure['module']}: {failure['type']}: {failure['message']}{at}"]
    if failure["missing"]:
        name = distribution(failure["missing"])
        found = _where(failure["missing"], places)
        if not found:
            lines.append(f"{name} is not declared by the project: add it and lock it ({lock}),")
            lines.append("or name it in app.install.extra when production's image brings it")
        elif "production" in found:
            lines.append(f"{name} is declared, but {lock} does not bring it: lock again")
        else:
            lines.append(f"{name} is in the {' and the '.join(sorted(found))} only,")
            lines.append("which production does not install: move it to the main dependencies")
    if consequences:
        lines.append(f"so these cannot be imported either: {', '.join(sorted(consequences))}")
    return "\n".join(lines)
