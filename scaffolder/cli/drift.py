"""`parity drift`: is the harness what parity.yaml and the blueprints say?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.cli.changes import settled
from scaffolder.cli.spec_file import harness_spec, load_spec

if TYPE_CHECKING:
    from scaffolder.render.drift import Finding

NEXT = {
    "spec": "parity update",
    "version": "parity update",
    "deleted": "git restore the file, or `--allow deleted` when it is meant",
    "edited": "nothing, or `--allow edited` when it is meant",
    "conflict": "edit the file, then git add it",
    "ignored": "git add --force the file",
}
"""What to do about each kind."""


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    *("--allow", "allowed"),
    multiple=True,
    type=click.Choice(list(NEXT)),
    help="A kind that is printed and does not count; may be repeated.",
)
@click.option("--template", "source", metavar="SRC", help="Other blueprints: git URL or folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def drift(path: Path, allowed: tuple[str, ...], source: str | None, as_json: bool) -> None:
    """Say where harness, parity.yaml and blueprints differ; writes nothing.

    Edits of parity.yaml that are not in the harness, a newer version of the blueprints, generated
    files that were edited or deleted, conflict markers, files that git ignores.

    \b
    Example:
      parity drift
      parity drift --allow edited --allow version   # in CI: only what is forgotten
      parity drift --json

    Exit code 1: there is a difference that is not allowed.
    """
    from scaffolder.render.drift import find
    from scaffolder.render.sources import sides
    from scaffolder.render.template import template

    file = harness_spec(path)
    load_spec(file)
    there = settled(file.parent, reading=True)
    chosen = sides(there, template(source), named=source is not None)
    found = find(there, chosen)
    counted = [one for one in found if one.kind not in allowed]
    if as_json:
        click.echo(json.dumps(_document(found, allowed, chosen.old.ref, chosen.new.ref), indent=2))
    else:
        _print(found, allowed)
    raise SystemExit(1 if counted else 0)


def _document(
    found: list[Finding], allowed: tuple[str, ...], old: str | None, new: str | None
) -> dict[str, object]:
    return {
        "drift": any(one.kind not in allowed for one in found),
        "made_from": old,
        "newest": new,
        "findings": [
            {"kind": one.kind, "what": one.what, "why": one.why, "allowed": one.kind in allowed}
            for one in found
        ],
    }


def _print(found: list[Finding], allowed: tuple[str, ...]) -> None:
    for one in found:
        note = " (allowed)" if one.kind in allowed else ""
        click.echo(f"{one.kind:<9} {one.what}: {one.why}{note}")
    kinds = [kind for kind in NEXT if any(one.kind == kind for one in found)]
    counted = [kind for kind in kinds if kind not in allowed]
    if not found:
        click.echo("no drift: the harness is what parity.yaml and the blueprints say")
    for kind in counted:
        click.echo(f"next, for {kind}: {NEXT[kind]}", err=True)
