"""Choices that come from a register or from the organisations: put into a form before it is shown.

`"organisations": "bank"` offers all of a kind, `"register": "name"` the entries that stand in it today; with
`"within": "district"` only those of the region that another answer names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from tongban.engine.answers.choices import listed_outside
from tongban.engine.answers.place import stem
from tongban.engine.model import Choice, Field, Form, Text, Type
from tongban.engine.rules import Scope, check
from tongban.store import people, registers

MOST = 1_000        # choices that a page carries
KEPT = 100
Found = tuple[str, str, str, str]       # value, name in Chinese, in English, region

_outside: dict[int, tuple[Form, bool]] = {}
_made: dict[tuple[int, str, tuple[tuple[Found, ...], ...]], tuple[Form, Form]] = {}


def offered(conn: Connection, form: Form, prefix: str, now: str) -> Form:
    """The form with the choices of today; the same object as long as they are the same."""
    known = _outside.get(id(form))
    if known is None:
        if len(_outside) >= 50 * KEPT:
            _outside.clear()
        known = _outside[id(form)] = (form, any(listed_outside(one) for one in _all(form)))
    if not known[1]:
        return form
    found = tuple(tuple(_found(conn, one, now)) for one in _all(form) if listed_outside(one))
    key = (id(form), prefix, found)
    if key not in _made:
        if len(_made) >= KEPT:
            _made.clear()
        _made[key] = (form, _filled(form, prefix, iter(found)))
    return _made[key][1]


def _all(form: Form) -> Iterator[Field]:
    for page in form.pages:
        for one in page.fields:
            yield one
            yield from one.fields


def _found(conn: Connection, one: Field, now: str) -> Iterator[Found]:
    if one.options.get("organisations"):
        for row in people.list_organisations(conn, kind=str(one.options["organisations"]))[:MOST]:
            yield row["code"], *_words(row["name"], row["code"]), row["region"] or ""
        return
    for row in registers.extract(conn, str(one.options["register"]), now, limit=MOST):
        held = row["fields"]
        yield row["key"], *_words(held.get("name"), row["key"]), str(held.get("region") or "")


def _words(name: Text | str | None, code: str) -> tuple[str, str]:
    if not name:
        return code, code
    if isinstance(name, str):
        return name, name
    return name.get("zh", code), name.get("en") or name.get("zh", code)


def _filled(form: Form, prefix: str, found: Iterator[tuple[Found, ...]]) -> Form:
    def field(one: Field) -> Field:
        if listed_outside(one):
            place = prefix + str(one.options.get("within") or "")
            return replace(one, choices=tuple(_choice(item, place if one.options.get("within") else "")
                                              for item in next(found)))
        return replace(one, fields=tuple(map(field, one.fields))) if one.fields else one
    return replace(form, pages=tuple(replace(page, fields=tuple(map(field, page.fields))) for page in form.pages))


def _choice(item: Found, place: str) -> Choice:
    value, zh, en, region = item
    when = None
    if place and region:
        scope = Scope(names={"place": (place, Type("string"))})
        when = check(f"place.startsWith('{stem(region)}')", scope, Type("bool"))
    return Choice(value, {"zh": zh, "en": en}, when)
