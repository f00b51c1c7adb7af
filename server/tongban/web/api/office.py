"""marshmallow schemas of what offices and admins do: drafts, documents, people, tables, notices, prints, screening."""

from __future__ import annotations

import datetime as dt

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from tongban.service import audit
from tongban.service.batches import MOST, BatchView, Choice
from tongban.service.deliveries import DeliveriesView
from tongban.service.enterprise import ColleaguePage
from tongban.service.offices import KINDS, OfficePage, OfficeView
from tongban.service.screening import VERDICTS
from tongban.service.staff import StaffPage, StaffView
from tongban.service.tables import CalendarView, ParameterView
from tongban.service.views.audit import AuditView
from tongban.service.views.notices import NoticesView, NoticeView
from tongban.service.views.registers import EntryView, ScreenView
from tongban.web.api.schemas import DAY, DefinitionBody, Strict, schema

Notice = schema(NoticeView)
Notices = schema(NoticesView)
Audit = schema(AuditView)
Staff = schema(StaffView)
StaffList = schema(StaffPage, "StaffList")
Office = schema(OfficeView)
OfficeList = schema(OfficePage, "OfficeList")
Deliveries = schema(DeliveriesView)
ColleagueList = schema(ColleaguePage, "ColleagueList")
Parameter = schema(ParameterView)
Calendar = schema(CalendarView)
Batch = schema(BatchView)
Screening = schema(ScreenView, "Screening")
EntryHistory = schema(EntryView, "EntryHistory", leave=("raw",))


def _text(most: int) -> ma.fields.String:
    return ma.fields.String(load_default="", validate=Length(max=most))


def _in_calendar(day: str) -> None:
    try:
        _ = day and dt.date.fromisoformat(day)
    except ValueError as wrong:
        raise ma.ValidationError(str(wrong)) from wrong


class Entered(ma.Schema):
    """The id of what was written."""

    id = ma.fields.String()


class BatchList(ma.Schema):
    """What may be printed, and the latest batches."""

    choices = ma.fields.List(ma.fields.Nested(schema(Choice, "PrintChoice")))
    rows = ma.fields.List(ma.fields.Nested(Batch))


class BatchBody(Strict):
    """A document of which cases."""

    procedure = ma.fields.String(required=True, validate=Length(1, 80))
    document = ma.fields.String(required=True, validate=Length(1, 80))
    numbers = ma.fields.List(ma.fields.String(validate=Length(1, 60)), load_default=list, validate=Length(max=MOST),
                             metadata={"description": "Numbers of cases or documents; none = all of the period"})
    since = ma.fields.String(load_default="", validate=_in_calendar)
    until = ma.fields.String(load_default="", validate=_in_calendar)


class ScreenQuery(Strict):
    """Whose rows, which page."""

    verdict = ma.fields.String(load_default=VERDICTS[0], validate=OneOf(VERDICTS))
    after = ma.fields.String(load_default="", validate=Length(max=20))


class ProposeBody(Strict):
    """For which entry of the register."""

    entry = ma.fields.String(required=True, validate=Length(1, 80))


class Proposed(ma.Schema):
    """The case that was started, and the task whose form is filled in with what the register says."""

    case_id = ma.fields.String()
    task = ma.fields.String(metadata={"description": "empty: the case begins without a form"})


class BeforeQuery(Strict):
    """Which page of what is numbered."""

    before = ma.fields.Integer(load_default=0, validate=Range(0, 1_000_000_000),
                               metadata={"description": "Number of the last one of the page before; 0 = newest"})


class AfterQuery(Strict):
    """Which page."""

    after = _text(80)


class AfterIdQuery(Strict):
    """Which page."""

    after = _text(160)


class RetryBody(Strict):
    """What is tried again."""

    id = ma.fields.String(load_default="", validate=Length(max=160),
                          metadata={"description": "Id of one of them; none = all that failed"})


class Retried(ma.Schema):
    """How many will be tried again."""

    count = ma.fields.Integer()


class AuditQuery(BeforeQuery):
    """Which entries."""

    verb = ma.fields.String(load_default="", validate=OneOf(("", *audit.verbs())))
    q = _text(80)
    since = ma.fields.String(load_default="", validate=_in_calendar)
    until = ma.fields.String(load_default="", validate=_in_calendar)


class PeopleQuery(AfterQuery):
    """Which people."""

    q = _text(80)


class DryRunBody(DefinitionBody):
    """A bundle and what is played on it."""

    script = ma.fields.Dict(required=True, metadata={"description": "As `tongban simulate` takes it"})


class Steps(ma.Schema):
    """What each step of a script came to."""

    steps = ma.fields.List(ma.fields.Dict())


class DefinitionDraftBody(DefinitionBody):
    """Files that are being worked on."""

    rev = ma.fields.Integer(load_default=0, validate=Range(0, 1_000_000_000),
                            metadata={"description": "The revision that the author started from; 0 = none"})


class ManageBody(Strict):
    """What happens to a document."""

    do = ma.fields.String(required=True, validate=OneOf(("reissue", "revoke", "retry")))
    reason = _text(400)


class ChannelsBody(Strict):
    """Where somebody wants to be told."""

    channels = ma.fields.List(ma.fields.String(validate=Length(max=64)), required=True, validate=Length(max=20))
    email = _text(200)


class Deputy(ma.Schema):
    """A deputyship."""

    n = ma.fields.Integer()
    person = ma.fields.String()
    person_name = ma.fields.String()
    deputy = ma.fields.String()
    deputy_name = ma.fields.String()
    starts = ma.fields.String()
    ends = ma.fields.String()
    mine = ma.fields.Boolean(metadata={"description": "Given by the caller"})


class _Spell(Strict):
    """From one day to another, both included."""

    starts = ma.fields.String(load_default="", validate=DAY)
    ends = ma.fields.String(load_default="", validate=DAY)


class DeputyBody(_Spell):
    """Who acts for the caller."""

    deputy = ma.fields.String(required=True, validate=Length(1, 80), metadata={"description": "Their login"})


class GrantBody(_Spell):
    """A role at an organisation or in a region."""

    role = ma.fields.String(required=True, validate=Length(1, 40))
    scope = ma.fields.String(required=True, validate=Length(1, 60))


class PersonBody(Strict):
    """A new member of staff."""

    login = ma.fields.String(required=True, validate=Length(1, 80))
    name = ma.fields.String(required=True, validate=Length(1, 80))
    org = _text(60)
    password = ma.fields.String(required=True, validate=Length(1, 200))


class OfficeBody(Strict):
    """What an organisation is called, what it is and where."""

    zh = ma.fields.String(required=True, validate=Length(1, 80))
    en = _text(80)
    kind = ma.fields.String(required=True, validate=OneOf(KINDS))
    region = _text(12)
    parent = _text(60)


class NewOfficeBody(OfficeBody):
    """A new organisation."""

    code = ma.fields.String(required=True, validate=Length(2, 60))


class ColleagueBody(Strict):
    """A colleague of the caller's enterprise."""

    login = ma.fields.String(required=True, validate=Length(1, 80))
    name = ma.fields.String(required=True, validate=Length(1, 80))
    phone = _text(20)
    password = ma.fields.String(required=True, validate=Length(1, 200))


class AccessBody(Strict):
    """Whether somebody may come in, and a new first password."""

    active = ma.fields.Boolean(load_default=None, allow_none=True)
    password = _text(200)


class ParameterBody(Strict):
    """One value from a day on, as people write it."""

    name = ma.fields.String(required=True, validate=Length(1, 80))
    region = _text(12)
    starts = ma.fields.String(required=True, validate=DAY)
    value = ma.fields.String(required=True, validate=Length(1, 80))
    source = _text(400)


class CalendarBody(Strict):
    """Days off that would be working days, and working days that would be off."""

    holidays = ma.fields.List(ma.fields.String(validate=Length(max=10)), required=True, validate=Length(max=366))
    workdays = ma.fields.List(ma.fields.String(validate=Length(max=10)), required=True, validate=Length(max=366))


class ObjectionBody(Strict):
    """An objection of the public."""

    name = _text(200)
    contact = _text(400)
    reason = _text(4000)
