"""`parity init`: read a repository, draft its parity.yaml."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.errors import BadInput

if TYPE_CHECKING:
    from scaffolder.draft.draft import Draft
    from scaffolder.scan.scan import Scan


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--app", "directory", help="Folder of the application that is meant, like backend.")
@click.option(
    "--observe/--no-observe",
    default=None,
    help="Start the application on a scratch database to draft journeys. Without either: asks.",
)
@click.option("--yes", is_flag=True, help="Answer every question with its default.")
@click.option("--json", "as_json", is_flag=True, help="Print facts, gaps and questions as JSON.")
def init(path: Path, directory: str | None, observe: bool | None, yes: bool, as_json: bool) -> None:
    """Draft parity.yaml from what stands in the repository.

    Reads manifests, Dockerfiles, compose files, CI, settings and tests, and executes nothing of
    it. With --observe (asked, or --yes) it also copies the repository to a temporary folder,
    installs and starts the application there on a PostgreSQL of its own, and drafts journeys from
    what its write operations store. An existing parity.yaml is never changed: the second run
    tells what is new and what is gone.

    \b
    Example:
      parity init
      parity init --app backend --observe
      parity init --no-observe --json
    """
    from scaffolder.cli import init_report as report
    from scaffolder.cli.wrapping import for_terminal
    from scaffolder.draft.draft import draft, lacking, unsupported

    root = _root(path)
    found = _scan(root, directory, yes=yes, as_json=as_json)
    target = root / "parity.yaml"
    stop = lacking(found) or _not_yet(unsupported(found))
    if stop is not None:
        if as_json:
            click.echo(json.dumps(report.as_json(found, None, None, written=False), indent=2))
        else:
            click.echo("\n".join(for_terminal(report.facts(found))))
        if found.application is None or not found.facts.found:
            raise BadInput(f"{root}: {stop}; nothing is written")
        click.echo(f"no parity.yaml is written: {stop}", err=True)
        return
    today = date.today()
    drafted = draft(found, today)
    observation = None
    if _wanted(observe, yes=yes, exists=target.exists()):
        from scaffolder.observe.refine import refine

        _check(drafted)
        drafted, observation = refine(root, found, today, _progress)
    existing = target.exists()
    if not existing:
        _check(drafted)
        _write(target, drafted.text)
    if as_json:
        out = report.as_json(found, drafted, observation, written=not existing)
        click.echo(json.dumps(out, indent=2, ensure_ascii=False))
        return
    if existing:
        click.echo("\n".join(for_terminal(report.second(found, drafted, target))))
    else:
        lines = report.first(found, drafted, observation, asked=observe is not False)
        click.echo("\n".join(for_terminal(lines)))


def _root(path: Path) -> Path:
    if not path.is_dir():
        kind = "is no folder" if path.exists() else "does not exist"
        raise BadInput(f"{path}: {kind}; name the folder of the repository")
    return path.resolve()


def _scan(root: Path, directory: str | None, *, yes: bool, as_json: bool) -> Scan:
    """The scan of the one application that is meant."""
    from scaffolder.cli import init_report as report
    from scaffolder.scan.scan import scan

    app = directory.strip("/").removeprefix("./") or "." if directory else None
    found = scan(root, app)
    names = [each.directory for each in found.applications]
    if app is not None and found.application is None:
        known = f"; there is: {', '.join(names)}" if names else ""
        raise BadInput(f"--app {directory}: no application of {root}{known}")
    rivals = [each for each in found.applications if each.score >= found.applications[0].score]
    if app is None and len(rivals) > 1 and not yes:
        text = ", ".join(each.directory for each in found.applications)
        if as_json:
            click.echo(json.dumps(report.unchosen(found), indent=2))
        if as_json or not _terminal():
            raise BadInput(f"{root}: several applications: {text}; choose one with --app")
        chosen = click.prompt("Which application", type=click.Choice(names), default=names[0])
        found = scan(root, chosen)
    return found


def _not_yet(engine: str | None) -> str | None:
    if engine is None:
        return None
    return f"production runs {engine}, and parity has checks for PostgreSQL only so far"


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _wanted(observe: bool | None, *, yes: bool, exists: bool) -> bool:
    """Whether the application may be started; without a terminal the answer is no."""
    if observe is not None:
        return observe
    if yes:
        return True
    if exists or not _terminal():
        return False
    text = (
        "Start the application on a scratch database, in a copy, to see what its write operations\n"
        "store? It is installed first, and can't reach the network while it runs"
    )
    return click.confirm(text, default=True)


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _check(drafted: Draft) -> None:
    """A draft that is no valid spec is a bug of ours, not an answer."""
    from scaffolder.spec.load import check

    _, problems = check(drafted.text.encode())
    if problems:
        lines = "\n".join(str(problem) for problem in problems)
        raise RuntimeError(f"the drafted spec is not valid:\n{lines}\n\n{drafted.text}")


def _write(target: Path, text: str) -> None:
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise BadInput(f"{target}: was written by somebody else meanwhile") from error
    except OSError as error:
        raise BadInput(f"{target}: it can't be written: {error.strerror}") from error
