"""`parity update`: bring the harness up to parity.yaml and the blueprints, and keep hand edits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.cli.changes import Asker, document, listed, settled, show_diff, show_end
from scaffolder.cli.spec_file import harness_spec, load_spec

if TYPE_CHECKING:
    from scaffolder.render.harness import Scaffolded
    from scaffolder.render.preflight import Target


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show the diff; write nothing.")
@click.option("--yes", is_flag=True, help="Answer every question with yes.")
@click.option("--delete-edited", is_flag=True, help="Delete dropped files that you edited, too.")
@click.option("--undo", is_flag=True, help="Take back the last update, if it is not committed.")
@click.option("--template", "source", metavar="SRC", help="Other blueprints: git URL or folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def update(
    path: Path,
    dry_run: bool,
    yes: bool,
    delete_edited: bool,
    undo: bool,
    source: str | None,
    as_json: bool,
) -> None:
    """Bring the harness up to parity.yaml, and to the blueprints of this version.

    A three-way merge: what changed in parity.yaml and in the blueprints comes in, what you edited
    by hand stays. Where both changed the same lines, conflict markers are left for you. A file
    that you edited is not deleted when its check is dropped, unless --delete-edited is given.

    \b
    Example:
      parity update --dry-run
      parity update --yes
      parity update --undo

    Exit code 1: conflicts are left in the files that are listed.
    """
    from scaffolder.render import harness
    from scaffolder.render.preflight import target
    from scaffolder.render.sources import recorded_answers
    from scaffolder.render.template import template

    file = harness_spec(path)
    if undo:
        _undo(target(file.parent), force=yes, as_json=as_json)
        return
    load_spec(file)
    there = settled(file.parent, reading=dry_run)
    recorded_answers(there)
    ask = Asker(yes, quiet=as_json, dry_run=dry_run)
    ask.commit_spec(there)
    choices = harness.Choices(ask.confirm, source is not None, dry_run, delete_edited)
    done = harness.scaffold(there, template(source), choices)
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
    show_end(done, there, dry_run=dry_run, verb="Update")


def _undo(there: Target, *, force: bool, as_json: bool) -> None:
    from scaffolder.render import journal

    names = journal.undo(there, force=force)
    if as_json:
        click.echo(json.dumps({"undone": names}, indent=2))
        return
    for name in names:
        click.echo(f"restored {name}")
    click.echo("the repository is as it was before the update; parity.yaml was not touched")
