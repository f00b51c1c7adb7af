"""Commands about definitions: check, schema, explain, draw, simulate. None needs a server or a database."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from tongban import text
from tongban.cli import files
from tongban.cli.asking import ask
from tongban.cli.schema import published
from tongban.engine import draw
from tongban.engine.check import check_bundle
from tongban.engine.model import Version
from tongban.engine.problem import EngineError, Problem
from tongban.engine.read import read_bundle, read_form
from tongban.engine.simulate import BadScript, simulate
from tongban.paper import layouts

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


@click.command()
@click.argument("paths", metavar="FILE…", type=_FILE, nargs=-1, required=True)
@files.FORMS
@click.option("--world", type=_FILE, help="Who holds which role where, to prove that every step has somebody.")
@click.option("--scenarios", type=_FILE, help="Stored examples; by default scenarios/<name>.json beside the workflow.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@files.AS_JSON
@files.LANGUAGE
def check(paths: tuple[Path, ...], forms: Path | None, world: Path | None, scenarios: Path | None, strict: bool,
          as_json: bool, lang: str) -> None:
    """Prove workflow definitions: a workflow FILE finds its forms beside it; a bundle carries them.

    Ends with 0 where nothing is wrong, 1 where a definition is wrong, 2 where a file cannot be read.
    """
    around = files.load(world) if world else files.Found(None)
    worst = 2 if around.problems else 0
    _tell(str(world), around.problems, lang, as_json=as_json)
    for path in paths:
        problems, code = _proved(path, forms, around.value, scenarios)
        failed = any(p.level == "error" or (strict and p.level == "warning") for p in problems)
        worst = max(worst, code, int(failed))
        _tell(str(path), problems, lang, as_json=as_json, empty=True)
    raise SystemExit(worst)


def _proved(path: Path, forms: Path | None, world: Json, scenarios: Path | None) -> tuple[tuple[Problem, ...], int]:
    """The problems of one file, and 2 where it, or its examples, cannot be read at all."""
    found = files.bundle(path, forms)
    stored = scenarios or path.parent / "scenarios" / path.name
    book = files.book(stored) if scenarios or files.is_file(stored) else files.Found(None)
    if found.problems or book.problems:
        return found.problems + book.problems, 2
    value = found.value
    if isinstance(value, dict) and "pages" in value and "states" not in value:
        return read_form(value)[1], 0
    return check_bundle(value, world, book.value) + layouts.problems(value), 0


def _tell(name: str, problems: tuple[Problem, ...], lang: str, *, as_json: bool, empty: bool = False) -> None:
    if not problems and not empty:
        return
    if as_json:
        files.line({"file": name, "problems": files.with_sentences(problems)})
        return
    click.echo(f"{name}: " + text.say("cli.found" if problems else "cli.good", lang, count=len(problems)))
    files.show(problems, lang)


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
            problems = [Problem(**problem) for problem in line["problems"]]
            files.line({**line, "problems": files.with_sentences(problems)})
    except BadScript as error:
        if as_json:
            files.line({"file": str(script), "problems": files.with_sentences(error.problems)})
        else:
            click.echo(str(script), err=True)
            files.show(error.problems, lang, err=True)
        raise SystemExit(2) from None


@click.command("explain")
@click.argument("rule")
@click.argument("answers", type=_FILE)
@click.option("--workflow", type=_FILE, help="The definition that is meant; RULE may be the id of one of its rules.")
@click.option("--today", default=lambda: date.today().isoformat(), help="The day on which the rule is asked.")
@files.AS_JSON
@files.LANGUAGE
def explain_(rule: str, answers: Path, workflow: Path | None, today: str, as_json: bool, lang: str) -> None:
    """Say why RULE is true, false or unknown for ANSWERS, in the words of the definition.

    ANSWERS is JSON: {"form": {"field": answer}} for a workflow, else {"name": value}. Ends with 0 for true, 1 for
    false, 3 for unknown, 2 where the rule or the answers are wrong.
    """
    found = files.load(answers)
    version = version_of(workflow, None, lang, as_json=as_json) if workflow else None
    try:
        if found.problems or not isinstance(found.value, dict):
            raise EngineError(found.problems or [Problem("cli.no_answers")])
        asked = ask(rule, found.value, version, today)
    except EngineError as error:
        if as_json:
            files.line({"problems": files.with_sentences(error.problems)})
        else:
            files.show(error.problems, lang)
        raise SystemExit(2) from None
    word = {True: "true", False: "false", None: "unknown"}[asked.value]
    if as_json:
        reasons = files.with_sentences(asked.reasons)
        files.line({"value": asked.value, "reasons": reasons, "missing": list(asked.missing),
                    "values": dict(asked.values)})
    else:
        click.echo(text.say(f"cli.verdict.{word}", lang))
        for reason in asked.reasons:
            click.echo(f"  {text.problem(reason, lang)}" + (f"  ({reason.clause})" if reason.clause else ""))
    raise SystemExit({"true": 0, "false": 1, "unknown": 3}[word])


@click.command("draw")
@click.argument("workflow", type=_FILE)
@click.option("--text", "as_text", is_flag=True, help="Lines of text instead of SVG.")
@click.option("--down", is_flag=True, help="Top to bottom, for narrow screens.")
@click.option("--lit", multiple=True, help="A present state; may be given several times.")
@click.option("--way", multiple=True, help="A state that has been passed; may be given several times.")
@files.LANGUAGE
def draw_(workflow: Path, as_text: bool, down: bool, lit: tuple[str, ...], way: tuple[str, ...], lang: str) -> None:
    """Draw WORKFLOW as SVG or as text, on standard output."""
    version = version_of(workflow, None, lang, as_json=False)
    chart = version.bundle["workflow"]
    unknown = [name for name in (*lit, *way) if name not in version.workflow.states]
    if unknown:
        known = list(version.workflow.states)[1:]
        raise click.UsageError(text.say("read.no_such_state", lang, value=unknown[0], known=known))
    click.echo(draw.text(chart, lang) if as_text else draw.svg(chart, lit, way, lang, down=down, style=True))


COMMANDS = (check, schema, explain_, draw_, simulate_)
