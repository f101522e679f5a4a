"""`parity plan`: allocate tiers, choose checks and the smoke suite, write them into the spec."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.cli.spec_file import (
    load_spec,
    read_spec,
    require_valid,
    spec_diff,
    spec_file,
    write_spec,
)

if TYPE_CHECKING:
    from scaffolder.plan.decisions import Allocation


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print every decision as JSON.")
def plan(path: Path, dry_run: bool, as_json: bool) -> None:
    """Decide what is caught where, and write it into parity.yaml.

    Gives each failure mode a tier, adds the checks that the gaps ask for, and chooses the smoke
    suite within the budget of pr_smoke. Whatever carries `pinned: true` stays as it is, and so do
    comments and the rest of the file. A second run changes nothing.

    \b
    Example:
      parity plan --dry-run
      parity plan services/shop
    """
    from scaffolder.plan.allocate import allocate
    from scaffolder.plan.edits import edits
    from scaffolder.spec.edit import apply

    file = spec_file(path)
    loaded = load_spec(file, for_plan=True)
    allocation = allocate(loaded.spec)
    before = read_spec(file)
    after = apply(before, edits(loaded.spec, allocation))
    require_valid(after, file.name)
    if after != before and not dry_run:
        write_spec(file, after)
    if as_json:
        click.echo(json.dumps({"changed": after != before, **asdict(allocation)}, indent=2))
        return
    for line in spec_diff(before, after, file.name, "planned"):
        click.echo(line)
    for line in _report(allocation, changed=after != before, written=not dry_run, name=file.name):
        click.echo(line)


def _report(allocation: Allocation, *, changed: bool, written: bool, name: str) -> list[str]:
    lines = [f"removed: {check}: {why}" for check, why in allocation.removed]
    lines += [f"not generated yet: {check}: {why}" for check, why in allocation.not_generated]
    lines.append(
        f"pr_smoke: {allocation.smoke_seconds}s of checks and journeys, "
        f"room for {allocation.smoke_room}s"
    )
    if not changed:
        lines.append(f"{name} is planned already")
    elif written:
        lines.append(f"{name} is written; `parity validate` tells what is still open")
    else:
        lines.append("nothing is written (--dry-run)")
    return lines
