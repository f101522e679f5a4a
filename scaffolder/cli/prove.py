"""`parity prove`: production faults are injected, and it is shown which tests notice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.cli.spec_file import load_spec, spec_file
from scaffolder.cli.suggested import Suggested, offer, suggestions
from scaffolder.errors import BadInput

if TYPE_CHECKING:
    from scaffolder.prove.judged import Fault, Proof
    from scaffolder.prove.prove import Asked
    from scaffolder.prove.suggest import Suggestions

PAGE = Path("docs", "parity", "results", "faults.md")
SUITE_PAGE = PAGE.with_name("faults-of-the-suite.md")


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--measure", is_flag=True, hidden=True)
@click.option("--suite", metavar="CMD", help="The team's own tests instead of the harness.")
@click.option(
    "--fault", "only", multiple=True, metavar="ID", help="Only this one; may be repeated."
)
@click.option("--every-test", is_flag=True, help="Go on after the first test that notices.")
@click.option("--workers", type=click.IntRange(1, 16), help="Processes (default: one per core, 2).")
@click.option("--limit", type=click.FloatRange(min=1), default=120, help="Seconds for one fault.")
@click.option("--suggest", is_flag=True, help="Also the lines of parity.yaml for the survivors.")
@click.option("--yes", is_flag=True, help="With --suggest: write them into parity.yaml.")
@click.option("--json", "as_json", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
def prove(
    path: Path,
    suite: str | None,
    measure: bool,
    only: tuple[str, ...],
    every_test: bool,
    workers: int | None,
    limit: float,
    suggest: bool,
    yes: bool,
    as_json: Path | None,
) -> None:
    """Inject production faults, and show which tests notice: the harness, or your own suite.

    Each fault is armed in a PostgreSQL of its own, the tests that meet it run, and it is disarmed.
    Nothing is written into the repository but the page docs/parity/results/faults.md, and that only
    when all faults ran.

    --suggest tries, on the running application, what a journey would have to promise for each
    survivor, and shows it as a patch of parity.yaml. It is written into parity.yaml when you say
    so, and into .parity/suggested.patch in any case.

    \b
    Example:
      parity prove
      parity prove --fault update-ignored --fault text-cut:orders.note --every-test
      parity prove --json faults.json
      parity prove --suggest
      parity prove --suite "pytest tests"

    Exit code 1: a fault survived that parity.yaml says is covered. After Ctrl-C what was judged so
    far is told, and the exit code is 130.
    """
    from scaffolder.observe.process import sigterm_raises
    from scaffolder.prove.prove import Asked
    from scaffolder.prove.prove import prove as run

    if suggest and suite:
        raise BadInput("--suggest is for the harness: prove it without --suite")
    file = spec_file(path)
    spec = load_spec(file).spec
    _known(only)
    asked = Asked(only, every_test, workers or min(2, os.cpu_count() or 1), limit, suite, measure)
    found = Suggested()
    with sigterm_raises():
        proof = run(file.resolve().parent, spec, asked, echo=_say, show=Progress().show)
        try:
            if suggest and not proof.stopped:
                found = suggestions(file, proof.survivors, echo=_say)
        finally:  # the faults are told, whatever becomes of the suggestions
            _print(proof, found.suggestions)
            _write(file.resolve().parent, proof, found, asked, as_json)
    if proof.stopped:
        _say(f"stopped: {len(proof.faults)} faults were judged, the others have no verdict")
        raise SystemExit(128 + signal.SIGINT)
    if suggest:
        offer(file, found, yes=yes)
    raise SystemExit(1 if proof.broken_promises or proof.control else 0)


def _known(only: tuple[str, ...]) -> None:
    from difflib import get_close_matches

    from scaffolder.catalog.load_faults import faults

    for name in only:
        wide = name.partition(":")[0]
        if wide not in faults():
            near = get_close_matches(wide, faults(), n=1)
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            raise BadInput(f"--fault {name}: there is no such fault{hint}; docs/faults.md has them")


def _say(text: str) -> None:
    click.echo(f"parity: {text}", err=True)


class Progress:
    """Each fault on a terminal; elsewhere, as in a job's log, how many, now and then."""

    PAUSE = 30.0  # seconds

    def __init__(self) -> None:
        self.judged, self.told = 0, time.monotonic()

    def show(self, fault: Fault) -> None:
        self.judged += 1
        if sys.stderr.isatty():
            click.echo(f"  {fault.verdict:17} {fault.id} ({fault.seconds:.1f} s)", err=True)
        elif time.monotonic() - self.told >= self.PAUSE:
            self.told = time.monotonic()
            _say(f"{self.judged} faults, the last one {fault.id}: {fault.verdict}")


def _print(proof: Proof, found: Suggestions | None) -> None:
    from scaffolder.prove import report

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in [*report.about_suite(proof), *report.matrix(proof, width)]:
        click.echo(line)
    for line in (*report.survivors(proof, found, width), *report.checks(proof)):
        click.echo(line)
    for test, message in proof.baseline.get("red", {}).items():
        click.echo(f"red without any fault, so it proves nothing: {test}: {message}")
    for test, message in proof.control.items():
        click.echo(f"red with nothing armed, in the end: {test}: {message}", err=True)
    seconds = f"{proof.seconds:.0f} s, {proof.workers} worker{'s' if proof.workers > 1 else ''}"
    click.echo(f"{report.headline(proof)}; {len(proof.faults)} faults in {seconds}")


def _write(
    folder: Path, proof: Proof, found: Suggested, asked: Asked, as_json: Path | None
) -> None:
    """The JSON, the page of a run with all faults, and the page of a job."""
    from scaffolder.prove import report

    if as_json:
        document = proof.as_json() | ({"suggested": found.as_json()} if found.suggestions else {})
        as_json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    if proof.stopped:
        return
    page = report.markdown(proof, asked.suite or "the harness", found.suggestions, found.patch)
    if not asked.only:
        place = SUITE_PAGE if asked.suite else PAGE
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")
        click.echo(f"written: {place}")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as job:
            job.write(page)
