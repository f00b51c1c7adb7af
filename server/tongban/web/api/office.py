"""marshmallow schemas of what offices and admins do: drafts, documents, deputies, people, tables, notices."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from tongban.service.staff import StaffPage, StaffView
from tongban.service.tables import CalendarView, ParameterView
from tongban.service.views.notices import NoticesView, NoticeView
from tongban.web.api.schemas import DAY, DefinitionBody, Strict, schema

Notice = schema(NoticeView)
Notices = schema(NoticesView)
Staff = schema(StaffView)
StaffList = schema(StaffPage, "StaffList")
Parameter = schema(ParameterView)
Calendar = schema(CalendarView)


def _text(most: int) -> ma.fields.String:
    return ma.fields.String(load_default="", validate=Length(max=most))


class Entered(ma.Schema):
    """The id of what was written."""

    id = ma.fields.String()


class AfterQuery(Strict):
    """Which page."""

    after = _text(80)


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
