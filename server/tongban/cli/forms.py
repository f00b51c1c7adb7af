"""Commands about forms alone: preview one in the browser, make sample answers from its definition."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import click
from werkzeug.serving import run_simple

from tongban import catalog
from tongban.cli import files
from tongban.cli.definitions import version_of
from tongban.engine import answers
from tongban.engine.answers import sample
from tongban.engine.model import Env, Form, Rule
from tongban.engine.read import read_form
from tongban.engine.rules.dates import date_of
from tongban.text import say
from tongban.web.preview import clock, create

_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
_WORKFLOW = click.option("--workflow", type=_FILE,
                         help="A workflow that uses the form, where its rules name other forms.")


@click.group()
def form() -> None:
    """Try a form without a server."""


def form_of(path: Path, workflow: Path | None, lang: str) -> tuple[Form, str, tuple[Rule, ...]]:
    """The form in a file, what stands before its names, its procedure's rules; says what is wrong and ends with 1."""
    found = files.load(path)
    if workflow is not None:
        flow = version_of(workflow, path.parent, lang, as_json=False).workflow
        wanted = found.value.get("id") if isinstance(found.value, dict) else None
        for key, one in flow.forms.items():
            if one.id == wanted:
                return one, f"{key}.", tuple(flow.rules.values())
    read, problems = (None, found.problems) if found.problems else read_form(found.value)
    if read is None:
        click.echo(str(path), err=True)
        files.show(problems, lang, err=True)
        raise SystemExit(1)
    return read, "", ()


def today() -> Env:
    """What rules may ask of the day."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"now": now, "today": date_of(now)}


@form.command()
@click.argument("path", metavar="FILE", type=_FILE)
@_WORKFLOW
@click.option("--port", default=8090, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@files.LANGUAGE
def preview(path: Path, workflow: Path | None, port: int, host: str, lang: str) -> None:
    """Open a form alone in the browser, blank, filled, wrong, returned, with made-up answers. Nothing is stored."""
    shown, prefix, _rules = form_of(path, workflow, lang)
    app = create(catalog.folder("pwa"), shown, clock, prefix)
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as no:
        raise click.ClickException(say("cli.no_port", lang, host=host, port=port)) from no
    click.echo(f"http://{host}:{port}/")
    run_simple(host, port, app, threaded=True)


@form.command("sample")
@click.argument("path", metavar="FILE", type=_FILE)
@_WORKFLOW
@click.option("--seed", default=0, show_default=True, help="Another number, other answers.")
@click.option("--count", default=1, show_default=True, help="How many sets of valid answers.")
@click.option("--edges", is_flag=True, help="Answers at the rim of every field and past it, with what becomes of them.")
@files.LANGUAGE
def sample_(path: Path, workflow: Path | None, seed: int, count: int, edges: bool, lang: str) -> None:
    """Print answers made from a form's definition, one JSON object a line; with --workflow they pass its rules too."""
    shown, prefix, rules = form_of(path, workflow, lang)
    step = answers.Step(prefix)
    if edges:
        for one in shown.fields:
            for raw in sample.edges(one) if answers.TYPES[one.type].holds and not one.computed else ():
                read = answers.read(shown, {one.id: raw}, today(), "draft", step)
                files.line({"field": one.id, "raw": raw, "value": read.values.get(one.id),
                            "problems": files.with_sentences(read.problems)})
        return
    complete = True
    for n in range(count):
        raw = sample.valid(shown, today(), seed + n, prefix, rules)
        read = answers.read(shown, raw, today(), step=step)
        complete = complete and read.ok
        files.line(raw)
        if not read.ok:
            files.show(read.problems, lang, err=True)
    if not complete:
        click.echo(json.dumps({"valid": False}), err=True)
        raise SystemExit(1)


COMMANDS = (form,)
