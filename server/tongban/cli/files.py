"""Definition files on disk: a workflow finds its forms beside it, a bundle carries them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tongban import text
from tongban.engine.problem import Problem
from tongban.engine.read import load_json

Json = Any
_CALENDARS = Path(__file__).parent.parent / "data" / "calendars"
LANGUAGE = click.option("--lang", type=click.Choice(text.LANGUAGES), default="zh", show_default=True,
                        help="Language of sentences.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
FORMS = click.option("--forms", type=click.Path(file_okay=False, path_type=Path),
                     help="Folder of the forms; by default ../forms beside the workflow's folder, or its own folder.")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds, or why it cannot be used."""

    value: Json
    problems: tuple[Problem, ...] = ()


def load(path: Path) -> Found:
    """The JSON in a file; "-" is standard input."""
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        return Found(None, (Problem("cli.no_file", params={"path": str(path), "why": error.strerror or ""}),))
    loaded = load_json(raw)
    return Found(loaded.value, loaded.problems)


def bundle(path: Path, forms: Path | None) -> Found:
    """A bundle as it is, or a workflow file with the forms it names."""
    found = load(path)
    value = found.value
    if found.problems or not isinstance(value, dict) or "workflow" in value:
        return found
    forms_named = value.get("forms")
    named = forms_named if isinstance(forms_named, dict) else {}
    folders = [forms] if forms else [path.parent.parent / "forms", path.parent]
    held: dict[str, Json] = {}
    problems: list[Problem] = []
    for name in named.values():
        places = [folder / f"{name}.json" for folder in folders] if isinstance(name, str) else []
        file = next((place for place in places if is_file(place)), None)
        if file is None:
            continue        # the reader reports the form that is not there, with its pointer
        form = load(file)
        problems += [Problem(p.code, f"/forms/{name}{p.at}", p.params) for p in form.problems]
        held[name] = form.value
    return Found({"workflow": value, "forms": held}, tuple(problems))


def book(path: Path) -> Found:
    """Stored examples, with the working calendars that the program brings, and those (calendar-<year>.json) beside."""
    found = load(path)
    if found.problems or not isinstance(found.value, dict):
        return found
    kept = [*sorted(_CALENDARS.glob("*.json")), *sorted(path.parent.glob("calendar-*.json"))]
    calendars = {each.stem.removeprefix("calendar-"): load(each).value for each in kept}
    facts = found.value.get("facts")
    if isinstance(facts, dict | None):
        return Found({**found.value, "facts": {"calendars": calendars, **(facts or {})}})
    return found


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):       # names too long or with a zero byte
        return False


def show(problems: Iterable[Problem], lang: str, *, err: bool = False) -> None:
    """Problems for people, one a line: level, place, sentence, code."""
    for problem in problems:
        level = text.say(f"cli.level.{problem.level}", lang)
        click.echo(f"  {level}  {problem.at or '/'}\n      {text.problem(problem, lang)}  [{problem.code}]", err=err)


def line(value: Json) -> None:
    """One JSON object on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def with_sentences(problems: Iterable[Problem]) -> list[Json]:
    """Problems as JSON with their sentences in both languages."""
    return [{**p.as_json(), "text": {lang: text.problem(p, lang) for lang in text.LANGUAGES}} for p in problems]
