"""Commands about people and published procedures, for whoever may log in to the machine itself."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from tongban.cli import files
from tongban.cli.operate import OPERATOR, opened
from tongban.engine.check import summary
from tongban.service import definitions, offices, staff
from tongban.service.errors import NotFound
from tongban.service.foresight import foresee
from tongban.service.runtime import Runtime
from tongban.text import say

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
        found = False
        while after is not None:
            page = staff.page(rt, OPERATOR, q, after)
            found = found or bool(page.rows)
            for row in page.rows:
                out = "" if row.active else f"  [{say('operate.inactive', lang)}]"
                click.echo(f"{row.login}  {row.name}  {row.office.get(lang, '')}{out}  {_grants(row, lang)}".rstrip())
            after = page.after
    if q and not found:
        click.echo(say("operate.nobody", lang, q=q), err=True)


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


@people.command("offices")
@click.argument("q", default="")
@files.LANGUAGE
def list_offices(q: str, lang: str) -> None:
    """Offices, banks, schools and agencies whose code or name holds Q."""
    with opened(lang) as rt:
        after: str | None = ""
        while after is not None:
            page = offices.page(rt, OPERATOR, q, after)
            for row in page.rows:
                place = row.place.get(lang, "")
                click.echo(f"{row.code}  {row.name.get(lang, '')}  {row.kind_name.get(lang, '')}  {place}".rstrip())
            after = page.after


@people.command("office")
@click.argument("code")
@click.argument("name")
@click.option("--en", default="", help="Its name in English.")
@click.option("--kind", type=click.Choice(offices.KINDS), default="office", show_default=True)
@click.option("--region", default="", help="Code of the region that it is in.")
@click.option("--under", default="", help="Code of the organisation above it.")
@files.LANGUAGE
def add_office(code: str, name: str, en: str, kind: str, region: str, under: str, lang: str) -> None:
    """Add an office, bank, school or agency under CODE."""
    with opened(lang) as rt:
        offices.add(rt, OPERATOR, {"code": code, "zh": name, "en": en, "kind": kind, "region": region, "parent": under})
    click.echo(say("operate.office", lang, code=code, name=name))


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


@people.command()
@click.argument("login")
@click.argument("role")
@click.argument("at", default="")
@files.LANGUAGE
def revoke(login: str, role: str, at: str, lang: str) -> None:
    """Take a ROLE away from LOGIN: at one region or organisation (AT), or wherever they hold it."""
    with opened(lang) as rt:
        person = _find(rt, login, lang)
        held = [one for one in person.grants if one.key == role and at in ("", one.scope)]
        if not held:
            raise click.ClickException(say("operate.not_held", lang, login=login, role=role,
                                           grants=_grants(person, lang) or say("operate.no_role", lang)))
        for one in held:
            staff.revoke(rt, OPERATOR, person.id, one.number)
        click.echo(say("operate.granted", lang, login=login,
                       grants=_grants(staff.one(rt, OPERATOR, person.id), lang) or say("operate.no_role", lang)))


@people.command()
@click.argument("login")
@files.LANGUAGE
def close(login: str, lang: str) -> None:
    """Shut LOGIN out; their sign-ins end, what they did stays."""
    _set_active(login, lang, active=False)


@people.command("open")
@click.argument("login")
@files.LANGUAGE
def open_account(login: str, lang: str) -> None:
    """Let LOGIN in again."""
    _set_active(login, lang, active=True)


def _set_active(login: str, lang: str, *, active: bool) -> None:
    with opened(lang) as rt:
        staff.set_active(rt, OPERATOR, _find(rt, login, lang).id, active=active)
    click.echo(say("operate.let_in" if active else "operate.shut_out", lang, login=login))


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
        click.prompt("密码 password", hide_input=True, confirmation_prompt="再输一次 again"))


def _tell(password: str, generate: bool, lang: str) -> None:
    if generate:
        click.echo(say("operate.generated", lang, password=password))


COMMANDS = (people, procedures)
