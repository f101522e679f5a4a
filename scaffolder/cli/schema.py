"""`parity schema`: the JSON Schema, for editors."""

from __future__ import annotations

from importlib.resources import files

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of parity.yaml.

    \b
    Example:
      parity schema > parity.schema.json
      # then, as the first line of parity.yaml:
      # yaml-language-server: $schema=parity.schema.json
    """
    text = files("scaffolder.spec").joinpath("schema.json").read_text(encoding="utf-8")
    click.echo(text, nl=False)
