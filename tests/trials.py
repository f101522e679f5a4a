"""Examples with their harness, for the tests that run one."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from uv import find_uv_bin

from scaffolder.demo.examples import examples
from scaffolder.demo.trial import Run, Trial

KEPT_CHECKS = ("engine", "imports")
KEPT_JOURNEY = "open-ticket"
GREEN = ("passed", "degraded")  # degraded: the examples' Python cannot be had here
EXAMPLE_PYTHON = "3.12"  # of every example's production


def take_ctrl_c() -> None:
    """For `preexec_fn`: what is started in the background ignores SIGINT, with its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def interpreter() -> Path | None:
    """The examples' Python on this machine, None when there is none."""
    command = [find_uv_bin(), "python", "find", "--no-project", "--offline", EXAMPLE_PYTHON]
    environment = {name: text for name, text in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return Path(done.stdout.strip()).resolve() if done.returncode == 0 else None


def leniency() -> dict[str, str]:
    """Strict as in CI, unless the examples' Python cannot be had here: it is `degraded` then."""
    return {"PARITY_STRICT": "1" if interpreter() else "0"}


def small(
    folder: Path,
    version: str | None = None,
    change: Callable[[dict[str, Any]], None] = lambda journey: None,
    **sections: Any,
) -> Trial:
    """The Flask example with its harness for a small spec: two checks and one journey.

    `change` alters the journey first; `sections`: further ones of the spec.
    """
    trial = Trial.begin(examples()["flask-desk"], folder)
    cut_spec(trial, sections, change)
    if version:
        set_version(trial, version)
    trial.scaffold()
    return trial


def set_version(trial: Trial, version: str) -> None:
    """Another major of PostgreSQL in production; `parity scaffold` has to follow."""
    path = trial.folder / "parity.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    spec["production"]["database"]["version"] = version
    path.write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
    trial.commit(f"PostgreSQL {version}")


def failures(run: Run, check: str) -> str:
    return "\n".join(run.checks()[check]["failures"])


def descendants(pid: int) -> set[int]:
    """Every process that a process has started, and what those have started."""
    command = ["ps", "-eo", "pid=,ppid="]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    parents = {
        int(child): int(parent) for child, parent in map(str.split, done.stdout.splitlines())
    }
    found = {pid}
    while new := {child for child, parent in parents.items() if parent in found} - found:
        found |= new
    return found - {pid}


def summary(run: Run) -> str:
    """What the session printed in the end, for the message of an assertion."""
    return run.output[run.output.rfind("= parity") :]


def cut_spec(
    trial: Trial,
    sections: dict[str, Any],
    change: Callable[[dict[str, Any]], None] = lambda journey: None,
) -> None:
    """Cut the spec down to what these tests need."""
    path = trial.folder / "parity.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    spec["checks"] = [one for one in spec["checks"] if one["id"] in KEPT_CHECKS]
    spec["journeys"] = [one for one in spec["journeys"] if one["id"] == KEPT_JOURNEY]
    change(spec["journeys"][0])
    spec.pop("refusals", None)
    spec["gaps"] = [one for one in spec["gaps"] if one["category"] == "db-dialect"]
    kept = {one["id"] for one in spec["gaps"]}
    spec["failure_modes"] = [one for one in spec["failure_modes"] if one["gap"] in kept]
    modes = {one["id"] for one in spec["failure_modes"]}
    for entry in [*spec["checks"], *spec["journeys"]]:
        entry["covers"] = [one for one in entry.get("covers", []) if one in modes]
    for name in ("accepted", "incidents"):
        spec.pop(name, None)
    spec |= sections
    path.write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
    trial.commit("A small spec")
