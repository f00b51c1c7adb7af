"""Guards over typed fields, decided by the solver: gaps, overlaps, never true, always true, each with answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from tongban.engine.answers import show
from tongban.engine.chart import Arrow, Node
from tongban.engine.check import solver
from tongban.engine.check.known import Facts, Known
from tongban.engine.check.solver import Names, Question, Verdict
from tongban.engine.check.subject import Subject
from tongban.engine.model import Expr, Field

Json = Any
_CONDITIONS = ("guard", "test", "when", "visible", "required", "readonly")


class Guards:
    """The checks of one subject; every question starts from what is certain at the place."""

    def __init__(self, subject: Subject, known: Known) -> None:
        self.subject, self.known = subject, known
        self.fields: Mapping[str, Field] = {
            f"{key}.{one.id}": one for key, form in subject.flow.forms.items() for one in form.fields}
        self.told: set[str] = set()

    def run(self) -> None:
        """All checks of this module."""
        for node in self.subject.chart.nodes.values():
            for group in _groups(node):
                self._group(node, group)
            for arrow in node.arrows:
                self._requirements(arrow)
        for at, expr in self.subject.reading.exprs.items():
            if at.rsplit("/", 1)[-1] in _CONDITIONS and at not in self.told and expr.type.kind == "bool":
                self._single(at, expr, frozenset())

    def question(self, certain: Facts) -> Question:
        """A fresh conversation: limits of fields, and hard rules that have passed on every way here."""
        asked = Question(Names(self.fields, frozenset(f for f in certain if not f.startswith("#"))))
        for fact in sorted(certain):
            if fact.startswith("#"):
                asked.assumed.append(asked.verdict(self.subject.flow.rules[fact[1:]].test.ast).true)
        asked.beyond.clear()
        return asked

    # --- one condition -----------------------------------------------------------------------------------------

    def _single(self, at: str, expr: Expr, certain: Facts) -> None:
        self.told.add(at)
        if expr.ast[0] == "lit":
            if expr.ast[1] is False:
                self.subject.add("never_true", at, source=expr.source)
            return
        asked = self.question(certain)
        asked.without = expr
        verdict = asked.verdict(expr.ast)
        if asked.possible(verdict.true) is None:
            self.subject.add("never_true", at, source=expr.source)
        elif asked.possible(verdict.false) is None and not asked.beyond and not _only_known(expr):
            self.subject.add("always_true", at, "warning", source=expr.source)

    # --- transitions of one event ------------------------------------------------------------------------------

    def _group(self, node: Node, group: list[Arrow]) -> None:
        certain = self.known.at_arrows(group)
        guarded = [arrow for arrow in group if arrow.guard is not None]
        for arrow in guarded:
            self._single(f"{self._place(arrow)}/guard", arrow.guard, certain)  # type: ignore[arg-type]
        if len(guarded) < 2 and not (guarded and _must_move(node, guarded[0])):
            return
        asked = self.question(certain)
        verdicts = [(arrow, asked.verdict(arrow.guard.ast)) for arrow in guarded if arrow.guard]
        if len(guarded) == len(group):
            self._gap(node, group, asked, [v for _, v in verdicts])
        self._overlaps(asked, verdicts)

    def _gap(self, node: Node, group: list[Arrow], asked: Question, verdicts: list[Verdict]) -> None:
        """Answers for which no transition applies: the case gets stuck."""
        at = self._place(group[0]).rsplit("/", 1)[0] if len(group) > 1 else self._place(group[0])
        none = solver.alternatives(verdicts)
        everything = [term.known for term in asked.terms.values()]
        params = {"state": self.subject.name(node.id), "event": group[0].event or "always"}
        model = asked.possible(none, *everything)
        if model is not None and (asked.beyond or model == "?"):
            self.subject.add("undecided", at, "unknown", **params, sources=[a.guard.source for a in group if a.guard])
        elif model is not None:
            self.subject.add("gap", at, **params, **self._example(asked, model))
        elif _must_move(node, group[0]) and (model := asked.possible(none)) not in (None, "?"):
            missing = [name for name, value in asked.answers(model).items() if value is None]
            self.subject.add("gap_unknown", at, "warning", **params, missing=[self._label(n) for n in missing])

    def _overlaps(self, asked: Question, verdicts: list[tuple[Arrow, Verdict]]) -> None:
        covered: list[Verdict] = []
        for arrow, verdict in verdicts:
            alone = asked.possible(verdict.true, solver.alternatives(covered)) if covered else True
            if alone is None and asked.possible(verdict.true) is not None:
                self.subject.add("covered", f"{self._place(arrow)}/guard", source=arrow.guard.source)  # type: ignore[union-attr]
            covered.append(verdict)
        for (one, first), (other, second) in combinations(verdicts, 2):
            model = asked.possible(first.true, second.true)
            if model is None or model == "?" or asked.beyond:
                continue
            if asked.possible(first.true, solver.alternatives([second])) is None:
                continue        # the special case stands before the general one: order is meant
            if asked.possible(second.true, solver.alternatives([first])) is not None:
                self.subject.add("overlap", f"{self._place(other)}/guard", "warning", first=self._place(one),
                                 **self._example(asked, model))

    def _requirements(self, arrow: Arrow) -> None:
        """Requirements of one action that cannot all be met, together with its guard."""
        spec = arrow.spec
        if spec is None or not spec.require:
            return
        rules = [self.subject.flow.rules[r] for r in spec.require if r in self.subject.flow.rules]
        rules = [rule for rule in rules if rule.kind == "hard" and rule.when is None]
        tests = [rule.test for rule in rules] + ([arrow.guard] if arrow.guard is not None else [])
        asked = self.question(self.known.at_arrows([arrow]))
        verdicts = [asked.verdict(test.ast) for test in tests]
        if len(tests) < 2 or any(asked.possible(v.true) is None for v in verdicts):
            return      # one of them alone is told elsewhere
        if asked.possible(*(v.true for v in verdicts)) is None:
            self.subject.add("never_passes", f"{self._place(arrow)}/require", rules=[r.label or r.id for r in rules])

    # --- words -------------------------------------------------------------------------------------------------

    def _place(self, arrow: Arrow) -> str:
        return self.subject.place(arrow.spec) if arrow.spec else ""

    def _example(self, asked: Question, model: Json) -> dict[str, Json]:
        """Concrete answers, as data and as a sentence in the author's words."""
        values = asked.answers(model)
        said = {}
        for lang, comma in (("zh", "；"), ("en", "; ")):
            pairs = (f"{self._word(n, lang)} = {self._value(n, v, asked, lang)}" for n, v in values.items())
            said[lang] = comma.join(pairs) or "—"
        return {"answers": values, "example": said}

    def _label(self, name: str) -> Json:
        if name in self.fields:
            return self.fields[name].label
        return {lang: self._word(name, lang) for lang in ("zh", "en")}

    def _word(self, name: str, lang: str) -> str:
        if name in self.fields:
            return self.fields[name].label.get(lang) or name
        if name.startswith("["):
            literals = [part[1] for part in _walk(json.loads(name)) if part[0] == "lit"]
            return " ".join(str(x) for x in literals) or name
        return name

    def _value(self, name: str, value: Json, asked: Question, lang: str) -> str:
        if value is None:
            return {"zh": "未填", "en": "not answered"}[lang]
        if isinstance(value, bool):
            return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[lang]
        if name in self.fields and self.fields[name].type not in ("address", "group"):
            return show(self.fields[name], value, lang)
        type_ = asked.kinds.get(name)
        if type_ is not None and type_.kind == "decimal" and type_.scale:
            whole = str(abs(value)).rjust(type_.scale + 1, "0")
            return f"{'-' if value < 0 else ''}{whole[:-type_.scale]}.{whole[-type_.scale:]}"
        return str(value)


def _groups(node: Node) -> Iterator[list[Arrow]]:
    """Arrows that compete for the same event, in order; those of parties stand apart."""
    groups: dict[tuple[str, bool], list[Arrow]] = {}
    for arrow in node.arrows:
        if arrow.spec is not None and arrow.spec.after is None:
            groups.setdefault((arrow.event, bool(arrow.spec.by)), []).append(arrow)
    yield from groups.values()


def _must_move(node: Node, arrow: Arrow) -> bool:
    """A place that nothing but this event can leave: a decision point, or the completion of what is inside."""
    if arrow.event.startswith("done.state."):
        return True
    others = [a for a in node.arrows if a.event != arrow.event]
    waits = any(part[0] == "in_state" for a in node.arrows if a.guard for part in _walk(a.guard.ast))
    return not arrow.event and node.kind == "atomic" and not others and node.state.task is None and not waits


def _only_known(expr: Expr) -> bool:
    """has(x) is never false where x is required: that is no mistake worth telling."""
    return any(part[0] == "known" for part in _walk(expr.ast))


def _walk(ast: Json) -> Iterator[list[Any]]:
    if isinstance(ast, list):
        if ast and isinstance(ast[0], str):
            yield ast
        for part in ast:
            yield from _walk(part)


def check_guards(subject: Subject, known: Known) -> None:
    """Decide every condition; say so once where the solver is not installed."""
    if not solver.available():
        subject.add("no_solver", "", "warning")
        return
    Guards(subject, known).run()
