"""Raw input becomes typed answers: every problem at once, each at its place, everything readable kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from tongban.engine.answers.choices import listed_outside
from tongban.engine.answers.judge import judge
from tongban.engine.answers.kind import MAX_ROWS, NOTHING_KNOWN, Lookups, Refused
from tongban.engine.answers.passive import KINDS
from tongban.engine.answers.place import stem
from tongban.engine.answers.shape import Shape, names, settle
from tongban.engine.model import Env, Field, Form, Json
from tongban.engine.problem import Problem, escape

Mode = Literal["draft", "submit"]
LISTS = ("choices", "file", "photo", "region", "group")      # what may hold several
TOLD = 20       # unknown answers that are named one by one


@dataclass(frozen=True, slots=True)
class Answers:
    """`values` typed and complete (blank = None); `kept` what was typed where it could not be read, for the page."""

    values: dict[str, Json]
    problems: tuple[Problem, ...]
    kept: dict[str, Json] = field(default_factory=dict)
    shape: Shape = field(default_factory=lambda: Shape({}, {}))

    @property
    def ok(self) -> bool:
        """Nothing stands against submitting."""
        return not any(p.level == "error" for p in self.problems)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step of a procedure adds to a form.

    prefix    what stands before this form's fields in the names of rules: "application."
    current   typed values already stored: what read-only, untouchable and closed fields keep
    editable  ids of the fields this person may write in this step; None = all
    """

    prefix: str = ""
    current: Mapping[str, Json] = field(default_factory=dict)
    editable: Collection[str] | None = None
    lookups: Lookups = NOTHING_KNOWN


PLAIN = Step()


@dataclass(slots=True)
class _Reading:
    lookups: Lookups
    values: dict[str, Json] = field(default_factory=dict)
    kept: dict[str, Json] = field(default_factory=dict)
    problems: dict[str, list[Problem]] = field(default_factory=dict)     # by place, to be told in document order


def read(form: Form, raw: Json, env: Env, mode: Mode = "submit", step: Step = PLAIN) -> Answers:
    """Read one form.

    env     what rules may ask besides this form's own fields (today, other forms, variables, "$fact")
    mode    draft: formats are judged, nothing is asked for, hidden answers stay; submit: everything
    """
    work, stored, prefix = _Reading(step.lookups), step.current, step.prefix
    if not isinstance(raw, Mapping):
        return Answers(dict(stored), (Problem("answer.shape.form"),))
    raw = nested(raw)
    for one in form.fields:
        closed = step.editable is not None and one.id not in step.editable
        if closed or KINDS[one.type].trusted or one.computed or one.readonly is True or one.id not in raw:
            work.values[one.id] = stored.get(one.id)
        else:
            work.values[one.id] = _field(one, raw[one.id], f"/{one.id}", work)
    shape = settle(form, work.values, env, prefix)
    _restore(form, work, stored, shape)
    _elsewhere(form, work)
    strangers = tuple(_strangers(form, raw))
    if mode == "draft":
        found = [p for one in form.fields for p in _told(one, work)] if work.problems else ()
        return Answers({**work.values, **_computed(form, shape)}, (*found, *strangers), work.kept, shape)
    shape.fields = names(form, prefix)
    problems = [p for one in form.fields for p in (*_told(one, work, shape), *judge(one, shape, prefix, _unread(work)))]
    gone = [place for place in sorted(shape.hidden) if _filled(work.values, place)]
    dropped = [Problem("answer.hidden", place, level="warning") for place in gone]
    dropped += [p for one in form.fields if f"/{one.id}" not in shape.hidden for p in _kept_out(one, raw, shape, step)]
    values = {one.id: shape.values[one.id] for one in form.fields if KINDS[one.type].holds}
    return Answers(values, (*problems, *strangers, *dropped), work.kept, shape)


def renewed(form: Form, values: Mapping[str, Json], env: Env, prefix: str = "") -> dict[str, Json]:
    """Typed values as a case keeps them, after one was set by the procedure: what depends on it is worked out again."""
    shape = settle(form, values, env, prefix)
    return {one.id: shape.values[one.id] for one in form.fields if KINDS[one.type].holds}


def nested(raw: Mapping[str, Json]) -> Mapping[str, Json]:
    """Answers as a page names them ("address.region", "rows.0.name") as maps inside maps."""
    if not any(isinstance(name, str) and "." in name for name in raw):
        return raw
    out: dict[str, Json] = {}
    for name, value in raw.items():
        first, *rest = str(name).split(".", 3)
        if not rest:
            out.setdefault(first, value)        # the blank before a declaration's box gives way to its parts
            continue
        inner = out[first] = out[first] if isinstance(out.get(first), dict) else {}
        for part in rest[:-1]:
            inner[part] = inner[part] if isinstance(inner.get(part), dict) else {}
            inner = inner[part]
        inner[rest[-1]] = value
    return out


def _field(one: Field, raw: Json, place: str, work: _Reading) -> Json:
    """One value, or None with its problem noted and the raw input kept."""
    try:
        if one.type == "group":
            return _rows(one, raw, place, work)
        if isinstance(raw, list) and one.type not in LISTS and len(raw) > 1 and not any(raw[:-1]):
            raw = raw[-1]       # a page sends a blank before every box and radio, so that none chosen is sent too
        value = KINDS[one.type].read(one, raw)
        return None if value is None else _looked_up(one, value, place, work)
    except Refused as no:
        work.kept[place] = raw
        work.problems.setdefault(place, []).append(
            Problem(no.code, place + no.at, {"label": one.label, **no.params}, clause=one.clause))
        return None


def _kept_out(one: Field, raw: Mapping[str, Json], shape: Shape, step: Step) -> Iterator[Problem]:
    """A word on what came for a field that is not open and is anything else than what stands there."""
    sent = raw.get(one.id)
    worked_out = KINDS[one.type].trusted or one.computed is not None
    closed = step.editable is not None and one.id not in step.editable
    if blank(sent) or not KINDS[one.type].holds or not (worked_out or closed or f"/{one.id}" in shape.readonly):
        return
    stands = shape.values.get(one.id)
    if worked_out:
        same = stands is not None and sent == KINDS[one.type].raw(one, stands)
    else:
        work = _Reading(step.lookups)
        if one.type == "group":
            unasked = dict.fromkeys(c.id for c in one.fields if KINDS[c.type].trusted or c.computed)
            stands = [{**row, **unasked} for row in stands or ()]
        same = _field(one, sent, "", work) == stands and not work.problems
    if not same:
        code = "answer.trusted" if worked_out else "answer.closed"
        yield Problem(code, f"/{one.id}", {"label": one.label}, "warning", one.clause)


def _rows(one: Field, raw: Json, place: str, work: _Reading) -> Json:
    if raw in (None, ""):
        return None
    if isinstance(raw, Mapping) and all(isinstance(key, str) and key.isdecimal() for key in raw):
        raw = [raw[key] for key in sorted(raw, key=lambda key: (len(key), key))]
    if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
        raise Refused("shape.rows")
    rows = [row for row in raw if not all(blank(cell) for cell in row.values())]
    most = min(int(one.max or MAX_ROWS), MAX_ROWS)
    if len(rows) > most:
        raise Refused("group.many", max=most, have=len(rows))
    return [_row(one, row, f"{place}/{i}", work) for i, row in enumerate(rows)] or None


def _row(one: Field, row: Mapping[str, Json], place: str, work: _Reading) -> dict[str, Json]:
    known = {column.id for column in one.fields}
    for name in [name for name in row if name not in known][:TOLD]:
        at = f"{place}/{escape(str(name)[:60])}"
        work.problems.setdefault(place, []).append(Problem("answer.unknown", at, {"name": str(name)[:60]}))
    return {
        column.id: None if KINDS[column.type].trusted or column.computed
        else _field(column, row.get(column.id), f"{place}/{column.id}", work)
        for column in one.fields
    }


def blank(raw: Json) -> bool:
    """Nothing was typed: what an empty row of a page or spreadsheet looks like."""
    if isinstance(raw, str):
        return not raw.strip()
    return raw in (None, [], {}) or (isinstance(raw, Mapping) and all(blank(part) for part in raw.values()))


def _looked_up(one: Field, value: Json, place: str, work: _Reading) -> Json:
    """Ask the floors above whether a region, register choice or file is there."""
    known = work.lookups
    if known.region and one.type in ("region", "address"):
        code = value if isinstance(value, str) else value["region"]
        if known.region(code) is None:
            raise Refused("region.unknown", at="" if one.type == "region" else "/region", code=code)
    if known.option and listed_outside(one):
        for item in value if isinstance(value, list) else [value]:
            if known.option(one, item) is None:
                raise Refused("choice.unknown", value=item[:20])
    if known.file and one.type in ("file", "photo"):
        return KINDS[one.type].read(one, [_stored(known, item) for item in value])
    return value


def _elsewhere(form: Form, work: _Reading) -> None:
    """Refuse a choice of the organisations or a register that lies outside the region another answer names."""
    option = work.lookups.option
    for one in form.fields if option else ():
        place, within, value = f"/{one.id}", one.options.get("within"), work.values.get(one.id)
        if not option or not within or not value:
            continue
        chosen = str(work.values.get(str(within)) or "")
        for item in value if isinstance(value, list) else [value]:
            found = option(one, item) or {}
            if not chosen.startswith(stem(str(found.get("region") or ""))):
                told = {"label": one.label, "choice": {lang: found.get(lang, item) for lang in ("zh", "en")}}
                closed = Problem("answer.choice.closed", place, told, clause=one.clause)
                work.problems.setdefault(place, []).append(closed)


def _stored(known: Lookups, item: Mapping[str, Json]) -> dict[str, Json]:
    """What the store says of a content wins over what the client says; only the name is the client's."""
    found = known.file(item["id"]) if known.file else None
    if found is None:
        raise Refused("file.missing", name=item["name"] or item["id"][:8])
    return {"id": item["id"], "name": item["name"] or found["name"], "size": found["size"], "media": found["media"]}


def _restore(form: Form, work: _Reading, stored: Mapping[str, Json], shape: Shape) -> None:
    """A field that a rule makes read-only keeps what is stored, whatever was sent."""
    for one in form.fields:
        if f"/{one.id}" in shape.readonly and not one.computed and not isinstance(one.readonly, bool):
            work.values[one.id] = shape.values[one.id] = stored.get(one.id)
            _forget(work, f"/{one.id}")


def _forget(work: _Reading, place: str) -> None:
    for noted in (work.problems, work.kept):
        for at in [at for at in noted if at == place or at.startswith(place + "/")]:
            del noted[at]


def _told(one: Field, work: _Reading, shape: Shape | None = None) -> Iterator[Problem]:
    """Problems of reading this field, but none of what is hidden."""
    place, hidden = f"/{one.id}", shape.hidden if shape else ()
    for at, problems in work.problems.items():
        if (at == place or at.startswith(place + "/")) and place not in hidden and at not in hidden:
            yield from problems


def _unread(work: _Reading) -> Collection[str]:
    return {at for at, problems in work.problems.items() if any(p.code != "answer.unknown" for p in problems)}


def _strangers(form: Form, raw: Mapping[str, Json]) -> Iterator[Problem]:
    known = {one.id for one in form.fields}
    for name in [name for name in raw if name not in known][:TOLD]:
        short = str(name)[:60]
        yield Problem("answer.unknown", f"/{escape(short)}", {"name": short})


def _computed(form: Form, shape: Shape) -> dict[str, Json]:
    return {one.id: shape.values[one.id] for one in form.fields if one.computed}


def _filled(values: Mapping[str, Json], place: str) -> bool:
    """Whether there was an answer at a place that is now hidden."""
    _, name, *rest = place.split("/")
    value = values.get(name)
    if value is not None and rest:
        value = value[int(rest[0])].get(rest[1])
    return value is not None


def only(answers: Answers, places: Collection[str]) -> Answers:
    """The same answers with the problems of some fields alone: one page of a form."""
    return replace(answers, problems=tuple(p for p in answers.problems if p.at[1:].split("/")[0] in places))
