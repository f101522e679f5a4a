"""`parity scaffold`: the harness, for the first time or again."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.cli.changes import document, listed, settled, show_diff, show_end
from scaffolder.cli.spec_file import harness_spec, load_spec

if TYPE_CHECKING:
    from scaffolder.render.harness import Scaffolded
    from scaffolder.render.preflight import Target
    from scaffolder.spec.model import Spec


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show the diff; write nothing.")
@click.option("--yes", is_flag=True, help="Answer every question with yes.")
@click.option("--template", "source", metavar="SRC", help="Other blueprints: git URL or folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def scaffold(path: Path, dry_run: bool, yes: bool, source: str | None, as_json: bool) -> None:
    """Write the harness that parity.yaml asks for into its git repository.

    The first time, no file that is already there is written over. From then on it does what
    `parity update` does: what changed comes in, what you edited stays.

    \b
    Example:
      parity scaffold --dry-run
      parity scaffold services/shop --yes

    Exit code 1: an update left conflicts.
    """
    from scaffolder.render import harness
    from scaffolder.render.template import template

    file = harness_spec(path)
    spec = load_spec(file).spec
    there = settled(file.parent, reading=dry_run)
    choices = harness.Choices(
        lambda planned: None,
        source is not None,
        dry_run,
        edit_noxfile=lambda: yes or _may_edit_noxfile(),
    )
    done = harness.scaffold(there, template(source), choices)
    noxfile = "" if dry_run or done.conflicts else _noxfile(there)
    notes = [*done.notes, *([noxfile] if noxfile else [])]
    done = replace(done, notes=notes)
    if as_json:
        described = document(done, dry_run) | {"not_generated": _not_generated(spec)}
        click.echo(json.dumps(described, indent=2))
    else:
        _print(done, there, spec, dry_run)
    raise SystemExit(1 if done.conflicts else 0)


def _may_edit_noxfile() -> bool:
    """Offer to load the sessions from the team's own noxfile."""
    question = f"Add these lines to noxfile.py?{_lines()}\n"
    return sys.stdin.isatty() and click.confirm(question, err=True)


def _noxfile(there: Target) -> str:
    """What is left to do in the team's own noxfile."""
    from scaffolder.render import noxfile

    if noxfile.loads_sessions(there.root):
        return ""
    clean = noxfile.is_clean(there.root)
    why = "" if clean else " (it has uncommitted changes, so parity does not edit it)"
    return f"add to noxfile.py{why}:{_lines()}"


def _lines() -> str:
    from scaffolder.render import noxfile

    return f"\n    {noxfile.IMPORT}\n    {noxfile.LINE}"


def _not_generated(spec: Spec) -> list[str]:
    from scaffolder.catalog.load import checks

    known = checks()
    return [one.id for one in spec.checks if one.id not in known or not known[one.id].generated]


def _print(done: Scaffolded, there: Target, spec: Spec, dry_run: bool) -> None:
    show_diff(done)
    for line in listed(done.changes):
        click.echo(line)
    if missing := _not_generated(spec):
        click.echo(f"not generated yet: {', '.join(missing)}")
    for note in done.notes:
        click.echo(f"note: {note}")
    verb = "Scaffold" if there.answers is None else "Update"
    show_end(done, there, dry_run=dry_run, verb=verb)
