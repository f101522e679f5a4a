"""What `scaffold`, `update` and `adopt` print of the files that they write."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.errors import BadInput

if TYPE_CHECKING:
    from scaffolder.render.harness import Scaffolded
    from scaffolder.render.preflight import Target
    from scaffolder.render.preview import Change

MARKS = {
    "added": "+",
    "changed": "~",
    "deleted": "-",
    "conflict": "!",
    "kept": "=",
    "unchanged": "=",
}
WRITTEN = ("added", "changed", "deleted", "conflict")


@dataclass(frozen=True, slots=True)
class Asker:
    """`yes` answers every question; without a terminal only what needs no answer goes on."""

    yes: bool
    quiet: bool
    dry_run: bool

    def confirm(self, planned: Scaffolded) -> None:
        """Show what will be written, before it is; raises BadInput when somebody says no."""
        for line in listed(planned.changes):
            click.echo(line, err=self.quiet)
        if self.yes or not sys.stdin.isatty():
            return
        if not click.confirm("Write these changes?", default=True, err=True):
            raise BadInput("nothing was changed")

    def commit_spec(self, there: Target) -> None:
        """Offer to commit an edited parity.yaml; raises BadInput when that is not wanted."""
        from scaffolder.render.spec_commit import commit_spec, spec_is_committed

        if self.dry_run or spec_is_committed(there):
            return
        if not self.yes and not sys.stdin.isatty():
            raise BadInput(
                "parity.yaml has changes that are not committed; commit it first, or say --yes "
                "to let parity commit it (that file alone)"
            )
        if not self.yes and not click.confirm("Commit parity.yaml first?", default=True, err=True):
            raise BadInput("nothing was changed: parity.yaml has to be committed first")
        click.echo(f"committed parity.yaml ({commit_spec(there)})", err=self.quiet)


def settled(folder: Path, *, reading: bool) -> Target:
    """The repository, ready to be written; says so when an interrupted command was taken back."""
    from scaffolder.render import harness

    there, names = harness.settled(folder, reading=reading)
    if names:
        click.echo(f"took back what an interrupted command wrote ({len(names)} files)", err=True)
    return there


def listed(changes: list[Change]) -> list[str]:
    """One line for each file that something happens to."""
    return [
        f"{MARKS[one.kind]} {one.path}{f'  ({one.why})' if one.why else ''}"
        for one in changes
        if one.kind != "unchanged"
    ]


def document(done: Scaffolded, dry_run: bool) -> dict[str, object]:
    """The same for programs."""
    return {
        "dry_run": dry_run,
        "version": done.template.ref,
        "changes": [{"path": one.path, "kind": one.kind, "why": one.why} for one in done.changes],
        "conflicts": done.conflicts,
        "notes": list(done.notes),
    }


def show_diff(done: Scaffolded) -> None:
    """The diff of a dry run, byte for byte."""
    if done.diff:
        click.echo(done.diff.encode("utf-8", errors="surrogateescape"), nl=False)


def show_end(done: Scaffolded, there: Target, *, dry_run: bool, verb: str) -> None:
    """Conflicts, nothing to do, or the commands that come next."""
    if done.conflicts:
        listed_conflicts = "".join(f"\n  {name}" for name in done.conflicts)
        click.echo(
            "conflicts: edit what stands between <<<<<<< and >>>>>>> in these files, then "
            f"`git add` them; `parity update --undo` takes everything back:{listed_conflicts}",
            err=True,
        )
    elif not any(one.kind in WRITTEN for one in done.changes):
        click.echo("nothing to do: the harness is what parity.yaml and the blueprints say")
    elif dry_run:
        command = "scaffold" if verb == "Scaffold" else "update"
        click.echo(f"nothing was written; `parity {command}` writes it", err=True)
    else:
        _next_steps(there, done, verb)


def copier_command(there: Target) -> str:
    """Plain Copier's update, with the name of the answers file where it is not the usual one."""
    usual = there.answers_name == ".copier-answers.yml"
    return f"copier update --defaults{'' if usual else f' -a {there.answers_name}'}"


def entered(there: Target) -> str:
    """The `cd` that a pasted command needs."""
    if there.root == Path.cwd():
        return ""
    return f"cd {shlex.quote(os.path.relpath(there.root))}\n  "


def _next_steps(there: Target, done: Scaffolded, verb: str) -> None:
    """The commands that come next, as they can be pasted into the folder of parity.yaml."""
    tops = sorted({_top(one.path) for one in done.changes if one.kind != "kept"})
    click.echo(
        f"\nnext:\n  {entered(there)}git add {' '.join(map(shlex.quote, ['parity.yaml', *tops]))}\n"
        f"  git commit -m '{verb} the parity harness'\n  nox -s pr_smoke\n"
        f"later: edit parity.yaml and run `parity update` (or commit it, and run "
        f"`{copier_command(there)}`)"
    )


def _top(path: str) -> str:
    return path if path.count("/") < 2 else "/".join(path.split("/")[:2])
