"""What a blank form begins with: every `prefill` names a source that there is, of the type that the field holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongban.engine.check.subject import Subject
from tongban.engine.model import Field
from tongban.engine.problem import escape

Json = Any
PERSON = ("name", "email", "mobile")
PROFILE = ("name", "uscc", "region")        # what every organisation has; its other details are the operator's own
KINDS = ("profile.…", "person.…", "register:….…", "earlier")


def check_beginnings(subject: Subject) -> None:
    """All checks of this module."""
    for key, form in subject.flow.forms.items():
        raw = subject.version.bundle["forms"].get(form.id, {})
        spots = {spec.get("id"): at for spec, at in _specs(raw, f"/forms/{escape(form.id)}")}
        for one in form.fields:
            sources = one.options.get("prefill")
            for source in [sources] if isinstance(sources, str) else sources or ():
                _source(subject, one, str(source), spots.get(one.id, subject.form_place(key)) + "/prefill")


def _specs(raw: Mapping[str, Json], at: str) -> Iterator[tuple[Mapping[str, Json], str]]:
    for i, page in enumerate(raw.get("pages") or ()):
        for j, spec in enumerate(page.get("fields") or ()):
            yield spec, f"{at}/pages/{i}/fields/{j}"


def _source(subject: Subject, one: Field, source: str, at: str) -> None:
    kind, _, name = source.partition(".")
    if source == "earlier" or (kind == "profile" and name and name not in PROFILE):
        return
    if (kind == "profile" and name) or (kind == "person" and name in PERSON):
        held = "string"
    else:
        register = kind.removeprefix("register:")
        columns = subject.flow.registers.get(register, {}) if register != kind else {}
        if name not in columns:
            known = [f"register:{key}.{column}" for key, fields in subject.flow.registers.items() for column in fields]
            subject.add("prefill_unknown", at, source=source, known=[*KINDS[:2], *(known or KINDS[2:3]), *KINDS[3:]])
            return
        held = columns[name].kind
    if held not in (one.value_type.kind, "any"):
        subject.add("prefill_type", at, source=source, label=one.label, held=held, wanted=one.value_type.kind)
