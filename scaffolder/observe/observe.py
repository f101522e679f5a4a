"""Observe an application: run it in a copy of its repository, and report what works."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scaffolder.errors import UserError
from scaffolder.observe.child import place_driver
from scaffolder.observe.copying import copy
from scaffolder.observe.harness_python import harness_python
from scaffolder.observe.known import Known
from scaffolder.observe.process import DRIVER, run_driver, sigterm_raises
from scaffolder.render.preflight import ANSWERS, SPEC, Target
from scaffolder.render.preview import rendered
from scaffolder.render.template import template
from scaffolder.spec.load import check

HARNESS = Path("tests", "parity")
SECONDS = 600.0
STEPS = ("install", "postgres", "migrate", "prepare", "start", "health", "connected")


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the draft that was tried, `id` as in STEPS; `message`: what there is to say."""

    id: str
    ok: bool
    message: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of it. Sections are as they stand in parity.yaml.

    `reason`: why it ended before journeys were looked for; None when they were. A step that was
    not reached is not in `steps`. `missing_variables`: named by an error of the application, so
    that a draft with samples for them may be tried again; `wrong_variables`: those whose values
    were refused. `health`: the path that answers, None when none was found. `refused`: addresses
    outside of this machine that it tried to reach. `notes`: files that were not copied.
    """

    reason: str | None
    steps: tuple[Step, ...] = ()
    missing_variables: tuple[str, ...] = ()
    wrong_variables: tuple[str, ...] = ()
    health: str | None = None
    refused: tuple[str, ...] = ()
    logins: list[dict[str, Any]] = field(default_factory=list)
    journeys: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    not_covered: list[dict[str, str]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    document_at: str | None = None
    notes: tuple[str, ...] = ()

    def step(self, name: str) -> Step | None:
        """The step of that name, None when it was not reached."""
        return next((step for step in self.steps if step.id == name), None)

    def works(self, name: str) -> bool:
        """Whether a step was reached and went well."""
        step = self.step(name)
        return step is not None and step.ok


def observe(
    repository: Path,
    draft: bytes,
    known: Known | None = None,
    *,
    deadline: float = SECONDS,
    echo: Callable[[str], None] = lambda text: None,
) -> Observation:
    """Run the application of a draft in a copy, for at most `deadline` seconds after the copy.

    `draft`: the text of parity.yaml, which belongs to the folder `repository`. `echo` gets lines of
    progress, from another thread. What is wrong with the application, this machine or the draft is
    part of the result. Nothing is written into the repository, no process and no file stays.
    """
    try:
        with (
            sigterm_raises(),
            tempfile.TemporaryDirectory(
                prefix="parity-observe-", ignore_cleanup_errors=True
            ) as folder,
        ):
            place = Path(folder).resolve()
            return _observed(repository.resolve(), draft, known or Known(), deadline, place, echo)
    except UserError as error:
        return Observation(reason=str(error))
    except OSError as error:
        return Observation(reason=f"{error.filename or repository}: {error.strerror or error}")


def _observed(
    repository: Path,
    draft: bytes,
    known: Known,
    deadline: float,
    folder: Path,
    echo: Callable[[str], None],
) -> Observation:
    if problems := check(draft)[1]:
        return Observation(reason=f"the draft is not valid: {problems[0].text}")
    echo("copying the repository")
    place = folder / "copy" / (repository.name or "repository")
    copied = copy(repository, place)
    harness = _render(draft, folder / "harness")
    place_driver(DRIVER, folder / "driver")
    python = harness_python(harness / "requirements.txt")
    job = {
        "repository": str(place),
        "refused": str(folder / "refused.txt"),
        "known": asdict(known),
        "seconds": deadline,
    }
    ended = run_driver(python, [harness, folder / "driver"], job, folder, deadline, echo)
    return _read(ended.report, ended.problem, tuple(copied.left_out), folder / "refused.txt")


def _render(draft: bytes, folder: Path) -> Path:
    """The folder tests/parity of the draft's harness; outside of the copy nothing is in its way."""
    folder.mkdir()
    (folder / SPEC).write_bytes(draft)
    harness = folder / HARNESS
    with rendered(Target(folder, folder, ANSWERS, None), template()) as fresh:
        shutil.copytree(fresh / HARNESS, harness)
    return harness


def _read(
    report: Mapping[str, Any], problem: str | None, notes: tuple[str, ...], refused: Path
) -> Observation:
    steps = tuple(Step(**step) for step in report.get("steps", []))
    failed = next((step for step in steps if not step.ok and step.id != "health"), None)
    reason = report.get("reason") or problem
    if failed is not None:
        reason = f"{failed.id}: {failed.message.splitlines()[0]}"
    tried = refused.read_text(encoding="utf-8").splitlines() if refused.exists() else []
    return Observation(
        reason=reason,
        steps=steps,
        missing_variables=tuple(report.get("missing_variables", [])),
        wrong_variables=tuple(report.get("wrong_variables", [])),
        health=report.get("health"),
        refused=tuple(dict.fromkeys(tried)),
        notes=notes,
        **{name: report[name] for name in SECTIONS if name in report},
    )


SECTIONS = ("logins", "journeys", "refusals", "not_covered", "questions", "document_at")
