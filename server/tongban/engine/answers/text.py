"""Text, long text, names, scanned codes and e-mail."""

from __future__ import annotations

import re

from tongban.engine.answers import tidy
from tongban.engine.answers.kind import Kind, Refused
from tongban.engine.model import Field, Json

_EMAIL = re.compile(r"[^@\s,;\"<>()\[\]\\]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_NAME = re.compile(r"[^\W\d_][^\W\d_ .·'’\-]*([ .·'’\-]+[^\W\d_]+)*\.?")


def _bounded(field: Field, value: str, limit: int) -> str | None:
    if not value:
        return None
    most, least = field.max or limit, field.min or 0
    if len(value) > most:
        raise Refused("text.long", max=most, have=len(value), over=len(value) - most)
    if len(value) < least:
        raise Refused("text.short", min=least, have=len(value))
    return value


def read_text(field: Field, raw: Json) -> str | None:
    """One line, at most 200 characters unless the definition says otherwise."""
    return _bounded(field, tidy.line(raw), 200)


def read_long(field: Field, raw: Json) -> str | None:
    """Several lines, at most 2,000 characters unless the definition says otherwise."""
    return _bounded(field, tidy.lines(raw), 2000)


def read_name(field: Field, raw: Json) -> str | None:
    """A person's name: letters of any script, with the middle dot of minority names in its one right form."""
    value = re.sub(r"\s*[•・･‧∙⋅．]\s*", "·", tidy.line(raw))
    if re.search(r"[㐀-鿿𠀀-𳍯]", value):
        value = value.replace(" ", "")
    if not value:
        return None
    if not _NAME.fullmatch(value):
        raise Refused("name.letters")
    return _bounded(field, value, 50)


def read_email(field: Field, raw: Json) -> str | None:
    """Something before one @ and a domain after it; the domain in lower case."""
    value = re.sub(r"\s", "", tidy.narrow(raw)).replace("。", ".")
    if not value:
        return None
    if len(value) > 254 or not _EMAIL.fullmatch(value) or ".." in value:
        raise Refused("email.form")
    local, _, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}"


def read_scan(field: Field, raw: Json) -> str | None:
    """What a QR or bar code holds, or what was typed in its place."""
    return _bounded(field, tidy.narrow(raw), 500)


KINDS = {
    "text": Kind(read_text, options={"autocomplete": "token", "prefill": "source", "lines": "count"}),
    "longtext": Kind(read_long, options={"lines": "count"}),
    "name": Kind(read_name, options={"autocomplete": "token", "prefill": "source"}),
    "email": Kind(read_email, options={"prefill": "source"}),
    "scan": Kind(read_scan, ask="answer.required.scan"),
}
