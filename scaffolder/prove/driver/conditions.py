"""Under which conditions a fault of the process starts the application, and what is watched."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RECORDER = Path(__file__).resolve().parent / "recorder"


WATCHERS: Mapping[str, Sequence[str]] = {
    "package": ("packages",),
    "variable": ("variables",),
    "clock": ("source",),
    "assert": ("source",),
    "text": ("text",),
    "home": ("home", "variables"),
    "temporary": ("temporary",),
}
"""What a fault must be asked for -> what watches for it, see recorder/parity_probe.py."""
EVERYTHING = ("packages", "home", "variables", "source", "temporary")
"""All that can be watched while nothing is altered."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Variables that differ from production's, those that are not there, and the probe's job."""

    variables: Mapping[str, str] = field(default_factory=dict)
    unset: Sequence[str] = ()
    job: Mapping[str, Any] = field(default_factory=dict)


def conditions(fault: Mapping[str, Any], narrow: str, names: Sequence[str] = ()) -> Conditions:
    """Of a fault of the catalogue; `narrow`: the distribution (with its `names`) or variable."""
    job: dict[str, Any] = {"watch": WATCHERS[fault["asked"]], "imports": [], "hide": []}
    job |= fault.get("job", {})
    if fault.get("each") == "package":
        job |= {"imports": list(names), "hide": list(names), "distribution": narrow}
    unset = [narrow] if fault.get("each") == "variable" else []
    return Conditions(dict(fault.get("variables", {})), unset, job)


def probe(job: Mapping[str, Any], settings: Any, directory: Path, notes: Path) -> str:
    """The value of PARITY_PROBE."""
    own = {"notes": str(notes), "own": str(directory.resolve()), "packages": settings.PACKAGES}
    values = {
        name: str(variable["sample"])
        for name, variable in settings.ENVIRONMENT.items()
        if variable["sample"] is not None
    }
    wanted = {**job, **own, "variables": {**values, "HOME": ""}}
    return json.dumps(wanted)


@contextmanager
def applied(settings: Any, wanted: Conditions, directory: Path, notes: Path) -> Iterator[None]:
    """Every process of the application that starts now has them.

    The harness makes each one's variables of its settings, so these are altered, for a while.
    """
    names = ("ENVIRONMENT", "TIMEZONE", "LOCALE")
    before = {name: getattr(settings, name) for name in names}
    own = settings.ENVIRONMENT.get("PYTHONPATH", {"sample": None})["sample"]
    given = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(RECORDER), own])),
        "PARITY_PROBE": probe(wanted.job, settings, directory, notes),
        **wanted.variables,
    }
    settings.TIMEZONE = given.pop("TZ", settings.TIMEZONE)  # a check may ask for another one
    entries = {name: {"required": False, "sample": value} for name, value in given.items()}
    kept = {name: one for name, one in settings.ENVIRONMENT.items() if name not in wanted.unset}
    settings.ENVIRONMENT = {**kept, **entries}
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
