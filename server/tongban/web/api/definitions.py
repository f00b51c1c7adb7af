"""/definitions: procedures as their authors see them. Check, publish, compare, open and withdraw."""

from __future__ import annotations

import json
from typing import Any

from tongban.engine.problem import Problem
from tongban.service import definitions
from tongban.web import language
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import DefinitionDraftBody, DryRunBody, Steps
from tongban.web.api.schemas import (
    Definition,
    DefinitionBody,
    DefinitionRow,
    Difference,
    DiffQuery,
    Findings,
    OpenBody,
    Published,
)
from tongban.web.session import runtime

api = blueprint("definitions", "Procedures as their authors see them")


@api.get("")
@api.response(200, DefinitionRow(many=True))
def list_definitions() -> Any:
    """Every procedure with its state."""
    return definitions.procedures(runtime(), caller())


@api.post("/check")
@api.arguments(DefinitionBody)
@api.response(200, Findings)
def check_definition(body: dict[str, Any]) -> dict[str, Any]:
    """The findings of the reader and the proof; nothing is kept."""
    found = definitions.check(runtime(), caller(), _files(body))
    return {"ok": not any(p.level == "error" for p in found), "problems": [as_problem(p) for p in found]}


@api.get("/<slug>")
@api.response(200, Definition)
def get_definition(slug: str) -> Any:
    """The files and versions of one procedure."""
    return definitions.view(runtime(), caller(), slug)


@api.get("/<slug>/versions/<int(max=100000):number>")
@api.response(200, Definition)
def get_version(slug: str, number: int) -> Any:
    """The files of one version."""
    return definitions.view(runtime(), caller(), slug, number)


@api.post("/<slug>/versions")
@api.arguments(DefinitionBody)
@api.response(201, Published)
def publish_version(body: dict[str, Any], slug: str) -> dict[str, Any]:
    """Publish. Refused with the findings while anything is wrong; running cases keep their version."""
    return {"slug": slug, "version": definitions.publish(runtime(), caller(), slug, _files(body), body["note"])}


@api.post("/dry-run")
@api.arguments(DryRunBody)
@api.response(200, Steps)
def dry_run(body: dict[str, Any]) -> dict[str, Any]:
    """Play a script on a bundle as `tongban simulate` does; nothing is kept."""
    return {"steps": definitions.dry_run(runtime(), caller(), _files(body), body["script"])}


@api.put("/<slug>/draft")
@api.arguments(DefinitionDraftBody)
@api.response(200, Definition)
def save_draft(body: dict[str, Any], slug: str) -> Any:
    """Keep files that are being worked on, right or wrong; 409 where somebody saved since `rev`."""
    return definitions.save(runtime(), caller(), slug, _files(body), body["rev"])


@api.delete("/<slug>/draft")
@api.response(204)
def discard_draft(slug: str) -> None:
    """Throw a draft away."""
    definitions.discard(runtime(), caller(), slug)


@api.put("/<slug>/status")
@api.arguments(OpenBody)
@api.response(204)
def set_status(body: dict[str, bool], slug: str) -> None:
    """Open for new cases, or withdraw."""
    definitions.set_open(runtime(), caller(), slug, opened=body["open"])


@api.get("/<slug>/differences")
@api.arguments(DiffQuery, location="query")
@api.response(200, Difference(many=True))
def compare_versions(query: dict[str, int], slug: str) -> Any:
    """What differs between two versions."""
    return definitions.diff(runtime(), caller(), slug, query["before"], query["now"])


def _files(body: dict[str, Any]) -> dict[str, str]:
    forms = {f"{definitions.FORMS}{name}": form for name, form in body["forms"].items()}
    return {name: json.dumps(part, ensure_ascii=False)
            for name, part in {definitions.WORKFLOW: body["workflow"], **forms}.items()}


def as_problem(problem: Problem) -> dict[str, Any]:
    """A problem with its sentence."""
    return {**problem.as_json(), "detail": language.problem(problem)}
