"""One question as its template draws it: names, ids, words, marks. No rule is decided here, only shown."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from tongban.engine import answers
from tongban.engine.answers import Answers, dates
from tongban.engine.answers.choices import listed_outside
from tongban.engine.model import Choice, Expr, Field, Json
from tongban.engine.problem import Problem
from tongban.service.regions import Inside, shown
from tongban.text import label, say
from tongban.text import problem as sentence
from tongban.web.look import Look

RADIOS = 7          # up to so many choices stand open; more fold into a list
SEARCH = 12         # from so many on the script offers a search
STREET = answers.DEPTHS["street"]
WHOLE = 300         # so many regions are one list; more are chosen level by level
Leaves = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
_PLACES, _CHOSEN = ("region", "address"), ("choice", "choices")
ROW = "__row__"     # the number of a row that the script is yet to add


@dataclass(frozen=True, slots=True)
class Option:
    """One choice as drawn."""

    value: str
    text: str
    chosen: bool
    closed: bool
    alone: bool = False


@dataclass(frozen=True, slots=True)
class RowView:
    number: str
    fields: tuple[FieldView, ...]


@dataclass(slots=True)
class FieldView:
    """Everything a field's template may ask. Not frozen: that would take longer than all else in a field's view."""

    field: Field
    at: str                     # pointer: /rows/2/name
    mode: str                   # edit | see
    look: Look
    raw: Json                   # what the control holds
    value: Json
    hidden: bool = False
    required: bool = False
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    before: str | None = None
    mark: str = ""
    prefilled: str = ""
    options: tuple[Option, ...] = ()
    groups: tuple[tuple[str, tuple[Option, ...]], ...] = ()     # regions by the region above, where they are few
    levels: tuple[str, ...] = ()                                # else level by level: the options of each list
    depth: int = 0                                              # digits of the level that is asked for
    rows: tuple[RowView, ...] = ()
    blank: tuple[FieldView, ...] = ()
    totals: tuple[tuple[str, str, str], ...] = ()               # column id, label, sum
    shown: str | None = None                                    # in place of the value's own words

    @property
    def name(self) -> str:
        """The control: rows.2.name"""
        return self.at[1:].replace("/", ".")

    @property
    def id(self) -> str:
        """f-rows-2-name"""
        return "f" + self.at.replace("/", "-")

    @property
    def lang(self) -> str:
        return self.look.lang

    @property
    def files(self) -> str:
        return self.look.files

    @property
    def today(self) -> str:
        return str(self.look.env.get("today") or "")

    @property
    def text(self) -> str:
        """The value as people read it."""
        return text(self.field, self.value, self.look) if self.shown is None else self.shown

    @property
    def names(self) -> bool:
        """Whether what is computed is a region, whose name stands in place of its code."""
        return answers.holds(self.field) in _PLACES

    @property
    def optional(self) -> bool:
        """Whether the label says that it may be left blank."""
        one = self.field
        return not self.required and one.required is False and not answers.TYPES[one.type].trusted and not one.computed

    @property
    def sometimes(self) -> bool:
        """Whether other answers decide if it may be left blank."""
        return isinstance(self.field.required, Expr)

    @property
    def clause(self) -> str:
        """Words of the clause, "" where the form only names it."""
        return label(self.look.clauses.get(self.field.clause), self.lang) if self.field.clause else ""

    @property
    def type(self) -> str:
        return self.field.type

    @property
    def template(self) -> str:
        return f"field/{self.field.type}.html"

    @property
    def label(self) -> str:
        return label(self.field.label, self.lang)

    @property
    def hint(self) -> str:
        return label(self.field.hint, self.lang)

    @property
    def wrong(self) -> bool:
        return bool(self.errors) or any(cell.wrong for row in self.rows for cell in row.fields)

    @property
    def described(self) -> str:
        """Ids of what describes the control, for aria-describedby."""
        parts = [("hint", self.hint or self.help), ("error", self.errors), ("warn", self.warnings), ("mark", self.mark),
                 ("pre", self.prefilled)]
        return " ".join(f"{self.id}-{name}" for name, there in parts if there)

    @property
    def help(self) -> str:
        """What the type itself has to say about its input: the script and people without one need the same words."""
        key = f"form.help.{self.field.type}"
        told = say(key, self.lang)
        return "" if told == key else told

    def option(self, name: str, otherwise: Any = "") -> Any:
        """An entry of the field's own JSON."""
        return self.field.options.get(name, otherwise)

    def words(self, name: str) -> str:
        """A text among the field's own JSON."""
        return label(self.field.options.get(name), self.lang)

    def part(self, name: str) -> Any:
        """A part of what a control of several inputs holds."""
        return self.raw.get(name, "") if isinstance(self.raw, Mapping) else ""

    def bound(self, which: str) -> str:
        """min or max of a date input."""
        written = self.field.min if which == "min" else self.field.max
        found = self.today if written == "today" else written
        return found if isinstance(found, str) else ""

    @property
    def plain(self) -> str:
        """The raw value as one line of text."""
        return "" if self.raw is None or isinstance(self.raw, (list, dict)) else str(self.raw)

    @property
    def iso(self) -> bool:
        """Whether a native date or time control can hold what was typed; else it stays text, as it was typed."""
        return not self.plain or self.value is not None

    @property
    def capitals(self) -> str:
        """The amount in capitals."""
        return answers.capitals(self.value) if isinstance(self.value, int) else ""

    @property
    def media(self) -> tuple[str, ...]:
        """Media types of files that may be chosen."""
        return answers.allowed(self.field)

    @property
    def media_names(self) -> list[str]:
        """The same in words."""
        return [answers.MEDIA_NAMES.get(kind, kind) for kind in self.media]

    @property
    def as_of(self) -> str:
        """The day a fact is of, in words."""
        found = self.field.options.get("as_of")
        day = self.today if found == "today" else found
        return dates.show_any(day, self.lang) if isinstance(day, str) and day[:1].isdecimal() else ""

    @property
    def row_words(self) -> str:
        """What a row is called, with {n} for its number."""
        return self.words("row") and self.words("row") + " {n}"

    def row_title(self, n: int | str) -> str:
        """What this row is called."""
        return self.row_words.replace("{n}", str(n))

    def yes_no(self, yes: bool) -> str:
        """The author's own words for yes or no."""
        return label((self.field.options.get("words") or {}).get("yes" if yes else "no"), self.lang)

    @property
    def attached(self) -> list[dict[str, Json]]:
        """Files that the answer names, each with the JSON its control sends back."""
        held = self.value if isinstance(self.value, list) else []
        return [{**one, "json": json.dumps(one, ensure_ascii=False)} for one in held]


class Drawn:
    """What drawing a field needs to know of its form, worked out once."""

    def __init__(self, look: Look, read: Answers, problems: Sequence[Problem]) -> None:
        self.look, self.read = look, read
        self.inputs = answers.inputs(look.form, read)
        self.told: dict[str, list[Problem]] = {}
        for found in problems:
            self.told.setdefault(_control(found.at), []).append(found)


def _control(at: str) -> str:
    """The place of the question that a problem belongs to: a part of an address is told at the address."""
    parts = at.split("/")
    return "/".join(parts[:2] if len(parts) == 3 and not parts[2].isdecimal() else parts[:4])


def draw(one: Field, drawn: Drawn) -> FieldView:
    """A top-level field."""
    look = drawn.look
    wanted = look.modes.get(one.id, "edit")
    mode = wanted if wanted in ("hidden", "see") else "edit"
    view = _view(one, drawn, f"/{one.id}", drawn.inputs.get(one.id), drawn.read.values.get(one.id), mode)
    if one.id in look.before:
        view.before = text(one, look.before[one.id], look)
    view.mark = look.marks.get(one.id, "")
    view.prefilled = label(look.prefilled.get(one.id), look.lang)
    view.required = view.required or wanted == "must"
    if one.type == "group":
        _rows(one, drawn, view)
    return view


def _rows(one: Field, drawn: Drawn, view: FieldView) -> None:
    raws = view.raw if isinstance(view.raw, list) else []
    values = view.value if isinstance(view.value, list) else [{}] * len(raws)
    least = max(int(one.min or 0), 1) if view.mode == "edit" else 0
    given = answers.nested(drawn.look.raw or {}).get(one.id)        # rows that are still blank stand here only
    count = max(len(values), len(raws), least, len(given) if isinstance(given, (list, dict)) else 0)
    rows = []
    for i in range(count):
        raw, value = (part[i] if i < len(part) and isinstance(part[i], Mapping) else {} for part in (raws, values))
        rows.append(RowView(str(i), tuple([
            _view(c, drawn, f"/{one.id}/{i}/{c.id}", raw.get(c.id), value.get(c.id), view.mode) for c in one.fields])))
    view.rows, view.totals = tuple(rows), tuple(_totals(one, view))
    view.blank = tuple([_view(c, drawn, f"/{one.id}/{ROW}/{c.id}", None, None, view.mode) for c in one.fields])


def _totals(one: Field, view: FieldView) -> list[tuple[str, str, str]]:
    found = []
    for column in one.fields:
        if column.id in (one.options.get("totals") or ()):
            amounts = [row.get(column.id) for row in view.value or ()]
            total = sum(a for a in amounts if isinstance(a, int))
            found.append((column.id, label(column.label, view.lang), answers.show(column, total, view.lang)))
    return found


def _view(one: Field, drawn: Drawn, at: str, raw: Json, value: Json, mode: str) -> FieldView:
    look, shape = drawn.look, drawn.read.shape
    if mode == "edit" and (one.readonly is True or at in shape.readonly):
        mode = "see"
    view = FieldView(one, at, mode, look, raw, value, at in shape.hidden, at in shape.required)
    told = drawn.told.get(at)
    if told:
        view.errors = tuple([sentence(p, look.lang) for p in told if p.level != "warning"])
        view.warnings = tuple([sentence(p, look.lang) for p in told if p.level == "warning"])
    if one.type in _CHOSEN:
        view.options = _options(one, look, (raw, value), shape.closed.get(at, ()))
    elif one.type in _PLACES:
        _regions(view)
    return view


def text(one: Field, value: Json, look: Look) -> str:
    """A value as people read it, with names in place of codes."""
    if value is None or value == []:
        return ""
    if answers.holds(one) in _PLACES:
        return shown(one, value, look.lang)
    if listed_outside(one) and look.lookups.option:
        held = value if isinstance(value, list) else [value]
        words = [label(look.lookups.option(one, item), look.lang) or item for item in held]
        return ("、" if look.lang == "zh" else ", ").join(words)
    return answers.show(one, value, look.lang)


def _options(one: Field, look: Look, held: tuple[Json, Json], closed: Collection[str]) -> tuple[Option, ...]:
    listed: Sequence[Choice] = look.options(one) if listed_outside(one) and look.options else one.choices
    raw, value = held
    chosen = {str(v) for part in (raw, value) for v in (part if isinstance(part, list) else [part])}
    return tuple(Option(c.value, label(c.label, look.lang), c.value in chosen, c.value in closed, c.exclusive)
                 for c in listed)


def _regions(view: FieldView) -> None:
    """Regions to choose from: a short list whole, under the names of what they lie in; a long one level by level."""
    children, options, raw = view.look.children, view.field.options, view.raw
    depth = answers.DEPTHS[str(options.get("level") or "county")]
    if children is None or depth > STREET:
        return          # villages have no list: their codes are typed
    chosen = answers.deepest(raw.get("region", "") if isinstance(raw, Mapping) else raw)
    under = str(options.get("under") or "")
    groups = _listed(children, under, depth)
    if groups:
        view.groups = tuple([(name, tuple([Option(code, title, code == chosen, False) for code, title in leaves]))
                             for name, leaves in groups])
    else:
        view.levels, view.depth = _levels(children, under, depth, chosen), depth


@lru_cache(maxsize=200)
def _listed(children: Inside, under: str, depth: int) -> Leaves:
    """The lowest regions below `under`, each list under the name of what it lies in; none where they are too many."""
    if depth == STREET and len(_stem(under)) <= 2:
        return ()
    groups: list[tuple[str, tuple[tuple[str, str], ...]]] = []

    def below(code: str, name: str) -> None:
        leaves = []
        for inner, title in children(code, depth == STREET):
            if len(_stem(inner)) < depth and children(inner, depth == STREET):
                below(inner, title)
            else:
                leaves.append((inner, title))
        if leaves:
            groups.append((name, tuple(leaves)))
    below(under, "")
    return tuple(groups) if sum(len(leaves) for _, leaves in groups) <= WHOLE else ()


def _levels(children: Inside, under: str, depth: int, chosen: str) -> tuple[Markup, ...]:
    """The options of one list per level, down to the first in which nothing is chosen yet."""
    found: list[Markup] = []
    code: str | None = under
    while code is not None and (below := children(code, depth == STREET)):
        held = next((c for c, _ in below if chosen and chosen.startswith(_stem(c))), None)
        listed = _listing(below)
        # `listed` was escaped where it was made, and `held` is one of the codes in it, never what somebody typed.
        found.append(Markup(listed.replace(f'"{held}"', f'"{held}" selected') if held else listed))  # noqa: S704
        code = held if held and len(_stem(held)) < depth else None
    return tuple(found)


@lru_cache(maxsize=500)
def _listing(below: tuple[tuple[str, str], ...]) -> str:
    return "".join(f'<option value="{escape(code)}">{escape(title)}</option>' for code, title in below)


def _stem(code: str) -> str:
    """370200 -> 3702"""
    return code[:2] if code[2:] == "0000" else code[:4] if code[4:] == "00" else code
