"""The command `parity`. Each command is imported when it runs, so that `--help` stays instant."""

from __future__ import annotations

import sys
from importlib import import_module
from types import TracebackType
from typing import Any, NoReturn

import click

from scaffolder import __version__
from scaffolder.errors import UserError

BUG = 70
"""Exit code of an error that is ours (EX_SOFTWARE of sysexits.h)."""

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("scaffolder.cli.init:init", "Read a repository, draft its parity.yaml."),
    "validate": (
        "scaffolder.cli.validate:validate",
        "Check parity.yaml; warn of broken practices.",
    ),
    "plan": ("scaffolder.cli.plan:plan", "Allocate tiers and choose the smoke suite."),
    "scaffold": ("scaffolder.cli.scaffold:scaffold", "Write the harness into the repository."),
    "update": ("scaffolder.cli.update:update", "Bring the harness up to date, keep hand edits."),
    "drift": ("scaffolder.cli.drift:drift", "Say where harness, spec and blueprints differ."),
    "adopt": ("scaffolder.cli.adopt:adopt", "Take over a harness, or files in its place."),
    "accept": ("scaffolder.cli.accept:accept", "Accept what the last run found, after showing it."),
    "demo": ("scaffolder.cli.demo:demo", "Show the whole way on an example, green and red."),
    "prove": ("scaffolder.cli.prove:prove", "Inject production faults; show which tests notice."),
    "schema": ("scaffolder.cli.schema:schema", "Print the JSON Schema of parity.yaml."),
}
"""Name -> where the command is, and its line in `parity --help`."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command gets a suggestion."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of the user is a message and an exit code."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"{error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="parity")
def cli() -> None:
    """Find where tests differ from production, scaffold a harness, prove that it can fail.

    \b
    Example:
      parity init          # draft parity.yaml from the repository
      parity validate      # is parity.yaml right?
      parity plan          # which failure is caught where?
      parity scaffold      # write tests/parity/ and the nox sessions
      nox -s pr_smoke      # run them

    Exit codes: 0 good, 1 a finding, 2 bad input, 3 something needed is missing, 70 a bug of ours.
    """


def main() -> NoReturn:
    """Entry point of the command line; never returns."""
    sys.excepthook = _report_bug
    for stream in (sys.stdout, sys.stderr):
        # A message about a character must not fail because the terminal can't show it.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    cli(prog_name="parity")
    raise SystemExit(0)


def _report_bug(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Whatever gets here is no error of the user."""
    if issubclass(kind, KeyboardInterrupt):
        sys.exit(130)
    sys.__excepthook__(kind, error, trace)
    python = ".".join(str(part) for part in sys.version_info[:3])
    click.echo(
        f"\nThis is a bug of parity {__version__} (Python {python}, {sys.platform}). Please report "
        "it with the command line, the lines above, and the part of parity.yaml that it is about.",
        err=True,
    )
    sys.exit(BUG)
