"""Commands about documents: preview one, verify a file, install the fonts."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from tongban.cli import files
from tongban.cli.asking import around, typed
from tongban.cli.definitions import version_of
from tongban.cli.operate import opened
from tongban.engine.model import Version
from tongban.engine.problem import EngineError
from tongban.paper import authority, blocks, check, fonts, fontsetup, proof, render, sample
from tongban.paper.sheet import PaperError
from tongban.service import batches, documents, wiring
from tongban.text import say

_FILE = click.Path(dir_okay=False, path_type=Path, exists=True)


@click.group()
def document() -> None:
    """Documents that procedures issue."""


@document.command()
@click.argument("workflow", type=_FILE)
@click.argument("name", required=False)
@files.FORMS
@click.option("--answers", type=_FILE,
              help='Answers as a page would send them, {"form": {"field": answer}}; the rest is made up.')
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for the PDFs.")
@files.LANGUAGE
def preview(workflow: Path, name: str | None, forms: Path | None, answers: Path | None, out: Path, lang: str) -> None:
    """Print the documents of a WORKFLOW (or the one called NAME) with sample answers, as PDFs marked 预览."""
    version = version_of(workflow, forms, lang, as_json=False)
    known = version.workflow.documents
    if name and name not in known:
        raise click.ClickException(say("cli.no_document", lang, name=name, known=", ".join(known)))
    given = answers_of(version, answers, lang) if answers else {}
    out.mkdir(parents=True, exist_ok=True)
    for one in [known[name]] if name else known.values():
        wrong = blocks.check(one.layout, f"/documents/{one.id}")
        files.show(wrong, lang)
        if wrong:
            raise SystemExit(1)
        try:
            printed = render.render(sample.sheet(version, one, given, lang))
        except (PaperError, fonts.FontsMissing) as problem:
            raise click.ClickException(_said(problem, lang)) from problem
        path = out / f"{version.workflow.id}-{one.id}.pdf"
        path.write_bytes(printed.pdf)
        click.echo(f"{path}  {printed.pages} p.  {len(printed.pdf):,} bytes")


def answers_of(version: Version, path: Path, lang: str) -> dict[str, dict[str, Any]]:
    """The answers of a file, read as a submission would be; ends with 1 where one is wrong."""
    found = files.load(path)
    try:
        if found.problems:
            raise EngineError(found.problems)
        values = typed(version, found.value, around(sample.DAY))
    except EngineError as error:
        files.show(error.problems, lang, err=True)
        raise SystemExit(1) from None
    given: dict[str, dict[str, Any]] = {form: {} for form in version.workflow.forms}
    for name, value in values.items():
        form, _, field = name.partition(".")
        if value is not None:
            given[form][field] = value
    return given


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--keys", "keys_file", type=_FILE, required=True, help="The issuer's keys.json (from /verify/keys.json).")
@click.option("--status", type=_FILE, help="The issuer's status.jws: is the document revoked?")
@files.AS_JSON
@files.LANGUAGE
def verify(file: Path, keys_file: Path, status: Path | None, as_json: bool, lang: str) -> None:
    """Check a signed PDF, or the text of an offline QR code (- reads it from standard input). Needs no network.

    Ends with 0 where it is genuine, 1 where it is not, 3 where it is genuine and revoked.
    """
    keys = json.loads(keys_file.read_text("utf-8"))
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    listed = status.read_text("ascii").strip() if status else ""
    found = (
        check.pdf(content, keys)
        if content.startswith(b"%PDF")
        else check.payload(content.decode("ascii", "replace").strip(), keys, listed)
    )
    if as_json:
        click.echo(json.dumps({"state": found.state, "why": found.why, "facts": found.facts}, ensure_ascii=False))
    else:
        click.echo(say(f"paper.check.{found.state}", lang) + (f" ({found.why})" if found.why else ""))
        for name, value in found.facts.items():
            click.echo(f"  {name}: {value}")
    raise SystemExit({"genuine": 0, "revoked": 3}.get(found.state, 1))


@click.group("fonts")
def font() -> None:
    """The fonts that documents are printed with."""


@font.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where to; default: TONGBAN_FONTS or the user's data folder."
)
def install(folder: Path | None) -> None:
    """Fetch the pinned fonts and check each by its hash. Does nothing where they are complete."""
    where = folder or fonts.folder()
    try:
        made = fontsetup.install(where, click.echo)
    except fontsetup.SetupFailed as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{where}: {'installed' if made else 'complete'}")


@font.command("check")
def check_fonts() -> None:
    """Say whether the fonts are there, whole and unaltered."""
    wrong = fonts.problems(fonts.folder())
    click.echo("\n".join(wrong) or f"{fonts.folder()}: complete")
    raise SystemExit(1 if wrong else 0)


@document.command("demo-authority")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--office", default="通办", help="Name on the certificate; 演示 is added.")
def demo_authority(folder: Path, office: str) -> None:
    """Make keys and certificates for trying things out. Every name in them says 演示."""
    signer = authority.make(folder, office, dt.datetime.now(dt.UTC))
    issuer = proof.issuer(folder / "payload-key.pem")
    keys = {
        "issuer": office,
        "demo": True,
        "keys": [issuer.jwk(office, True)],
        "certificates": [signer.certificate.read_text("ascii")],
    }
    (folder / "keys.json").write_text(json.dumps(keys, ensure_ascii=False, indent=1), "utf-8")
    click.echo(str(folder))


@document.command("bulk")
@click.argument("procedure")
@click.argument("name")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the PDFs.")
@click.option("--list", "list_file", type=_FILE, help="Numbers of cases or documents: first column of xlsx, csv, txt.")
@click.option("--since", default="", help="Only what was issued from this day on, 2026-11-01.")
@click.option("--until", default="", help="Only what was issued up to this day.")
@files.LANGUAGE
def bulk(procedure: str, name: str, out: Path, list_file: Path | None, since: str, until: str, lang: str) -> None:
    """Make the documents NAME that cases of PROCEDURE issued: single signed files, all.pdf and manifest.jsonl.

    Can be stopped and run again: what the folder holds is not made twice. Ends with 3 where some could not be made.
    """
    with opened(lang) as rt:
        wiring.wire(rt)
        wanted = batches.listed(list_file.read_bytes()) if list_file else ()
        ids, missing = batches.found(rt, procedure, name, wanted, since, until)
        began = time.monotonic()
        try:
            made = documents.bulk(rt, ids, out, lambda done, of: click.echo(f"\r{done}/{of}", nl=False, err=True))
        finally:
            documents.press_of(rt).close()
        spent = time.monotonic() - began
    click.echo("", err=True)
    click.echo(say("batch.made", lang, count=made.done + made.kept, folder=out, fresh=made.done))
    if made.done:
        click.echo(say("batch.rate", lang, rate=f"{made.done / spent:.1f}"))
    for number in missing:
        click.echo(f"{say('batch.missing', lang)}: {number}", err=True)
    for document_id, code in made.failed:
        click.echo(f"{document_id}: {code}", err=True)
    raise SystemExit(3 if made.failed or missing else 0)


def _said(problem: Exception, lang: str) -> str:
    return say(problem.code, lang, **problem.params) if isinstance(problem, PaperError) else str(problem)


COMMANDS = (document, verify, font)
