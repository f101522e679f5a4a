"""`parity accept`: what is red, shown; and with consent, written into parity.yaml as known."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scaffolder.cli.spec_file import (
    FILENAME,
    load_spec,
    read_spec,
    require_valid,
    spec_diff,
    spec_file,
    write_spec,
)
from scaffolder.errors import BadInput

if TYPE_CHECKING:
    from scaffolder.plan.accept import Offer, Red

RESULTS = Path(".parity", "results.json")
HARNESS = Path("tests", "parity")
DAYS = 90
NEXT = (
    f"git add {FILENAME} && git commit -m 'Accept known findings'",
    "parity scaffold   # the harness takes what is accepted from parity.yaml",
    "git add -A && git commit -m 'Update the parity harness'",
    "nox -s pr_smoke",
)


@click.command()
@click.argument("what", nargs=-1, metavar="[PATH] [CHECK[:CASE]]...")
@click.option("--reason", metavar="TEXT", help="Why it is accepted; asked for without it.")
@click.option("--until", metavar="DATE", help=f"Last day, YYYY-MM-DD (default: in {DAYS} days).")
@click.option("--owner", metavar="NAME", help="Who sees to it.")
@click.option("--yes", is_flag=True, help="Accept without a question; needs --reason.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def accept(
    what: tuple[str, ...],
    reason: str | None,
    until: str | None,
    owner: str | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Accept what the last run found, with a reason and a date.

    Shows each failure of the last run (.parity/results.json), asks which are known, and adds them
    to `accepted` in parity.yaml. They run all the same, are printed in every run, and are red
    again once they are fixed or the date has passed. A `*` in CASE is any text.

    \b
    Example:
      parity accept
      parity accept boundaries "sql-literals:shop/report.py:*"
      parity accept --yes --reason "first day" --until 2027-01-31

    Exit code 1: something red can't be accepted.
    """
    from scaffolder.plan.accept import NoSuchCase, chosen, offer

    path, names = _arguments(what)
    file = spec_file(path)
    spec = load_spec(file).spec
    today = date.today()
    last_day = _last_day(until, today)
    results = read_results(file.resolve().parent)
    offered = offer(results, spec.accepted, today)
    try:
        wanted = chosen(offered, names)
    except NoSuchCase as error:
        raise BadInput(str(error)) from error
    _show(results, offered, wanted, quiet=as_json)
    agreed = _agreed(wanted, reason=reason, yes=yes, dry_run=dry_run)
    entries = _entries(agreed, owner, last_day)
    _write(file, entries, dry_run=dry_run, quiet=as_json)
    if as_json:
        click.echo(json.dumps(_document(results, offered, entries, dry_run), indent=2))
    raise SystemExit(1 if offered.stays else 0)


def read_results(folder: Path) -> dict[str, Any]:
    """The last run's results.json; raises BadInput when it is missing, old, or not ours."""
    file = folder / RESULTS
    again = "run `nox -s pr_smoke` first"
    try:
        results = json.loads(file.read_text(encoding="utf-8"))
        written = file.stat().st_mtime
    except FileNotFoundError as error:
        raise BadInput(f"{RESULTS}: there are no results; {again}") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{RESULTS}: it can't be read ({error}); {again}") from error
    if not isinstance(results, dict) or not isinstance(results.get("cases"), dict):
        raise BadInput(
            f"{RESULTS}: an older harness wrote it; run `parity scaffold`, then `nox -s pr_smoke`"
        )
    harness = (path for path in (folder / HARNESS).rglob("*.py"))
    newer = sorted(path.name for path in harness if path.stat().st_mtime > written)
    if newer:
        raise BadInput(f"{RESULTS}: {HARNESS}/ has changed since ({newer[0]}); {again}")
    return results


def _arguments(what: tuple[str, ...]) -> tuple[Path, list[str]]:
    """The folder, when the first word names one that holds a spec; a check may be named alike."""
    if what and (
        Path(what[0], FILENAME).is_file() or Path(what[0]).name in (FILENAME, "", ".", "..")
    ):
        return Path(what[0]), list(what[1:])
    return Path(), list(what)


def _last_day(text: str | None, today: date) -> date:
    try:
        chosen = date.fromisoformat(text) if text else today + timedelta(days=DAYS)
    except ValueError as error:
        raise BadInput(f"--until {text}: a date is written YYYY-MM-DD") from error
    if chosen < today:
        raise BadInput(f"--until {chosen}: that day has passed")
    return chosen


def _show(
    results: dict[str, Any], offered: Offer, wanted: dict[Red, list[Red]], *, quiet: bool
) -> None:
    """Nothing is accepted that was not printed before; with --json on the other stream."""
    part = "" if results.get("complete") else ", of which only a part ran"
    click.echo(f"last run: {results.get('command')}{part}", err=quiet)
    for entry, members in wanted.items():
        click.echo(f"  {entry.check}: {entry.case}", err=quiet)
        for red in members:
            name = "" if red == entry else f"{red.case}: "
            click.echo(f"      {name}{red.text}", err=quiet)
    if offered.stays:
        click.echo("can't be accepted; mend it, or what blocks it:", err=quiet)
    for stays in offered.stays:
        name = f"{stays.check}: " if stays.check else ""
        click.echo(f"  {name}{stays.why.removeprefix(name)}", err=quiet)
    if not wanted:
        click.echo("nothing to accept", err=quiet)


def _agreed(
    wanted: dict[Red, list[Red]], *, reason: str | None, yes: bool, dry_run: bool
) -> list[tuple[Red, str]]:
    """What the user accepts, each with its reason."""
    if not wanted:
        return []
    if yes or dry_run:
        if not reason and not dry_run:
            raise BadInput("--yes needs --reason: say why these failures are accepted")
        return [(red, reason or "why") for red in wanted]
    if not sys.stdin.isatty():
        raise BadInput("nothing was accepted: there is no terminal to ask, say --yes and --reason")
    return _asked(list(wanted), reason)


def _asked(wanted: list[Red], reason: str | None) -> list[tuple[Red, str]]:
    agreed: list[tuple[Red, str]] = []
    everything = False
    for red in wanted:
        answer = "y"
        if not everything:
            answer = click.prompt(
                f"accept {red.check}: {red.case}? y yes, n no, a all, q quit",
                type=click.Choice(["y", "n", "a", "q"]),
                show_choices=False,
                default="n",
                err=True,
            )
        if answer == "q":
            break
        if answer == "n":
            continue
        if not reason:
            same = agreed[-1][1] if agreed else None
            said = same if everything and same else click.prompt("reason", default=same, err=True)
        else:
            said = reason
        everything = everything or answer == "a"
        agreed.append((red, said))
    return agreed


def _entries(
    agreed: list[tuple[Red, str]], owner: str | None, last_day: date
) -> list[dict[str, Any]]:
    from scaffolder.plan.accept import entry

    made = [entry(red, reason=reason, owner=owner, until=last_day) for red, reason in agreed]
    return [one for number, one in enumerate(made) if one not in made[:number]]


def _write(file: Path, entries: list[dict[str, Any]], *, dry_run: bool, quiet: bool) -> None:
    from scaffolder.spec.edit import Add, apply

    if not entries:
        return
    before = read_spec(file)
    after = apply(before, [Add("accepted", one) for one in entries])
    require_valid(after, file.name)
    for line in spec_diff(before, after, file.name, "accepted"):
        click.echo(line, err=quiet)
    if dry_run:
        click.echo("nothing is written (--dry-run)", err=quiet)
        return
    write_spec(file, after)
    click.echo(f"{len(entries)} accepted in {file.name}; next:", err=quiet)
    for command in NEXT:
        click.echo(f"  {command}", err=quiet)


def _document(
    results: dict[str, Any], offered: Offer, entries: list[dict[str, Any]], dry_run: bool
) -> dict[str, object]:
    return {
        "command": results.get("command"),
        "complete": bool(results.get("complete")),
        "red": [{"check": r.check, "case": r.case, "text": r.text} for r in offered.red],
        "stays": [{"check": stays.check, "why": stays.why} for stays in offered.stays],
        "accepted": entries,
        "written": bool(entries) and not dry_run,
        "next": list(NEXT) if entries and not dry_run else [],
    }
