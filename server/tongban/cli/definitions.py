"""Commands about definitions: check, schema, explain, draw, simulate. None needs a server or a database."""

from __future__ import annotations

import json

import click

from tongban.cli.schema import published


@click.command()
@click.argument("name", type=click.Choice(["workflow", "form"]))
def schema(name: str) -> None:
    """Print the JSON Schema (2020-12) of workflows or forms, for editors."""
    click.echo(json.dumps(published(name), ensure_ascii=False, indent=1))


COMMANDS = (schema,)
