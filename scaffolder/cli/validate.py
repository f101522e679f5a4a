"""`parity validate`: every problem of the spec with its place; practices that are broken."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scaffolder.cli.spec_file import load_spec, spec_file

if TYPE_CHECKING:
    from scaffolder.spec.load import Loaded
    from scaffolder.spec.model import Spec
    from scaffolder.spec.problems import Problem


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def validate(path: Path, as_json: bool) -> None:
    """Check parity.yaml, and warn of practices that are broken.

    PATH is the folder that holds parity.yaml (default: this one), or the file itself. Every problem
    is printed with line and column. Warnings do not change the exit code.

    \b
    Example:
      parity validate
      parity validate services/shop --json
    """
    from scaffolder.spec.problems import SpecError

    file = spec_file(path)
    try:
        loaded = load_spec(file)
    except SpecError as error:
        if not as_json:
            click.echo(f"{error}", err=True)
            count = len(error.problems)
            click.echo(f"{count} {'problem' if count == 1 else 'problems'}", err=True)
        else:
            click.echo(_json(file, error.problems, []))
        raise SystemExit(2) from error
    warnings = _warnings(loaded, file.resolve().parent)
    if as_json:
        click.echo(_json(file, [], warnings))
        return
    for warning in warnings:
        click.echo(warning.render(file.name).replace(": ", ": warning: ", 1))
    click.echo(f"{file.name} is valid: {_summary(loaded.spec)}")


def _warnings(loaded: Loaded, folder: Path) -> list[Problem]:
    from scaffolder.spec.practices import practice_findings

    def exists(name: str) -> bool:
        return (folder / name).exists()

    findings = practice_findings(loaded.spec, today=date.today(), exists=exists)
    return sorted(loaded.document.problem(finding) for finding in findings)


def _summary(spec: Spec) -> str:
    counts = {
        "gap": len(spec.gaps),
        "failure mode": len(spec.failure_modes),
        "journey": len(spec.journeys),
        "check": len(spec.checks),
    }
    return ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items())


def _json(file: Path, problems: list[Problem], warnings: list[Problem]) -> str:
    def rows(found: list[Problem]) -> list[dict[str, Any]]:
        return [{"line": p.line, "column": p.column, "text": p.text, "hint": p.hint} for p in found]

    document = {
        "file": str(file),
        "valid": not problems,
        "problems": rows(problems),
        "warnings": rows(warnings),
    }
    return json.dumps(document, indent=2)
