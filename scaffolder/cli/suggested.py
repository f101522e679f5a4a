"""What `parity prove --suggest` shows and writes: a patch of parity.yaml."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scaffolder.cli.spec_file import read_spec, require_valid, write_spec

if TYPE_CHECKING:
    from scaffolder.prove.judged import Fault
    from scaffolder.prove.suggest import Suggestions

PATCH = Path(".parity", "suggested.patch")


@dataclass(frozen=True, slots=True)
class Suggested:
    """`after`: parity.yaml as it would be; `patch` is empty when nothing can be suggested."""

    suggestions: Suggestions | None = None
    before: bytes = b""
    after: bytes = b""
    patch: str = ""

    def as_json(self) -> dict[str, Any]:
        """For programs: survivor -> journey, survivor -> why nothing, and the patch."""
        found = self.suggestions
        journeys, why = (found.journeys, found.why) if found else ({}, {})
        return {"journeys": journeys, "nothing": why, "patch": self.patch}


def suggestions(
    file: Path, survivors: Sequence[Fault], *, echo: Callable[[str], None]
) -> Suggested:
    """Try what would catch them; raises SpecError rather than suggest what is not valid."""
    import yaml

    from scaffolder.prove.suggest import patch, suggest
    from scaffolder.spec.edit import apply

    before = read_spec(file)
    found = suggest(file.resolve().parent, yaml.safe_load(before), survivors, echo=echo)
    after = apply(before, found.edits)
    require_valid(after, file.name)
    return Suggested(found, before, after, patch(before, after, file.name))


def offer(file: Path, found: Suggested, *, yes: bool) -> None:
    """Show the patch, and write it where the user agrees; raises BadInput."""
    if not found.patch:
        click.echo("nothing to suggest for parity.yaml")
        return
    click.echo(found.patch, nl=False)
    kept = file.resolve().parent / PATCH
    kept.write_text(found.patch, encoding="utf-8")
    asked = sys.stdin.isatty() and not yes
    if yes or (asked and click.confirm(f"Write this into {file.name}?", default=False, err=True)):
        write_spec(file, found.after)
        click.echo(f"written: {file.name}; next: parity update && nox -s pr_smoke")
    else:
        click.echo(f"kept: {PATCH} (git apply {PATCH}, then parity update)")
