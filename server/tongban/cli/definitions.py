"""Commands about definitions: check, schema, explain, draw, simulate. None needs a server or a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from tongban.cli import files
from tongban.cli.schema import published
from tongban.engine.model import Version
from tongban.engine.read import read_bundle
from tongban.engine.simulate import BadScript, simulate

Json = Any
_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


def version_of(path: Path, forms: Path | None, lang: str, *, as_json: bool) -> Version:
    """The version in a file; says what is wrong and ends with 1 where there is none."""
    found = files.bundle(path, forms)
    reading = None if found.problems else read_bundle(found.value)
    if reading is not None and reading.version is not None:
        return reading.version
    problems = found.problems if reading is None else reading.problems
    if as_json:
        files.line({"file": str(path), "problems": files.with_sentences(problems)})
    else:
        click.echo(str(path))
        files.show(problems, lang)
    raise SystemExit(1)


@click.command()
@click.argument("name", type=click.Choice(["workflow", "form"]))
def schema(name: str) -> None:
    """Print the JSON Schema (2020-12) of workflows or forms, for editors."""
    click.echo(json.dumps(published(name), ensure_ascii=False, indent=1))


@click.command("simulate")
@click.argument("workflow", type=_FILE)
@click.argument("script", type=_FILE)
@files.FORMS
@files.AS_JSON
@files.LANGUAGE
def simulate_(workflow: Path, script: Path, forms: Path | None, as_json: bool, lang: str) -> None:
    """Drive WORKFLOW through SCRIPT without a server.

    SCRIPT is JSON: a start time, optional answers and facts, and steps. Each step is an action by an actor with
    answers, a bare chart event by name, or time passing. One JSON object a line comes out for the start and each step.
    """
    version = version_of(workflow, forms, lang, as_json=as_json)
    found = files.load(script)
    try:
        if found.problems:
            raise BadScript(found.problems)
        for line in simulate(version, found.value):
            files.line(line)
    except BadScript as error:
        if as_json:
            files.line({"file": str(script), "problems": files.with_sentences(error.problems)})
        else:
            click.echo(str(script), err=True)
            files.show(error.problems, lang, err=True)
        raise SystemExit(2) from None


COMMANDS = (schema, simulate_)
