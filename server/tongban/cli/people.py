"""Commands about people and published procedures, for whoever may log in to the machine itself."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from tongban.cli import files
from tongban.cli.operate import opened
from tongban.engine.check import summary
from tongban.engine.model import Grant
from tongban.service import definitions, staff
from tongban.service.access import Person
from tongban.service.errors import NotFound
from tongban.service.foresight import foresee
from tongban.service.runtime import Runtime
from tongban.text import say

OPERATOR = Person("operator", "operator", "operator", grants=(Grant("admin", "*"),))
"""Who the audit names for what is done on the machine itself."""
_FILE = click.Path(dir_okay=False, path_type=Path)
_GENERATE = click.option("--generate", is_flag=True, help="Make a password and print it once, instead of asking.")


@click.group()
def people() -> None:
    """People and what they may do."""


@people.command("list")
@click.argument("q", default="")
@files.LANGUAGE
def list_people(q: str, lang: str) -> None:
    """People whose name or login begins with or holds Q, with their roles."""
    with opened(lang) as rt:
        after: str | None = ""
        while after is not None:
            page = staff.page(rt, OPERATOR, q, after)
            for row in page.rows:
                out = "" if row.active else f"  [{say('operate.inactive', lang)}]"
                click.echo(f"{row.login}  {row.name}  {row.office.get(lang, '')}{out}  {_grants(row, lang)}".rstrip())
            after = page.after


@people.command()
@click.argument("login")
@click.argument("name")
@click.option("--org", default="", help="Code of the organisation that they work for.")
@click.option("--role", help="A first role.")
@click.option("--at", default="*", show_default=True, help="Region or organisation of that role; * = everywhere.")
@_GENERATE
@files.LANGUAGE
def add(login: str, name: str, org: str, role: str | None, at: str, generate: bool, lang: str) -> None:
    """Add a member of staff who signs in as LOGIN."""
    password = _password(generate)
    with opened(lang) as rt:
        raw = {"login": login, "name": name, "org": org, "password": password}
        person_id = staff.add(rt, OPERATOR, raw)
        if role:
            staff.grant(rt, OPERATOR, person_id, role, at, "", "")
    click.echo(say("operate.added", lang, login=login.lower()))
    _tell(password, generate, lang)


@people.command()
@click.argument("login")
@click.argument("role")
@click.argument("at", default="*")
@click.option("--from", "starts", default="", help="First day, as 2026-11-22; default: today.")
@click.option("--until", "ends", default="", help="Last day; default: without end.")
@files.LANGUAGE
def grant(login: str, role: str, at: str, starts: str, ends: str, lang: str) -> None:
    """Give LOGIN a ROLE at a region or organisation (AT; * = everywhere)."""
    with opened(lang) as rt:
        person_id = _find(rt, login, lang).id
        staff.grant(rt, OPERATOR, person_id, role, at, starts, ends)
        click.echo(say("operate.granted", lang, login=login,
                       grants=_grants(staff.one(rt, OPERATOR, person_id), lang)))


@people.command("password")
@click.argument("login")
@_GENERATE
@files.LANGUAGE
def password_(login: str, generate: bool, lang: str) -> None:
    """Give LOGIN a new password; their sign-ins end."""
    with opened(lang) as rt:
        person_id = _find(rt, login, lang).id
        password = _password(generate)
        staff.reset_password(rt, OPERATOR, person_id, password)
    click.echo(say("operate.password", lang, login=login))
    _tell(password, generate, lang)


@click.group()
def procedures() -> None:
    """Procedures that are published on this server."""


@procedures.command("list")
@files.LANGUAGE
def list_procedures(lang: str) -> None:
    """Every procedure with its version, its open cases, and whether it takes applications."""
    with opened(lang) as rt:
        for row in definitions.procedures(rt, OPERATOR):
            status = say(f"operate.status.{row.status}", lang)
            click.echo(f"{row.slug:<24} v{row.version_no}  {status}  {row.open_cases:>6}  {row.title.get(lang, '')}")


@procedures.command()
@click.argument("file", type=_FILE)
@files.FORMS
@click.option("--note", default="", help="Why; kept with the version.")
@files.LANGUAGE
def publish(file: Path, forms: Path | None, note: str, lang: str) -> None:
    """Prove the workflow in FILE with the forms beside it and publish it; refused while anything is wrong."""
    found = files.bundle(file, forms)
    bundle = found.value if isinstance(found.value, dict) else {}
    workflow = bundle.get("workflow")
    if found.problems or not isinstance(workflow, dict):
        files.show(found.problems, lang, err=True)
        raise SystemExit(2)
    slug = str(workflow.get("id") or "")
    with opened(lang) as rt:
        number = definitions.publish(rt, OPERATOR, slug, definitions.as_files(bundle), note)
    click.echo(say("operate.published", lang, slug=slug, number=number))


@procedures.command()
@click.argument("file", type=_FILE)
@files.FORMS
@files.AS_JSON
@files.LANGUAGE
def impact(file: Path, forms: Path | None, as_json: bool, lang: str) -> None:
    """Play every open case again under the workflow in FILE: which move, lose answers, end up elsewhere, get stuck.

    Nothing is changed. Ends with 1 where a case would not simply move.
    """
    found = files.bundle(file, forms)
    if found.problems or not isinstance(found.value, dict) or not isinstance(found.value.get("workflow"), dict):
        files.show(found.problems, lang, err=True)
        raise SystemExit(2)
    with opened(lang) as rt:
        judged = foresee(rt, OPERATOR, definitions.as_files(found.value))
    for one in judged:
        if as_json:
            files.line({"case": one.case, "verdict": one.verdict, "why": files.with_sentences(one.why)})
        else:
            click.echo(f"{one.case}  {say(f'impact.verdict.{one.verdict}', lang)}")
            files.show(one.why, lang)
    if not as_json:
        click.echo(say("impact.summary", lang, **summary(judged)))
    raise SystemExit(int(any(one.verdict != "moves" for one in judged)))


@procedures.command()
@click.argument("slug")
@files.LANGUAGE
def withdraw(slug: str, lang: str) -> None:
    """Take no more applications for a procedure; open cases run to their end."""
    _set_open(slug, lang, opened_=False)


@procedures.command("open")
@click.argument("slug")
@files.LANGUAGE
def open_(slug: str, lang: str) -> None:
    """Take applications for a withdrawn procedure again."""
    _set_open(slug, lang, opened_=True)


def _set_open(slug: str, lang: str, *, opened_: bool) -> None:
    with opened(lang) as rt:
        try:
            definitions.set_open(rt, OPERATOR, slug, opened=opened_)
        except NotFound:
            raise click.ClickException(say("operate.no_procedure", lang, slug=slug)) from None
    click.echo(say("operate.opened" if opened_ else "operate.withdrawn", lang, slug=slug))


def _find(rt: Runtime, login: str, lang: str) -> staff.StaffView:
    try:
        return staff.by_login(rt, OPERATOR, login)
    except NotFound:
        raise click.ClickException(say("operate.no_person", lang, login=login)) from None


def _grants(row: staff.StaffView, lang: str) -> str:
    held = [f"{one.role[lang]}@{one.place.get(lang) or one.scope}" for one in row.grants if one.now]
    return "、".join(held)


def _password(generate: bool) -> str:
    return secrets.token_urlsafe(15) if generate else str(
        click.prompt("密码 password", hide_input=True, confirmation_prompt=True))


def _tell(password: str, generate: bool, lang: str) -> None:
    if generate:
        click.echo(say("operate.generated", lang, password=password))


COMMANDS = (people, procedures)
