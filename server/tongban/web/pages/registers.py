"""/registers: what stands in them on any day, the history of an entry, entering by hand, import, export, screening."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from tongban.engine.model import Json
from tongban.engine.problem import Problem
from tongban.service import regions as places
from tongban.service import register_changes, register_export, registers, screening
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.service.rosters import MOST_BYTES
from tongban.service.views.registers import ImportView
from tongban.web import fields, htmx, present
from tongban.web.bodies import filled_in
from tongban.web.language import current, say
from tongban.web.session import runtime, signed_in

pages = Blueprint("registers", __name__, url_prefix="/registers")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SAID = ("saved", "left")


@pages.get("")
def listed() -> ResponseReturnValue:
    """Every register that this person may read."""
    return htmx.page("page/registers.html", rows=registers.listed(runtime(), signed_in()))


@pages.get("/<name>")
def one(name: str) -> ResponseReturnValue:
    """What a register said on a day, searched."""
    ask = {key: request.args.get(key, "").strip()[:80] for key in ("on", "q", "after")}
    view = registers.page(runtime(), signed_in(), name, **ask, lang=current())
    return htmx.page("page/register_list.html", view=view, here=_links(name, ask), said=_said())


@pages.get("/<name>/export")
def export(name: str) -> ResponseReturnValue:
    """The same as a workbook."""
    ask = {key: request.args.get(key, "").strip()[:80] for key in ("on", "q")}
    filename, content = register_export.export(runtime(), signed_in(), name, **ask, lang=current())
    answer = make_response(content)
    answer.mimetype = _XLSX
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


@pages.get("/<name>/entries/<entry_id>")
def entry(name: str, entry_id: str) -> ResponseReturnValue:
    """One entry with all its dated rows."""
    return _entry(signed_in(), name, entry_id)


@pages.get("/<name>/new")
def new(name: str) -> ResponseReturnValue:
    """The form of an entry: empty, or with what stands to be corrected."""
    return _form(signed_in(), name, request.args.get("entry", ""))


@pages.post("/<name>/new")
@filled_in
def enter(name: str) -> ResponseReturnValue:
    """Enter it."""
    who, entry_id = signed_in(), request.form.get("entry", "")
    raw = fields.gather(request.form)
    if request.form.get("_go") or request.form.get("_here"):
        return _form(who, name, entry_id, raw)
    try:
        made = register_changes.enter(runtime(), who, name, raw, request.form.get("ground", ""))
    except Refused as error:
        return _form(who, name, entry_id, raw, error.problems, 422)
    return htmx.go(f"/registers/{name}/entries/{made}?said=saved")


@pages.post("/<name>/entries/<entry_id>/leave")
def leave(name: str, entry_id: str) -> ResponseReturnValue:
    """Take it out."""
    who = signed_in()
    try:
        register_changes.leave(runtime(), who, name, entry_id, request.form.get("ground", ""))
    except Refused as error:
        return _entry(who, name, entry_id, error.problems, 422)
    return htmx.go(f"/registers/{name}/entries/{entry_id}?said=left")


@pages.get("/<name>/import")
def ask_import(name: str) -> ResponseReturnValue:
    """Choose a spreadsheet."""
    return _import(signed_in(), name)


@pages.post("/<name>/import")
def take_import(name: str) -> ResponseReturnValue:
    """Check it, or take its good rows in."""
    who, sent = signed_in(), request.files.get("sheet")
    content = sent.stream.read(MOST_BYTES + 1) if sent else b""
    if not content:
        return _import(who, name, (Problem("registers.file_needed", "/sheet"),), 422)
    found = register_changes.load(runtime(), who, name, content, request.form.get("ground", ""),
                                  keep=request.form.get("do") == "import")
    wrong = [problem for problem in found.problems if problem.at == "/ground"]
    return _import(who, name, wrong, 422 if wrong else 200, found)


@pages.get("/<name>/screen/<slug>")
def screen(name: str, slug: str) -> ResponseReturnValue:
    """Who qualifies, who fails on which clause, and who is unknown."""
    who = signed_in()
    view = screening.screen(runtime(), who, slug, request.args.get("verdict", "passes"), request.args.get("after", ""),
                            current())
    return htmx.page("page/register_screen.html", view=view, name=name, key=present.key(),
                     rules={rule.id: rule for rule in view.rules})


@pages.post("/<name>/screen/<slug>")
def propose(name: str, slug: str) -> ResponseReturnValue:
    """Start the procedure for one entry, its form filled in."""
    case_id, task = screening.propose(runtime(), signed_in(), slug, request.form.get("entry", ""), present.given_key())
    return htmx.go(f"/cases/{case_id}/tasks/{task}" if task else f"/cases/{case_id}")


def _links(name: str, ask: dict[str, str]) -> Any:
    """Addresses within this register, what was asked kept."""
    def url(path: str = "", **changes: str) -> str:
        kept = urlencode({key: value for key, value in {**ask, **changes}.items() if value})
        return f"/registers/{name}{path}" + (f"?{kept}" if kept else "")
    return url


def _said() -> str:
    what = request.args.get("said", "")
    return say(f"registers.said.{what}") if what in _SAID else ""


def _entry(who: Person, name: str, entry_id: str, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    return htmx.page("page/register_entry.html", status, said=_said(), problems=problems, raw=request.form,
                     view=registers.entry(runtime(), who, name, entry_id, current()))


def _form(who: Person, name: str, entry_id: str, raw: dict[str, Json] | None = None,
          problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    book, values = register_changes.opened(runtime(), who, name, entry_id)
    look = fields.Look(register_changes.form(book), current(), raw=raw, values=values, problems=problems or None,
                       env={"today": runtime().today()}, layout="sections", children=places.children)
    return htmx.page("page/register_form.html", status, book=book, entry=entry_id, sheet=fields.sheet(look),
                     problems=problems, ground=request.form.get("ground", ""))


def _import(who: Person, name: str, problems: list[Problem] | tuple[Problem, ...] = (), status: int = 200,
            found: ImportView | None = None) -> Response:
    book, _values = register_changes.opened(runtime(), who, name)
    return htmx.page("page/register_import.html", status, book=book, columns=register_changes.form(book).fields,
                     found=found, problems=problems, ground=request.form.get("ground", ""))
