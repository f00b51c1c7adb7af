"""What documents would look like: of a case as it stands, and of a definition with sample answers. Never signed."""

from __future__ import annotations

from tongban.engine.model import Text
from tongban.engine.problem import Problem
from tongban.paper import sample
from tongban.paper.sheet import PaperError, Sheet
from tongban.service import printing
from tongban.service.access import CaseSubject, Person, may
from tongban.service.documents import meant_for, press_of
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.store import cases, definitions


def of_case(rt: Runtime, person: Person, case_id: str, name: str, lang: str = "zh") -> bytes:
    """A document of a case as it would look now, for whoever may see the finished one; marked as a preview."""
    with rt.store.reading() as conn:
        held = cases.get(conn, case_id)
        if held is None:
            raise NotFound
        version = rt.version(conn, held["version"])
        subject = CaseSubject(held["snapshot"], version, cases.members_of(conn, case_id))
        document = version.workflow.documents.get(name)
        if not may(person, "case.read", subject) or document is None:
            raise NotFound
        if not meant_for(person, subject, document.layout.get("readers")):
            raise NotFound
        sheet = printing.preview_sheet(rt, conn, held["snapshot"], version, document, lang)
    return _printed(rt, sheet)


def of_procedure(rt: Runtime, person: Person, slug: str) -> tuple[tuple[str, Text], ...]:
    """The documents of a procedure's current version."""
    if not may(person, "definition.read"):
        raise Denied
    with rt.store.reading() as conn:
        row = definitions.procedure(conn, slug)
        found = rt.version(conn, row["current"]).workflow.documents if row else {}
    return tuple((one.id, one.title) for one in found.values())


def with_samples(rt: Runtime, person: Person, slug: str, name: str, lang: str = "zh") -> bytes:
    """A document of a procedure with made-up answers, marked as a preview."""
    if not may(person, "definition.read"):
        raise Denied
    with rt.store.reading() as conn:
        row = definitions.procedure(conn, slug)
        version = rt.version(conn, row["current"]) if row else None
    document = version.workflow.documents.get(name) if version else None
    if version is None or document is None:
        raise NotFound
    return _printed(rt, sample.sheet(version, document, None, lang))


def _printed(rt: Runtime, sheet: Sheet) -> bytes:
    """What cannot be printed is said in words."""
    try:
        return press_of(rt).render(sheet).pdf
    except PaperError as error:
        raise Refused(Problem(error.code, "", error.params)) from error
