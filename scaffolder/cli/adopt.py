"""`parity adopt`: take over a harness without answers file, or files in the harness's place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.cli.changes import Asker, document, entered, listed, settled, show_diff
from scaffolder.cli.spec_file import harness_spec, load_spec

if TYPE_CHECKING:
    from scaffolder.render.harness import Scaffolded
    from scaffolder.render.preflight import Target


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--merge", is_flag=True, help="Put both versions into files that differ, to merge.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--yes", is_flag=True, help="Answer every question with yes.")
@click.option("--template", "source", metavar="SRC", help="Other blueprints: git URL or folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def adopt(
    path: Path, merge: bool, dry_run: bool, yes: bool, source: str | None, as_json: bool
) -> None:
    """Take over files that lie where the harness goes, so that updates merge from now on.

    For a harness whose answers file is lost or was never there, and for files of your own at the
    harness's paths, which `parity scaffold` refuses to write over. Records the version that your
    files come nearest to, writes the files that are missing, and leaves every other as it is.

    \b
    Example:
      parity adopt --dry-run
      parity adopt && parity update
      parity adopt --merge     # files that differ get both versions, with conflict markers

    Exit code 1: conflict markers were left, as --merge asks.
    """
    from scaffolder.render import adopt as adopting
    from scaffolder.render.template import template

    file = harness_spec(path)
    load_spec(file)
    there = settled(file.parent, reading=dry_run)
    ask = Asker(yes, quiet=as_json, dry_run=dry_run)
    choices = adopting.Choices(ask.confirm, merge, dry_run)
    done = adopting.adopt(there, template(source), choices)
    if as_json:
        click.echo(json.dumps(document(done, dry_run), indent=2))
    else:
        _print(done, there, dry_run)
    raise SystemExit(1 if done.conflicts else 0)


def _print(done: Scaffolded, there: Target, dry_run: bool) -> None:
    show_diff(done)
    if dry_run:  # else the list was shown before it was written
        for line in listed(done.changes):
            click.echo(line)
    for note in done.notes:
        click.echo(f"note: {note}")
    if not dry_run:
        click.echo(
            f"\nnext:\n  {entered(there)}git add -A\n"
            "  git commit -m 'Adopt the parity harness'\n  parity update"
        )
