"""Guards over typed fields, decided by the solver: gaps, overlaps, never true, always true, each with answers.

Where a condition uses what the solver has no theory for, made-up cases are tried (witness.py). What neither settles is
told as undecided: nothing is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

from tongban.engine.chart import Arrow, Node
from tongban.engine.check import solver
from tongban.engine.check.example import Words
from tongban.engine.check.known import Facts, Known
from tongban.engine.check.solver import Names, Question, Verdict
from tongban.engine.check.subject import Subject
from tongban.engine.check.witness import Witnesses, falsehood, truth
from tongban.engine.model import Env, Expr, Field
from tongban.engine.rules.tree import walk

Json = Any
_CONDITIONS = ("guard", "test", "when", "visible", "required", "readonly")


class Guards:
    """The checks of one subject; every question starts from what is certain at the place."""

    def __init__(self, subject: Subject, known: Known) -> None:
        self.subject, self.known = subject, known
        self.fields: Mapping[str, Field] = {
            f"{key}.{one.id}": one for key, form in subject.flow.forms.items() for one in form.fields}
        given = {name for action in subject.actions() if action.kind == "set" for name in action.args}
        self.limited = {name: one for name, one in self.fields.items() if name not in given}
        self.words = Words(self.fields)
        self.witnesses = Witnesses(subject)
        self.told: set[str] = set()
        self.space = solver.space()

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
        asked = Question(Names(self.limited, frozenset(f for f in certain if not f.startswith("#"))), self.space)
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
        model = asked.possible(verdict.true)
        if model is None:
            self.subject.add("never_true", at, source=expr.source)
        elif _open(asked, model) and not self._shown(asked, model, truth(expr), certain):
            self.subject.add("undecided_condition", at, "unknown", sources=[expr.source])
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
        self._overlaps(asked, verdicts, certain)

    def _gap(self, node: Node, group: list[Arrow], asked: Question, verdicts: list[Verdict]) -> None:
        """Answers for which no transition applies: the case gets stuck."""
        at = self._place(group[0]).rsplit("/", 1)[0] if len(group) > 1 else self._place(group[0])
        none = solver.alternatives(verdicts)
        everything = [term.known for term in asked.terms.values()]
        params = {"state": self.subject.name(node.id), "event": group[0].event or "always"}
        model = asked.possible(none, *everything)
        guards = [arrow.guard for arrow in group if arrow.guard is not None]
        if model is not None and _open(asked, model):
            stuck = self._shown(asked, model, falsehood(*guards), self.known.at_arrows(group))
            if stuck is not None:
                self.subject.add("gap", at, **params, **self._seen(asked, stuck, guards))
            else:
                self.subject.add("undecided", at, "unknown", **params, sources=[guard.source for guard in guards])
        elif model is not None:
            self.subject.add("gap", at, **params, **self.words.example(asked.answers(model), asked.kinds))
        elif _must_move(node, group[0]) and (model := asked.possible(none)) not in (None, "?"):
            missing = [name for name, value in asked.answers(model).items() if value is None]
            self.subject.add("gap_unknown", at, "warning", **params, missing=[self.words.label(n) for n in missing])

    def _overlaps(self, asked: Question, verdicts: list[tuple[Arrow, Verdict]], certain: Facts) -> None:
        covered: list[Verdict] = []
        for arrow, verdict in verdicts:
            alone = asked.possible(verdict.true, solver.alternatives(covered)) if covered else True
            if alone is None and asked.possible(verdict.true) is not None:
                self.subject.add("covered", f"{self._place(arrow)}/guard", source=arrow.guard.source)  # type: ignore[union-attr]
            covered.append(verdict)
        for (one, first), (other, second) in combinations(verdicts, 2):
            model = asked.possible(first.true, second.true)
            if model is None or asked.possible(first.true, solver.alternatives([second])) is None:
                continue        # apart; or the special case stands before the general one: order is meant
            if asked.possible(second.true, solver.alternatives([first])) is None:
                continue        # covered, which has been told
            at, params = f"{self._place(other)}/guard", {"first": self._place(one)}
            if not _open(asked, model):
                self.subject.add("overlap", at, "warning", **params,
                                 **self.words.example(asked.answers(model), asked.kinds))
                continue
            guards = [guard for guard in (one.guard, other.guard) if guard is not None]
            both = self._shown(asked, model, truth(*guards), certain)
            if both is not None:
                self.subject.add("overlap", at, "warning", **params, **self._seen(asked, both, guards))
            else:
                self.subject.add("undecided_overlap", at, "unknown", **params, sources=[g.source for g in guards])

    def _requirements(self, arrow: Arrow) -> None:
        """Requirements of one action that cannot all be met, together with its guard."""
        spec = arrow.spec
        if spec is None or not spec.require:
            return
        rules = [self.subject.flow.rules[r] for r in spec.require if r in self.subject.flow.rules]
        rules = [rule for rule in rules if rule.kind == "hard" and rule.when is None]
        tests = [rule.test for rule in rules] + ([arrow.guard] if arrow.guard is not None else [])
        certain = self.known.at_arrows([arrow])
        asked = self.question(certain)
        verdicts = [asked.verdict(test.ast) for test in tests]
        if len(tests) < 2 or any(asked.possible(v.true) is None for v in verdicts):
            return      # one of them alone is told elsewhere
        at, model = f"{self._place(arrow)}/require", asked.possible(*(v.true for v in verdicts))
        if model is None:
            self.subject.add("never_passes", at, rules=[r.label or r.id for r in rules])
        elif (_open(asked, model) and not asked.possible_whatever(*(v.true for v in verdicts))
                and self._shown(asked, model, truth(*tests), certain) is None):
            beyond = [r for r in rules if self._beyond(r.test)] or rules
            self.subject.add("undecided_requirements", at, "unknown", rules=[r.label or r.id for r in beyond])

    def _beyond(self, expr: Expr) -> bool:
        """Whether the solver cannot decide this rule by itself."""
        asked = self.question(frozenset())
        asked.verdict(expr.ast)
        return bool(asked.beyond)

    # --- made-up cases -----------------------------------------------------------------------------------------

    def _shown(self, asked: Question, model: Json, holds: Callable[[Env], bool], certain: Facts) -> Env | None:
        """A made-up case for which `holds`, in which everything that is certain here holds too."""
        passed = [self.subject.flow.rules[fact[1:]].test for fact in certain if fact.startswith("#")]
        hints = asked.answers(model) if model != "?" else {}
        return self.witnesses.find(hints, lambda env: holds(env) and all(r.run(env) is not False for r in passed))

    def _seen(self, asked: Question, env: Env, guards: list[Expr]) -> dict[str, Json]:
        names = sorted({name for guard in guards for name in guard.names if name in env})
        return self.words.example({name: env[name] for name in names}, asked.kinds)

    def _place(self, arrow: Arrow) -> str:
        return self.subject.place(arrow.spec) if arrow.spec else ""


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
    waits = any(part[0] == "in_state" for a in node.arrows if a.guard for part in walk(a.guard.ast))
    return not arrow.event and node.kind == "atomic" and not others and node.state.task is None and not waits


def _only_known(expr: Expr) -> bool:
    """has(x) is never false where x is required: that is no mistake worth telling."""
    return any(part[0] == "known" for part in walk(expr.ast))


def _open(asked: Question, model: Json) -> bool:
    """Whether a possibility that the solver found need not be a real one."""
    return bool(asked.beyond) or model == "?"


def check_guards(subject: Subject, known: Known) -> None:
    """Decide every condition; say so once where the solver is not installed."""
    if not solver.available():
        subject.add("no_solver", "", "warning")
        return
    Guards(subject, known).run()
