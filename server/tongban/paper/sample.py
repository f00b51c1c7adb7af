"""Sample sheets: any document of any definition with made-up answers, for previews and reference pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongban.engine.answers import TYPES
from tongban.engine.answers.number import limit
from tongban.engine.layout import OWN
from tongban.engine.model import Document, Env, Field, Form, Json, Version, Workflow
from tongban.paper import gather, numbers
from tongban.paper.sheet import Cell, Clause, Meta, Opinion, PaperError, Seal, Section, Sheet, Signature, Value
from tongban.text import label

DAY, INSTANT = "2026-11-20", "2026-11-20T02:30:00Z"
_BY_TYPE: dict[str, Json] = {
    "text": "示例内容",
    "longtext": "这里是一段示例文字，用来看版面在内容较多时的样子。",
    "name": "欧阳赟珺",
    "email": "demo@tongban.example",
    "scan": "SAMPLE-0001",
    "integer": 128,
    "date": DAY,
    "month": "2026-11",
    "year": "2026",
    "time": "09:30",
    "yesno": True,
    "citizen_id": "370202199003150185",
    "uscc": "91370202MA3C4XYT5P",
    "mobile": "13905321234",
    "phone": "0532-85912345",
    "bank_account": "6217850000000000017",
    "region": "370202",
    "address": {"region": "370202", "detail": "香港中路 61 号甲 12 层"},
    "date_range": {"from": DAY, "to": "2027-11-19"},
}
_TEXTS = {"name": "青岛海晟精密机械有限公司", "title": "示例名称"}
_PLACE = {"zh": "山东省青岛市市南区", "en": "Shinan District, Qingdao, Shandong"}


def answers(form: Form) -> dict[str, Json]:
    """An answer to every question, sound enough to be printed."""
    return {one.id: _answer(one) for one in form.fields if TYPES[one.type].holds}


def _answer(one: Field) -> Json:
    if one.type == "group":
        return [{c.id: _answer(c) for c in one.fields if TYPES[c.type].holds} for _ in range(3)]
    if one.type in ("choice", "choices"):
        values = [c.value for c in one.choices if not c.exclusive] or ["sample"]
        return values[:2] if one.type == "choices" else values[0]
    if one.type in ("decimal", "rate", "money"):
        return (limit(one.min, one.scale) or 0) + 10**one.scale * (5_000_000 if one.type == "money" else 3)
    if one.type in ("computed", "fact"):
        kind = one.value_type.kind
        return {"date": DAY, "bool": True, "int": 12, "decimal": 300 * 10**one.scale}.get(kind, "示例")
    if one.type == "text" and one.id in _TEXTS:
        return _TEXTS[one.id]
    return _BY_TYPE.get(one.type)


def sheet(
    version: Version,
    document: Document,
    given: Mapping[str, Mapping[str, Json]] | None = None,
    lang: str = "zh",
    office: str = "青岛市市南区人力资源和社会保障局",
    *,
    copy: bool = True,
) -> Sheet:
    """The document with sample answers; `given` replaces the answers of whole forms or single fields."""
    flow = version.workflow
    known = {key: {**answers(form), **((given or {}).get(key) or {})} for key, form in flow.forms.items()}
    env = _env(flow, known)
    values = {
        source: _value(version, source, expr.run(env), lang)
        for source, expr in document.exprs.items()
        if not source.startswith(OWN)
    }
    meta = Meta(
        label(document.title, lang),
        document.kind,
        DAY,
        _number(document, values, lang),
        "00000001",
        numbers.spaced("7H3K9QWM2XTB4RVD"),
        "https://tongban.example/verify/7H3K9QWM2XTB4RVD",
        "e30.e30.e30",
        label(document.layout.get("office"), lang) or office,
        Seal(office) if document.kind != "agreement" else None,
        "青岛海晟精密机械有限公司",
        "2026-370202-000173",
        label(flow.title, lang),
        DAY,
        copy=copy,
        demo=not copy,
        lang=lang,
    )
    return Sheet(
        meta,
        document.layout,
        {**values, **_gaps(document, values)},
        _sections(flow, document, known, env, lang),
        _opinions(flow, lang),
        _signatures(flow, lang),
        _clauses(flow, lang),
        "这里是示例理由。",
        (Cell("近两年参保人数", "与社会保险系统的记录不一致，请核对后重新填写。"),),
    )


def _env(flow: Workflow, known: Mapping[str, Mapping[str, Json]]) -> Env:
    env: Env = {f"{key}.{name}": value for key, found in known.items() for name, value in found.items()}
    kinds: dict[str, Json] = {
        "date": DAY,
        "datetime": INSTANT,
        "bool": True,
        "int": 3,
        "decimal": 1000,
        "string": "示例",
    }
    env.update({name: kinds.get(variable.type.kind) for name, variable in flow.variables.items()})
    env.update(
        {
            "today": DAY,
            "now": INSTANT,
            "case_id": "2026-370202-000173",
            "case_scope": "370202",
            "round": 1,
            "started_at": INSTANT,
            "submitted_at": INSTANT,
            "actor_id": "u1",
            "parent_id": None,
            "$fact": lambda *_: None,
            "$in_state": lambda _: False,
            "$outcome_of": lambda _: None,
            OWN + "issued_on": DAY,
        }
    )
    return env


def _value(version: Version, source: str, value: Json, lang: str) -> Value:
    form, _, name = source.partition(".")
    known = version.workflow.forms.get(form)
    one = next((f for f in known.fields if f.id == name), None) if known else None
    if one is None:
        one = next((f for held in version.workflow.forms.values() for f in held.fields if f.id == source), None)
    return _shown(one, value, lang) if one else Value(value)


def _shown(one: Field, value: Json, lang: str) -> Value:
    if one.type == "group" and isinstance(value, list):
        rows = [{c.id: _shown(c, row.get(c.id), lang) for c in one.fields} for row in value]
        return Value(rows, "list", 0, str(len(rows)))
    ready, words = gather.of_field(one, value, lang), _words(one, value, lang)
    return Value(ready.value, ready.kind, ready.scale, words) if words else ready


def _words(one: Field, value: Json, lang: str) -> str | None:
    """Names of places, which only a database knows, stand in the sample."""
    if one.type == "region":
        return _PLACE[lang]
    if one.type == "address" and isinstance(value, Mapping):
        return f"{_PLACE[lang]}{'' if lang == 'zh' else ' '}{value.get('detail') or ''}"
    return None


def _gaps(document: Document, values: Mapping[str, Value]) -> dict[str, Value]:
    """What only the world outside knows is filled in, so that the preview shows the place."""
    return {
        source: Value(True if expr.type.kind == "bool" else "示例", expr.type.kind, expr.type.scale, "示例")
        for source, expr in document.exprs.items()
        if source in values and values[source].value is None and expr.type.kind in ("any", "string", "bool")
    }


def _number(document: Document, values: Mapping[str, Value], lang: str) -> str:
    rule = document.layout.get("number")
    if not rule:
        return ""
    own = {OWN + "issued_on": Value(DAY, "date")}
    try:
        return numbers.number(rule, "sample", {**values, **own}, lambda _: 1)
    except PaperError:
        return label({"zh": "（签发时编号）", "en": "(numbered when issued)"}, lang)


def _sections(
    flow: Workflow, document: Document, known: Mapping[str, Mapping[str, Json]], env: Env, lang: str
) -> tuple[Section, ...]:
    wanted = {b["form"] for b in document.layout.get("blocks") or () if isinstance(b.get("form"), str)}
    wanted |= gather.subject_forms(flow)
    return tuple(
        section
        for key, form in flow.forms.items()
        if key in wanted
        for section in gather.sections(
            key, form, known[key], env, lang, words=lambda one, value: _words(one, value, lang)
        )
    )


def _opinions(flow: Workflow, lang: str) -> tuple[Opinion, ...]:
    found: list[Opinion] = []
    for state, _ in gather.review_steps(flow):
        office = "青岛市市南区人力资源和社会保障局" if len(found) % 2 == 0 else "中国银行股份有限公司青岛市南支行"
        found.append(
            Opinion(
                state.id,
                label(state.label, lang),
                "同意",
                "经审核，材料齐全，符合规定条件。",
                "刘芳",
                office,
                INSTANT,
                "",
                Seal(office),
            )
        )
    return tuple(found)


def _signatures(flow: Workflow, lang: str) -> tuple[Signature, ...]:
    found = []
    for party in flow.parties.values():
        name = "欧阳赟珺" if party.kind == "person" else "青岛海晟精密机械有限公司"
        found.append(
            Signature(
                party.id,
                label(party.label, lang) or party.id,
                name,
                "何伟" if party.kind != "person" else name,
                INSTANT,
                "",
                None if party.kind == "person" else Seal(name),
                party.kind == "person",
            )
        )
    return tuple(found)


def _clauses(flow: Workflow, lang: str) -> tuple[Clause, ...]:
    words: Mapping[str, Any] = flow.source.get("clauses") or {}
    return tuple(Clause(key, label(text, lang)) for key, text in list(words.items())[:2])
