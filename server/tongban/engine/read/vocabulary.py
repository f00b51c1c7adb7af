"""The whole vocabulary of definitions, version 1, as data. Words are explained in text/schema.json.

One table, two uses: the reader checks against it, and `tongban schema` prints it as JSON Schema for editors.
"""

from __future__ import annotations

from tongban.engine.read.shape import Either, Enum, Kind, Leaf, ListOf, MapOf, Obj, Shape

_BOOL, _INT, _STR, _ANY = Leaf("bool"), Leaf("int"), Leaf("string"), Leaf("any")
_NAME, _SLUG, _PATH, _EVENT, _DATE, _RULE = (Leaf(k) for k in ("name", "slug", "path", "event", "date", "rule"))
_TEXT = MapOf(_STR, "language")
_HOLDERS = Either((Obj("holder"), ListOf(Obj("holder"), 1)))
_ACTIONS = ListOf(Obj("action"))
_TARGET = Either((_SLUG, ListOf(_SLUG)))
_ARROW = Either((_SLUG, Obj("transition"), ListOf(Either((_SLUG, Obj("transition"))), 1)))
_ARROWS = MapOf(_ARROW, "event")
_TYPE = Either((_NAME, Obj("value_type")))
_FIGURE = Either((_NAME, Obj("figure")))

_LIST = Either((_RULE, Obj("computed")))
_VALUES = MapOf(_ANY, "name")

UNITS = ("working_days", "days", "months", "years", "hours", "minutes")
PERIODS = ("day", "week", "half_month", "month", "quarter", "half_year", "year")
_SPAN: dict[str, Kind] = dict.fromkeys(UNITS, _INT)

_CHART: dict[str, Kind] = {
    "type": Enum(("atomic", "compound", "parallel", "final", "history")),
    "initial": Either((_SLUG, ListOf(_SLUG, 1), Obj("initial"))),
    "states": MapOf(Obj("state")),
    "on": _ARROWS,
    "onDone": _ARROW,
    "always": _ARROW,
    "after": ListOf(Obj("timer")),
    "entry": _ACTIONS,
    "exit": _ACTIONS,
}
_HOLDER: dict[str, Kind] = {"party": _NAME, "role": _SLUG, "person": _RULE, "scope": _RULE, "when": _RULE}
_TRANSITION: dict[str, Kind] = {
    "target": _TARGET, "guard": _RULE, "actions": _ACTIONS, "internal": _BOOL, "label": _TEXT,
    "tone": Enum(("primary", "neutral", "danger")), "by": _HOLDERS, "require": ListOf(_SLUG), "reason": _BOOL,
    "clauses": _BOOL, "signature": _BOOL, "marks": _BOOL, "form": _BOOL, "return": Obj("return"), "clause": _STR,
}

WORKFLOW: dict[str, Shape] = {
    "workflow": Shape({
        "$schema": _STR, "id": _SLUG, "title": _TEXT, "summary": _TEXT, "audience": ListOf(_SLUG), "region": _STR,
        "source": Obj("source"), "capabilities": ListOf(_SLUG), "parties": MapOf(Obj("party"), "name"),
        "starters": ListOf(Obj("holder")), "forms": MapOf(_SLUG, "name"), "scope": _RULE, "subject": _RULE,
        "variables": MapOf(Obj("variable"), "name"), "registers": MapOf(Obj("register")),
        "parameters": MapOf(_FIGURE), "calendar": _SLUG, "rules": MapOf(Obj("rule")), "unique": ListOf(Obj("unique")),
        "screen": Obj("screen"), "documents": MapOf(Obj("document")), "recurring": ListOf(Obj("recurring")),
        "meta": Leaf("any"), **_CHART,
    }, required=("id", "title", "states")),
    "source": Shape({
        "notice": _STR, "title": _TEXT, "issuer": _TEXT, "number": _STR, "date": _DATE, "url": _STR,
        "clauses": MapOf(_TEXT, "clause"), "valid": Obj("valid")}),
    "valid": Shape({"from": Either((_DATE, Enum((None,)))), "until": Either((_DATE, Enum((None,)))),
                    "tested_on": _RULE}),
    "party": Shape({"kind": Enum(("enterprise", "person", "school", "agency")), "label": _TEXT, "starts": _BOOL,
                    "many": _BOOL, "key": _PATH, "phone": _PATH}, required=("kind",)),
    "holder": Shape(_HOLDER, one_of=("party", "role", "person")),
    "value_type": Shape({"type": _NAME, "scale": _INT, "item": _TYPE, "fields": MapOf(_TYPE, "name")},
                        required=("type",)),
    "figure": Shape({"type": _NAME, "scale": _INT, "label": _TEXT, "unit": _TEXT, "clause": _STR}, required=("type",)),
    "variable": Shape({"type": _NAME, "scale": _INT, "item": _TYPE, "fields": MapOf(_TYPE, "name"),
                       "initial": _RULE, "label": _TEXT}, required=("type",)),
    "register": Shape({"key": _NAME, "fields": MapOf(_TYPE, "name"), "title": _TEXT, "label": _TEXT,
                       "labels": MapOf(_TEXT, "name"), "readers": ListOf(Obj("reader"), 1),
                       "keepers": ListOf(Obj("reader"), 1), "masked": ListOf(_NAME), "document": _SLUG},
                      required=("key", "fields")),
    "reader": Shape({"role": _SLUG, "column": _NAME}, required=("role",)),
    "screen": Shape({"register": _SLUG, "form": _NAME, "rules": ListOf(_SLUG, 1), "columns": MapOf(_NAME, "path")},
                    required=("register", "form", "rules")),
    "rule": Shape({"test": _RULE, "clause": _STR, "kind": Enum(("hard", "soft")), "when": _RULE, "override": _SLUG,
                   "label": _TEXT, "say": _TEXT}, required=("test",)),
    "unique": Shape({"key": Either((_RULE, ListOf(_RULE, 1))), "within": Enum(("open", "approved", "all")),
                     "say": _TEXT, "clause": _STR, "workflows": ListOf(_SLUG)}, required=("key",)),
    "document": Shape({"kind": _SLUG, "title": _TEXT, "blocks": ListOf(_ANY)}, required=("kind", "title"), open=True),
    "recurring": Shape({"id": _SLUG, "every": Enum(PERIODS), "on_day": _INT, "for_each": _SLUG,
                        "start": Obj("opening")}, required=("id", "every")),
    "opening": Shape({"variables": MapOf(_ANY, "name"), "given": MapOf(_VALUES, "name"), "parties": _VALUES}),
    "initial": Shape({"target": _TARGET, "actions": _ACTIONS}, required=("target",)),
    "state": Shape({
        **_CHART, "label": _TEXT, "history": Enum(("shallow", "deep")), "target": _TARGET, "task": Obj("task"),
        "clause": _STR, "outcome": Enum(("approved", "refused", "withdrawn", "expired", "done")), "suspends": _BOOL,
        "meta": Leaf("any")}),
    "transition": Shape(_TRANSITION),
    "timer": Shape({**_TRANSITION, "delay": Obj("span"), "at": _RULE, "repeat": _BOOL}, one_of=("delay", "at")),
    "span": Shape(_SPAN, one_of=UNITS),
    "return": Shape({"to": ListOf(Leaf("place"), 1), "then": Enum(("redo", "resume", "ask"))}, required=("to",)),
    "task": Shape({
        **_HOLDER, "who": ListOf(Obj("holder"), 1), "form": _NAME,
        "decide": Either((Enum(("any", "all", "sequence")), Obj("decide"))), "due": Either((_RULE, Obj("span"))),
        "overdue": _EVENT,
        "never": ListOf(_SLUG), "when_empty": Leaf("policy"), "same_person": Leaf("policy"),
        "own_case": Enum(("allow", "refuse")), "shows": ListOf(_NAME), "edits": MapOf(ListOf(_NAME), "name"),
        "label": _TEXT, "hint": _TEXT}, one_of=("party", "role", "person", "who")),
    "decide": Shape({"mode": Enum(("any", "all", "sequence", "quorum", "ratio")), "quorum": _INT,
                     "ratio": Leaf("ratio"), "carry": _EVENT, "veto": _BOOL, "otherwise": _EVENT}),
    "action": Shape({
        "set": MapOf(_RULE, "path"), "raise": _EVENT, "notify": Obj("notify"), "issue": Either((_SLUG, Obj("issue"))),
        "revoke": Either((_SLUG, Obj("revoke"))), "register": Obj("register_change"), "start": Obj("start"),
        "publish": Obj("publish"), "tell": Obj("tell"), "call": Obj("call"), "when": _RULE,
    }, one_of=("set", "raise", "notify", "issue", "revoke", "register", "start", "publish", "tell", "call")),
    "computed": Shape({"expr": _RULE}, required=("expr",)),
    "notify": Shape({"to": _HOLDERS, "message": _TEXT}, required=("to", "message")),
    "issue": Shape({"document": _SLUG}, required=("document",)),
    "revoke": Shape({"document": _SLUG, "reason": _ANY}, required=("document",)),
    "register_change": Shape({"in": _SLUG, "for_each": _LIST, "enter": Obj("entry"), "exit": Obj("entry"),
                              "update": Obj("entry")}, required=("in",), one_of=("enter", "exit", "update")),
    "entry": Shape({"key": _ANY, "values": _VALUES, "ground": _ANY}, required=("key",)),
    "start": Shape({"workflow": _SLUG, "name": _SLUG, "for_each": _LIST, "answers": MapOf(_VALUES, "name"),
                    "variables": _VALUES, "parties": _VALUES}, required=("workflow",)),
    "publish": Shape({"title": _TEXT, "until": _ANY, "days": Obj("span"), "show": _VALUES,
                      "labels": MapOf(_TEXT, "name"), "redact": MapOf(Enum(("name", "number", "none")), "name"),
                      "columns": MapOf(ListOf(_NAME, 1), "name"), "objection": _EVENT},
                     required=("title", "show"), one_of=("until", "days")),
    "tell": Shape({"cases": Either((Enum(("parent", "children")), Obj("named_case"))), "for_each": _LIST,
                   "event": _EVENT, "data": _VALUES},
                  required=("cases", "event")),
    "named_case": Shape({"expr": _RULE, "row": _NAME}, one_of=("expr", "row")),
    "call": Shape({"to": _SLUG, "data": _VALUES}, required=("to",)),
}

_BOOL_OR_RULE = Either((_BOOL, _RULE))
_BOUND = Either((_INT, Leaf("number"), _STR))

FORM: dict[str, Shape] = {
    "form": Shape({"$schema": _STR, "id": _SLUG, "title": _TEXT, "hint": _TEXT, "pages": ListOf(Obj("page"), 1)},
                  required=("id", "title", "pages")),
    "page": Shape({"id": _SLUG, "title": _TEXT, "hint": _TEXT, "visible": _RULE, "fields": ListOf(Obj("field"), 1)},
                  required=("id", "title", "fields")),
    "field": Shape({
        "id": _NAME, "type": _NAME, "label": _TEXT, "hint": _TEXT, "clause": _STR, "required": _BOOL_OR_RULE,
        "visible": _RULE, "readonly": _BOOL_OR_RULE, "computed": _RULE, "valid": ListOf(Obj("valid")),
        "choices": ListOf(Obj("choice"), 1), "fields": ListOf(Obj("field"), 1), "scale": _INT, "min": _BOUND,
        "max": _BOUND, "readers": ListOf(_SLUG), "sensitive": _BOOL,
    }, required=("id", "type", "label"), open=True),
    "valid": Shape({"test": _RULE, "say": _TEXT, "clause": _STR, "soft": _BOOL}, required=("test", "say")),
    "choice": Shape({"value": _STR, "label": _TEXT, "when": _RULE, "exclusive": _BOOL}, required=("value", "label")),
}

_FORM_ANSWERS = MapOf(_ANY, "path")
_PLAYED: dict[str, Kind] = {
    "$schema": _STR, "about": Either((_TEXT, _STR)), "start": _STR, "case": _STR, "actors": MapOf(Obj("actor")),
    "parties": MapOf(_ANY, "name"), "facts": Obj("facts"), "given": MapOf(_FORM_ANSWERS, "name"),
    "variables": MapOf(_ANY, "name"), "answers": MapOf(_FORM_ANSWERS, "name"),
}
_STEPS = ListOf(Obj("step"))

SCRIPT: dict[str, Shape] = {
    "script": Shape({**_PLAYED, "steps": _STEPS}, required=("start",)),
    "book": Shape({**_PLAYED, "workflow": _SLUG, "scenarios": ListOf(Obj("scenario"))},
                  required=("start", "scenarios")),
    "scenario": Shape({"name": Either((_TEXT, _STR)), "why": Either((_TEXT, _STR)), "change": Leaf("any"),
                       "missing": ListOf(_SLUG), "steps": _STEPS, "expect": Obj("expect")}, required=("name", "steps")),
    "actor": Shape({"id": _STR, "grants": ListOf(_STR), "party": _NAME, "parties": ListOf(_NAME), "starts": _BOOL,
                    "deputy_of": _STR}),
    "facts": Shape({"registers": MapOf(ListOf(Obj("listed"))), "parameters": ListOf(Obj("parameter")),
                    "counts": ListOf(Obj("counted")), "calendars": MapOf(Obj("calendar"), "year"),
                    "told": ListOf(Obj("told")), "missing": ListOf(_SLUG)}),
    "listed": Shape({"key": _STR, "from": _STR, "until": _STR, "values": MapOf(_ANY, "name")}, required=("key",)),
    "parameter": Shape({"name": _SLUG, "region": _STR, "from": _DATE, "value": _ANY},
                       required=("name", "from", "value")),
    "counted": Shape({"of": ListOf(_ANY), "is": _INT}, required=("of", "is")),
    "calendar": Shape({"year": _INT, "holidays": ListOf(_DATE), "workdays": ListOf(_DATE)}, open=True),
    "told": Shape({"ask": ListOf(Either((_STR, _INT, _BOOL, Enum((None,)))), 1), "is": _ANY}, required=("ask", "is")),
    "step": Shape({
        "do": _EVENT, "by": Either((_STR, Obj("actor"))), "kind": _NAME, "in": _SLUG, "task": _STR, "form": _NAME,
        "answers": _FORM_ANSWERS, "change": _FORM_ANSWERS, "reason": _STR, "clauses": ListOf(_STR), "signature": _STR,
        "marks": MapOf(_STR, "place in answers"), "to": ListOf(_STR), "then": _STR, "place": _STR,
        "overrides": MapOf(_STR), "event": _EVENT, "data": MapOf(_ANY, "name"), "wait": Either((_STR, Obj("span"))),
        "at": _STR, "about": Either((_TEXT, _STR)), "expect": Obj("expect"),
    }, one_of=("do", "event", "wait")),
    "span": WORKFLOW["span"],
    "expect": Shape({}, open=True),
}
