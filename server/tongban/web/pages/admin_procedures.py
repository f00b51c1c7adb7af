"""/admin/procedures: versions, the editor with what the proof finds, trying, comparing, publishing, withdrawing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.engine.read import read_bundle
from tongban.engine.read.schema import form_schema, workflow_schema
from tongban.service import definitions, previews, regions, rehearse
from tongban.service.access import Person
from tongban.service.errors import Conflict, NotFound, Refused
from tongban.service.views import DefinitionView
from tongban.web import fields, htmx, pointer, present
from tongban.web.language import current, problem, say
from tongban.web.render import said
from tongban.web.session import allowed, runtime

pages = Blueprint("admin_procedures", __name__, url_prefix="/admin/procedures")
_MAIN = definitions.WORKFLOW


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with the file and line to look at."""

    file: str
    line: int
    at: str
    level: str
    text: str
    clause: str


@pages.get("")
def listed() -> ResponseReturnValue:
    """Every procedure with its version, its open cases and whether somebody is working on it."""
    who = allowed("definition.read")
    return _list(who)


@pages.post("")
def create() -> ResponseReturnValue:
    """A new draft: from uploaded JSON files, or an empty one."""
    who = allowed("definition.edit")
    try:
        files = _uploaded()
        slug = request.form.get("slug", "").strip() or _slug_of(files)
        if not slug and _MAIN not in files:
            raise Refused(Problem("web.upload.nothing", "/files"))
        definitions.save(runtime(), who, slug, files or {_MAIN: _empty(slug)}, 0)
    except Refused as error:
        return _list(who, 422, error.problems)
    return htmx.go(f"/admin/procedures/{slug}")


@pages.get("/<slug>")
def edit(slug: str) -> ResponseReturnValue:
    """The editor; `version` shows an old one, for reading."""
    who = allowed("definition.read")
    number = request.args.get("version", "")
    view = definitions.view(runtime(), who, slug, int(number) if number.isdecimal() else None)
    return _editor(who, view, view.files, view.problems, version=number)


@pages.post("/<slug>")
def save(slug: str) -> ResponseReturnValue:
    """Save, check or publish what stands in the editor."""
    who = allowed("definition.edit")
    view, files = _edited(who, slug)
    wanted = request.form.get("do", "save")
    if wanted == "check":
        return _editor(who, view, files, definitions.check(runtime(), who, files))
    try:
        if wanted == "publish":
            number = definitions.publish(runtime(), who, slug, files, request.form.get("note", "").strip()[:400])
            return htmx.go(f"/admin/procedures/{slug}?said=published&n={number}")
        rev = request.form.get("rev", "0")
        view = definitions.save(runtime(), who, slug, files, int(rev) if rev.isdecimal() else 0)
    except Refused as error:
        return _editor(who, view, files, error.problems, 422)
    except Conflict:
        return _editor(who, view, files, (), 409, conflict=True)
    return htmx.go(f"/admin/procedures/{slug}?said=saved&file={request.form.get('file', _MAIN)}")


@pages.post("/<slug>/check")
def check(slug: str) -> ResponseReturnValue:
    """The findings as JSON, for the editor while it is written in."""
    who = allowed("definition.read")
    _view, files = _edited(who, slug)
    found = definitions.check(runtime(), who, files)
    return jsonify([{"file": one.file, "line": one.line, "at": one.at, "level": one.level, "text": one.text}
                    for one in _findings(files, found)])


@pages.get("/schema/<name>.json")
def schema(name: str) -> ResponseReturnValue:
    """The JSON Schema that the editor completes from."""
    allowed("definition.read")
    known = {"workflow": workflow_schema, "form": form_schema}
    if name not in known:
        raise NotFound
    answer = jsonify(known[name](_describe))
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@pages.get("/<slug>/compare")
def compare(slug: str) -> ResponseReturnValue:
    """Two versions, place by place."""
    who = allowed("definition.read")
    view = definitions.view(runtime(), who, slug)
    numbers = [v.no for v in view.versions]
    before, now = (request.args.get(name, "") for name in ("before", "now"))
    old = int(before) if before.isdecimal() else (sorted(numbers)[-2] if len(numbers) > 1 else max(numbers, default=0))
    new = int(now) if now.isdecimal() else max(numbers, default=0)
    found = definitions.diff(runtime(), who, slug, old, new) if numbers else []
    return htmx.page("page/admin_compare.html", view=view, before=old, now=new, differences=found,
                     text=lambda value: "" if value is None else json.dumps(value, ensure_ascii=False, indent=1))


@pages.post("/<slug>/status")
def status(slug: str) -> ResponseReturnValue:
    """Withdraw, open again, or throw the draft away."""
    who = allowed("definition.edit")
    wanted = request.form.get("do", "")
    if wanted == "discard":
        definitions.discard(runtime(), who, slug)
        return htmx.go("/admin/procedures?said=saved")
    definitions.set_open(runtime(), who, slug, opened=wanted == "open")
    return htmx.go(f"/admin/procedures/{slug}?said={'saved' if wanted == 'open' else 'withdrawn'}")


@pages.route("/<slug>/try", methods=["GET", "POST"])
def try_form(slug: str) -> ResponseReturnValue:
    """A form of the definition as applicants will see it. Nothing is kept."""
    who = allowed("definition.read")
    view = definitions.view(runtime(), who, slug)
    bundle, problems = definitions.as_bundle(view.files)
    reading = read_bundle(bundle) if bundle else None
    version = reading.version if reading else None
    if version is None:
        return _editor(who, view, view.files, problems or (reading.problems if reading else ()), 422)
    forms = version.workflow.forms
    name = request.values.get("form", "")
    name = name if name in forms else next(iter(forms), "")
    if not name:
        raise NotFound
    raw = fields.gather(request.form) if request.method == "POST" else None
    seen = fields.Look(forms[name], current(), raw=raw, prefix=f"{name}.", env={"today": runtime().today()},
                       page=request.form.get("_page", ""), children=regions.children)
    sheet = fields.sheet(seen)
    if raw is not None:
        page, problems = fields.next_page(sheet, seen.page, request.form.get("_go", "next"))
        turned = replace(seen, page=page, problems=problems or None)
        sheet = fields.judged(turned) if page == fields.CHECK else fields.sheet(turned)
    return htmx.page("page/admin_try.html", view=view, forms=forms, name=name, sheet=sheet,
                     documents=previews.of_procedure(runtime(), who, slug))


@pages.route("/<slug>/rehearse", methods=["GET", "POST"])
def rehearsal(slug: str) -> ResponseReturnValue:
    """The definition played through step by step, each explained. Nothing is kept."""
    who = allowed("definition.read")
    view = definitions.view(runtime(), who, slug)
    asked = request.form
    try:
        play = rehearse.rehearse(runtime(), who, view.files, asked.get("script", ""), asked.get("more", ""))
    except Refused as error:
        return _editor(who, view, view.files, error.problems, 422)
    return htmx.page("page/admin_rehearse.html", 422 if play.problems else 200, view=view, play=play)


def _describe(shape: str, key: str) -> str:
    """What a key means, in the author's language."""
    found = [word for where in (shape, "any") if (word := say(f"schema.{where}.{key}")) != f"schema.{where}.{key}"]
    return found[0] if found else ""


def _list(who: Person, status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    return htmx.page("page/admin_procedures.html", status, rows=definitions.procedures(runtime(), who), said=said(),
                     problems=problems)


def _edited(who: Person, slug: str) -> tuple[DefinitionView, dict[str, str]]:
    """The stored files with the one that was edited in place."""
    view = definitions.view(runtime(), who, slug)
    files = dict(view.files)
    for name, text in request.form.items():
        if name.startswith("text:") and len(name) < 120:
            files[name.removeprefix("text:")] = text.replace("\r\n", "\n")
    added = request.form.get("add", "").strip()
    if added:
        files.setdefault(f"{definitions.FORMS}{added}", json.dumps(
            {"id": added, "title": {"zh": "", "en": ""}, "pages": []}, ensure_ascii=False, indent=1))
    return view, files


def _editor(who: Person, view: DefinitionView, files: Mapping[str, str], problems: Sequence[Problem], status: int = 200,
            **more: Any) -> Response:
    shown = request.values.get("file", _MAIN)
    shown = shown if shown in files else _MAIN
    bundle, _broken = definitions.as_bundle(files)
    chart = present.drawing(bundle["workflow"]) if bundle and not any(p.level == "error" for p in problems) else ""
    checked = bool(view.saved_at) or request.method == "POST"
    return htmx.page("page/admin_procedure.html", status, **{
        "view": view, "files": files, "shown": shown, "findings": _findings(files, problems), "drawing": chart,
        "names": _names(bundle), "checked": checked, "conflict": False,
        "version": "", "said": said(n=request.args.get("n", "")[:6]), **more})


def _names(bundle: Mapping[str, Any] | None) -> dict[str, Any]:
    """The titles of the forms by their files, as far as they are written already."""
    forms = bundle["forms"] if bundle else {}
    titles = {id_: form.get("title") for id_, form in forms.items() if isinstance(form, dict)}
    return {f"{definitions.FORMS}{id_}": it for id_, it in titles.items() if isinstance(it, dict) and it.get("zh")}


def _findings(files: Mapping[str, str], problems: Sequence[Problem]) -> list[Finding]:
    """Problems at their files and lines, errors first."""
    known = {name: pointer.lines(text) for name, text in files.items()}
    found = []
    for one in problems:
        file, at = _place(files, one)
        line = one.params["line"] if one.code == "read.not_json" else pointer.line_of(known.get(file, {}), at)
        found.append(Finding(file, line, at, one.level, problem(one), one.clause or ""))
    return sorted(found, key=lambda one: (one.level != "error", one.file, one.line))


def _place(files: Mapping[str, str], one: Problem) -> tuple[str, str]:
    """/forms/<id>/… is a place in that form's file; everything else is in the workflow."""
    parts = one.at.split("/")
    if len(parts) > 2 and parts[1] == "forms" and f"{definitions.FORMS}{parts[2]}" in files:
        return f"{definitions.FORMS}{parts[2]}", "/" + "/".join(parts[3:]) if parts[3:] else ""
    return _MAIN, one.at


def _uploaded() -> dict[str, str]:
    """Uploaded files by what they hold: a form has pages, anything else is the workflow, and there is one."""
    files: dict[str, str] = {}
    for upload in request.files.getlist("files"):
        if not upload.filename:
            continue
        text, value = _json(upload.filename, upload.stream.read(definitions.MOST + 1))
        place = f"{definitions.FORMS}{value.get('id', '')}" if "pages" in value else _MAIN
        if place in files:
            raise Refused(Problem("web.upload.twice", "/files", {"name": upload.filename}))
        files[place] = text
    return files


def _json(name: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """The text of an uploaded file and the object in it; what is wrong is said of the file by its name."""
    if not body or len(body) > definitions.MOST:
        code = "web.upload.large" if body else "web.upload.empty"
        raise Refused(Problem(code, "/files", {"name": name, "most": definitions.MOST >> 10}))
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(Problem("web.upload.no_json", "/files", {
            "name": name, "line": error.lineno, "column": error.colno})) from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused(Problem("web.upload.unreadable", "/files", {"name": name})) from None
    if not isinstance(value, dict):
        raise Refused(Problem("web.upload.no_object", "/files", {"name": name}))
    return text, value


def _slug_of(files: Mapping[str, str]) -> str:
    value = json.loads(files[_MAIN]) if _MAIN in files else {}
    return str(value.get("id", "")) if isinstance(value, dict) else ""


def _empty(slug: str) -> str:
    """The least that is a procedure: one step, one end."""
    return json.dumps({
        "id": slug, "title": {"zh": slug, "en": slug}, "audience": ["enterprise"],
        "parties": {"applicant": {"kind": "enterprise", "starts": True,
                                  "label": {"zh": say("web.new.party"), "en": "Applicant"}}},
        "forms": {}, "initial": "draft",
        "states": {"draft": {"task": {"party": "applicant"}, "on": {"submit": "done"}},
                   "done": {"type": "final", "outcome": "done"}}}, ensure_ascii=False, indent=1)
