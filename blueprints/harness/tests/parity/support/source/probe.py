"""Run a probe with the application's interpreter and read its report."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from support.app.commands import process_environment
from support.install.environment import Environment

PROBES = Path(__file__).parent / "probes"
SECONDS = 120
GRACE = 10  # the probe's own alarm comes first


class ProbeFailed(AssertionError):
    """The probe ended without a report: the application took the process down."""


def ask(
    name: str,
    settings: ModuleType,
    repository: Path,
    environment: Environment,
    database_env: Mapping[str, str],
    seconds: int = SECONDS,
) -> Any:
    """The report of probes/<name>.py on the application. Raises ProbeFailed."""
    directory = (repository / settings.DIRECTORY).resolve()
    wanted = {
        "directory": str(directory),
        "source": str((directory / settings.SOURCE).resolve()),
        "packages": settings.PACKAGES,
        "exclude": [entry["module"] for entry in settings.IMPORTS_EXCLUDE],
        "django_settings": settings.DJANGO_SETTINGS,
        "orm": settings.ORM,
        "seconds": seconds,
    }
    variables = process_environment(environment, settings, database_env)
    try:
        answer = subprocess.run(
            [str(environment.python), str(PROBES / f"{name}.py")],
            input=json.dumps(wanted).encode(),
            env=variables,
            cwd=directory,
            capture_output=True,
            timeout=seconds + GRACE,
        )
    except subprocess.TimeoutExpired as error:
        raise ProbeFailed(f"{name}: no answer within {error.timeout:.0f} s") from error
    try:
        return json.loads(answer.stdout)
    except ValueError as error:
        said = answer.stderr.decode(errors="replace").strip().splitlines()[-20:]
        text = "\n".join([f"{name}: the process ended with code {answer.returncode}", *said])
        raise ProbeFailed(text) from error
