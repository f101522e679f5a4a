"""`parity scaffold`: the harness, for the first time or again."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.cli.spec_file import load_spec, spec_file
from scaffolder.errors import BadInput

if TYPE_CHECKING:
    from scaffolder.render.harness import Scaffolded
    from scaffolder.render.preflight import Target
    from scaffolder.spec.model import Spec

MARKS = {
    "added": "+",
    "changed": "~",
    "deleted": "-",
    "conflict": "!",
    "kept": "=",
    "unchanged": "=",
}


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show the diff; write nothing.")
@click.option("--yes", is_flag=True, help="Answer every question with yes.")
@click.option("--template", "source", metavar="SRC", help="Other blueprints: git URL or folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def scaffold(path: Path, dry_run: bool, yes: bool, source: str | None, as_json: bool) -> None:
    """Write the harness that parity.yaml asks for into its git repository.

    The first time, no file that is already there is written over. From then on it is an update:
    new entries of parity.yaml and new blueprints come in, what you edited stays.

    \b
    Example:
      parity scaffold --dry-run
      parity scaffold services/shop --yes

    Exit code 1: an update left conflicts.
    """
    from scaffolder.render import harness
    from scaffolder.render.preflight import target
    from scaffolder.render.template import template

    file = spec_file(path)
    if file.name != "parity.yaml":
        raise BadInput(f"{file}: the spec must be named parity.yaml, since Copier reads it, too")
    spec = load_spec(file).spec
    there = target(file.parent)
    done = harness.scaffold(
        there,
        template(source),
        named=source is not None,
        dry_run=dry_run,
        confirm=lambda files: _confirm_loss(files, yes),
    )
    noxfile = "" if dry_run or done.conflicts else _noxfile(there, yes)
    if as_json:
        click.echo(json.dumps(_document(done, spec, noxfile, dry_run), indent=2))
    else:
        _print(done, there, spec, noxfile, dry_run)
    raise SystemExit(1 if done.conflicts else 0)


def _confirm_loss(files: list[str], yes: bool) -> None:
    """Ask before edited files of dropped checks go; raises BadInput unless somebody says yes."""
    listed = "".join(f"\n  {name}" for name in files)
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInput(
            f"the spec has dropped checks whose files you edited; --yes deletes them:{listed}"
        )
    if not click.confirm(
        f"Delete these files of dropped checks, which you edited?{listed}\n", err=True
    ):
        raise BadInput("nothing was changed")


def _noxfile(there: Target, yes: bool) -> str:
    """Offer to load the sessions from the team's own noxfile; what was done, or is to do."""
    from scaffolder.render import noxfile

    if noxfile.loads_sessions(there.root):
        return ""
    lines = f"\n    {noxfile.IMPORT}\n    {noxfile.LINE}"
    agreed = yes or (
        sys.stdin.isatty() and click.confirm(f"Add these lines to noxfile.py?{lines}\n", err=True)
    )
    if agreed and noxfile.load_sessions(there.root):
        return "noxfile.py now loads parity_nox.py (two lines added)"
    why = " (it has uncommitted changes, so parity does not edit it)" if agreed else ""
    return f"add to noxfile.py{why}:{lines}"


def _not_generated(spec: Spec) -> list[str]:
    from scaffolder.catalog.load import checks

    known = checks()
    return [one.id for one in spec.checks if one.id not in known or not known[one.id].generated]


def _document(done: Scaffolded, spec: Spec, noxfile: str, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "version": done.template.ref,
        "changes": [{"path": one.path, "kind": one.kind, "why": one.why} for one in done.changes],
        "conflicts": done.conflicts,
        "not_generated": _not_generated(spec),
        "notes": [*done.notes, *([noxfile] if noxfile else [])],
    }


def _print(done: Scaffolded, there: Target, spec: Spec, noxfile: str, dry_run: bool) -> None:
    if done.diff:
        click.echo(done.diff.encode("utf-8", errors="surrogateescape"), nl=False)
    touched = [one for one in done.changes if one.kind != "unchanged"]
    for one in touched:
        click.echo(f"{MARKS[one.kind]} {one.path}{f'  ({one.why})' if one.why else ''}")
    if missing := _not_generated(spec):
        click.echo(f"not generated yet: {', '.join(missing)}")
    for note in [*done.notes, *([noxfile] if noxfile else [])]:
        click.echo(f"note: {note}")
    if done.conflicts:
        click.echo("conflicts: merge the files marked with !, then `git add` them", err=True)
    elif not any(one.kind in ("added", "changed", "deleted") for one in touched):
        click.echo("nothing to do: the harness is what parity.yaml and the blueprints say")
    elif not dry_run:
        _next_steps(there, done)


def _next_steps(there: Target, done: Scaffolded) -> None:
    """The commands that come next, as they can be pasted into the folder of parity.yaml."""
    tops = sorted(
        {
            one.path if one.path.count("/") < 2 else "/".join(one.path.split("/")[:2])
            for one in done.changes
            if one.kind != "kept"
        }
    )
    verb = "Scaffold" if there.answers is None else "Update"
    answers = "" if there.answers_name == ".copier-answers.yml" else f" -a {there.answers_name}"
    enter = "" if there.root == Path.cwd() else f"cd {shlex.quote(os.path.relpath(there.root))}\n  "
    click.echo(
        f"\nnext:\n  {enter}git add {' '.join(map(shlex.quote, ['parity.yaml', *tops]))}\n"
        f"  git commit -m '{verb} the parity harness'\n  nox -s pr_smoke\n"
        "later: edit parity.yaml, commit it, and run `parity scaffold` again "
        f"(or `copier update --defaults{answers}`)"
    )
