"""`parity demo`: the whole way on an example, healthy and broken side by side."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from scaffolder.demo.examples import Breakage, Example
    from scaffolder.demo.trial import Run, Trial

EXAMPLE = "fastapi-shop"


@click.command()
@click.option("--example", "name", default=EXAMPLE, show_default=True, help="Which example.")
@click.option("--breakage", default=None, help="Which breakage; the example's first one if absent.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Leave the healthy repository with its committed harness in this empty folder.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show what the nox sessions print.")
def demo(name: str, breakage: str | None, keep: Path | None, verbose: bool) -> None:
    """Scaffold a harness into an example, run it, break the example, run it again.

    Everything happens in a temporary folder, on a PostgreSQL that the harness starts itself.

    \b
    Example:
      parity demo
      parity demo --example django-clinic --keep ~/clinic

    Exit code 1: the healthy example is red, or the broken one is not.
    """
    from rich.console import Console

    from scaffolder.demo.examples import examples

    known = examples()
    if name not in known:
        raise BadInput(f"no example '{name}'; there are {', '.join(known)}")
    chosen = _breakage(known[name], breakage)
    if keep and keep.exists() and any(keep.iterdir()):
        raise BadInput(f"{keep}: the folder is not empty")
    console = Console(highlight=False, soft_wrap=True)
    place = nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory(prefix="parity-demo-")
    with place as folder:
        good = _show(console, known[name], chosen, Path(folder), verbose)
    if keep:
        console.print(f"\nThe healthy example with its harness is in {keep}")
        console.print("  nox -s pr_smoke      # run it again")
    raise SystemExit(0 if good else 1)


def _breakage(example: Example, name: str | None) -> Breakage:
    breaking = {one.id: one for one in example.breakages() if one.check}
    if name is None:
        return next(one for one in breaking.values() if one.command == "pr_smoke")
    if name not in breaking:
        raise BadInput(f"no breakage '{name}' in {example.name}; there are {', '.join(breaking)}")
    return breaking[name]


def _show(
    console: Console, example: Example, broken: Breakage, folder: Path, verbose: bool
) -> bool:
    from scaffolder.demo.trial import Trial

    console.print(f"[bold]1[/]  Copy the example {example.name} into a git repository")
    trial = Trial.begin(example, folder)
    console.print("[bold]2[/]  parity scaffold")
    trial.scaffold()
    console.print("[bold]3[/]  nox -s pr_smoke, on the healthy example")
    healthy = _run(console, trial, "pr_smoke", verbose)
    console.print(f"[bold]4[/]  Break it: {broken.what}")
    trial.apply(broken)
    try:
        console.print(f"[bold]5[/]  nox -s {broken.command}, on the broken example")
        ill = _run(console, trial, broken.command, verbose)
    finally:
        trial.restore()
    _table(console, healthy, ill)
    return _judge(console, broken, healthy, ill)


def _run(console: Console, trial: Trial, command: str, verbose: bool) -> Run:
    # The demo is no CI job of anybody: another Python than the example's is shown, not refused.
    env = {"PARITY_STRICT": "0"}
    if verbose or not console.is_terminal:
        run = trial.run(command, env, console.out if verbose else None)
    else:
        with console.status("starting") as status:
            run = trial.run(command, env, lambda line: status.update(line[:70] or "running"))
    verdict = "[green]green[/]" if run.returncode == 0 else "[red]red[/]"
    console.print(f"   {verdict} after {run.seconds:.1f} s")
    if not run.results:
        console.out(run.output)
    return run


def _table(console: Console, healthy: Run, ill: Run) -> None:
    from rich.table import Table
    from rich.text import Text

    from scaffolder.demo.trial import RED

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for title in ("check", "healthy", "broken", ""):
        table.add_column(title, overflow="fold")
    for name in dict.fromkeys([*healthy.checks(), *ill.checks()]):
        results = (healthy.result(name), ill.result(name))
        cells = [Text(one, style="red" if one in RED else "green") for one in results]
        entry = ill.checks().get(name, {})
        texts = [*entry.get("failures", []), *entry.get("blocked", [])]
        table.add_row(Text(name), *cells, Text(texts[0].splitlines()[0] if texts else ""))
    console.print()
    console.print(table)


def _judge(console: Console, broken: Breakage, healthy: Run, ill: Run) -> bool:
    assert broken.check is not None
    console.print()
    if healthy.returncode:
        console.print("[red]The healthy example is red.[/]")
        console.out(healthy.output)
        return False
    if broken.check not in ill.reds():
        console.print(f"[red]The check {broken.check} did not notice the breakage.[/]")
        return False
    suite = "stays green" if broken.own_suite == "green" else "is red, too"
    console.print(f"The example's own test suite {suite} on this breakage.")
    return True
