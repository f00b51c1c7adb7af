"""What may be done to cases, as programs ask for it."""

from __future__ import annotations

import marshmallow as ma

from tongban.web.api.schemas import Strict


def said(words: str) -> dict[str, str]:
    """What the document says of a member."""
    return {"description": words}


class ActBody(Strict):
    """Something done to a case. Answers are raw, as a person would type them."""

    kind = ma.fields.String(load_default="act", validate=ma.validate.OneOf((
        "act", "claim", "release", "transfer", "delegate", "add_sign", "remove_sign", "urge", "copy", "take_back")))
    task = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=40), metadata=said(
        "Id of the open task; needed only where the action's name fits several"))
    action = ma.fields.String(load_default="", validate=ma.validate.Length(max=80), metadata=said(
        "`name` of one of the case's actions, with kind `act`"))
    answers = ma.fields.Dict(keys=ma.fields.String(), load_default=dict, metadata=said(
        "Field -> answer; what is asked and an example of each: /cases/{case_id}/forms/{key}. What is open and "
        "left out is blank"))
    reason = ma.fields.String(load_default="", validate=ma.validate.Length(max=4000), metadata=said(
        "Needed where the action says so"))
    clauses = ma.fields.List(ma.fields.String(), load_default=list, validate=ma.validate.Length(max=100), metadata=said(
        "Ids out of the case's `clauses`, needed where the action says so"))
    signature = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=200),
                                 metadata=said("The name of who signs, needed where the action says so"))
    marks = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), load_default=dict, metadata=said(
        "With a return: form.field -> what is to be mended there"))
    to = ma.fields.List(ma.fields.String(), load_default=list, validate=ma.validate.Length(max=50), metadata=said(
        "With a return: the state to go back to, out of `returns`. With transfer, delegate, add_sign, remove_sign and "
        "copy: ids of people, see /me/colleagues"))
    then = ma.fields.String(load_default="", validate=ma.validate.OneOf(("", "redo", "resume")), metadata=said(
        "With a return: go through every step again, or come straight back; blank = as the procedure says"))
    place = ma.fields.String(load_default="after", validate=ma.validate.OneOf(("before", "after")), metadata=said(
        "With add_sign: before or after those who are to sign anyway"))
    overrides = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), load_default=dict, metadata=said(
        "Id of a soft rule that fails (`#rule/<id>`) -> why it is let pass, by who may"))


class ManyBody(ActBody):
    """The same act on many tasks."""

    tasks = ma.fields.List(ma.fields.Nested(Strict.from_dict({
        "case": ma.fields.String(required=True), "task": ma.fields.String(required=True),
        "seq": ma.fields.Integer(load_default=None, allow_none=True)}, name="PickedTask")),
        required=True, validate=ma.validate.Length(min=1, max=200))


class DraftBody(Strict):
    """Answers kept without submitting."""

    answers = ma.fields.Dict(keys=ma.fields.String(), required=True)
