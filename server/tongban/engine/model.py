"""The words of the engine as frozen dataclasses: what `read` makes of JSON and every other module works with.

Values are plain JSON throughout (answers, variables, facts, events), so a case can be stored, hashed and replayed:
bool, int, str, list, dict and None = unknown. Decimals and money are ints scaled by their field (money: fen, scale 2;
a rate of 3.80 per cent with scale 2 is 380), dates "2026-11-22", times "08:30", instants "2026-11-22T00:30:00Z".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Text = Mapping[str, str]            # {"zh": …, "en": …}
Json = Any
Env = dict[str, Json]               # canonical name -> value; what a compiled rule reads
Compiled = Callable[[Env], Json]    # a rule as a Python closure


# --- rules ------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Type:
    """Type of an expression. kind: bool int decimal string date time datetime list map any."""

    kind: str
    scale: int = 0                              # decimal only: digits after the point
    item: Type | None = None                    # list only
    fields: Mapping[str, Type] | None = None    # map only
    choices: tuple[str, ...] = ()               # string only: the values a choice field can have


@dataclass(frozen=True, slots=True)
class Expr:
    """A parsed and type-checked rule expression."""

    source: str
    ast: Json               # nested arrays, the form that is stored and sent to phones; see docs/rules.md
    type: Type
    names: frozenset[str]   # canonical names it reads
    run: Compiled = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A named requirement of a workflow with the clause it comes from. Passes on true only."""

    id: str
    test: Expr
    clause: str | None = None
    kind: Literal["hard", "soft"] = "hard"      # soft = 原则上: a named role may override with a reason (I-12)
    override: str | None = None                 # the role that may
    when: Expr | None = None                    # asked only where this is true
    say: Text | None = None                     # why it failed; {names} are filled with the values
    label: Text | None = None                   # what is asked


# --- forms ------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: Text
    when: Expr | None = None
    exclusive: bool = False         # "none of these"


@dataclass(frozen=True, slots=True)
class Check:
    """One `valid` entry of a field or page."""

    test: Expr
    say: Text
    clause: str | None = None
    soft: bool = False              # a warning, never a refusal


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `type` names an entry of `engine.answers.TYPES`; `options` holds what only that type knows."""

    id: str
    type: str
    label: Text
    hint: Text | None = None
    clause: str | None = None
    required: bool | Expr = False
    visible: Expr | None = None
    readonly: bool | Expr = False
    computed: Expr | None = None
    valid: tuple[Check, ...] = ()
    choices: tuple[Choice, ...] = ()
    fields: tuple[Field, ...] = ()          # a repeating group's columns
    scale: int = 0
    min: Json = None
    max: Json = None
    readers: tuple[str, ...] = ()           # roles and parties that may read it; empty = all who see the case
    sensitive: bool = False                 # masked on lists, encrypted at rest
    options: Mapping[str, Json] = field(default_factory=dict)
    value_type: Type = Type("any")


@dataclass(frozen=True, slots=True)
class Page:
    id: str
    title: Text
    fields: tuple[Field, ...]
    visible: Expr | None = None
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    title: Text
    pages: tuple[Page, ...]
    hint: Text | None = None
    fields: tuple[Field, ...] = field(init=False, repr=False, compare=False)     # top-level ones in document order

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(one for page in self.pages for one in page.fields))


# --- workflow ---------------------------------------------------------------------------------------------------

Unit = Literal["working_days", "days", "months", "years", "hours", "minutes"]


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: one unit only. working_days need a calendar (I-03, I-18); months clamp to month ends (I-02)."""

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Action:
    """Something done on a transition, entry or exit. `kind` set | raise | an effect (notify, issue, register, …).

    set      args {name: Expr}
    raise    args {"event": name}
    effect   args as written, every {"expr": source} inside read into an Expr
    """

    kind: str
    args: Mapping[str, Any]
    when: Expr | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may act: exactly one of party, role, person. `scope` gives the region or organisation code of a role."""

    party: str | None = None
    role: str | None = None
    person: Expr | None = None      # ids of people
    scope: Expr | None = None
    when: Expr | None = None        # left out unless true (a guardian, if under 18)


@dataclass(frozen=True, slots=True)
class Decide:
    """How many must act. mode any | all | quorum | ratio | sequence."""

    mode: str = "any"
    count: int = 1                      # quorum
    ratio: tuple[int, int] = (1, 1)     # ratio, compared by cross multiplication (I-08)
    carry: str | None = None            # the action that is counted; None = each action for itself
    veto: bool = True                   # any other action fires at once
    otherwise: str | None = None        # without veto: fired when `carry` can no longer be reached


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """Open work for people while a state is active."""

    holders: tuple[Holder, ...]
    form: str | None = None                         # key in Workflow.forms
    decide: Decide = Decide()
    due: Span | Expr | None = None                  # from the opening, or the day that a rule gives
    overdue: str | None = None                      # event raised when due passes
    never: tuple[str, ...] = ()                     # parties, and states whose actors may not act here
    when_empty: str = "block"                       # block | skip:<action> | role:<role>
    same_person: str = "allow"                      # allow | refuse | skip:<action>
    own_case: str = "refuse"                        # allow | refuse
    shows: tuple[str, ...] = ()                     # forms shown beside, default all that the holder may read
    edits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)   # other form -> fields editable here
    label: Text | None = None
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """A transition back to an earlier step. to: the states that may be chosen. then: redo | resume | ask."""

    to: tuple[str, ...]
    then: str = "redo"


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow. event "" = eventless. `targets` empty = targetless: actions run, nothing is left."""

    source: str
    event: str
    targets: tuple[str, ...] = ()
    guard: Expr | None = None
    actions: tuple[Action, ...] = ()
    internal: bool = False
    label: Text | None = None
    by: tuple[Holder, ...] = ()             # may act without holding a task (withdraw, object …)
    require: tuple[str, ...] = ()           # rules that must pass
    reason: bool = False
    clauses: bool = False                   # the actor names the clauses a refusal stands on
    signature: bool = False
    marks: bool = False                     # the actor may mark fields as defective
    form: bool = True                       # the task's form must be complete; False = taken as it stands
    back: Return | None = None
    tone: str = "neutral"                   # primary | neutral | danger: how the button looks
    after: Span | Expr | None = None        # a timer: delay from entry, or an instant/date expression
    repeat: bool = False                    # the timer starts again after firing
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One node of the chart. type atomic | compound | parallel | final | history."""

    id: str
    type: str
    parent: str | None
    children: tuple[str, ...] = ()
    initial: tuple[str, ...] = ()
    initial_actions: tuple[Action, ...] = ()
    history: str = "shallow"
    transitions: tuple[Transition, ...] = ()    # document order: on, always, after
    entry: tuple[Action, ...] = ()
    exit: tuple[Action, ...] = ()
    task: TaskSpec | None = None
    label: Text | None = None
    clause: str | None = None
    outcome: str | None = None                  # final states: approved | refused | withdrawn | expired | done
    suspends: bool = False                      # the legal clock stands still here (补正)
    order: int = 0                              # document order
    meta: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Party:
    id: str
    kind: str                           # enterprise | person | school | agency
    label: Text | None = None
    starts: bool = False                # may start the case
    many: bool = False
    key: str | None = None              # "form.field" that identifies the party (uscc, id number)
    phone: str | None = None            # "form.field" with the mobile by which a person is reached and bound


@dataclass(frozen=True, slots=True)
class Variable:
    id: str
    type: Type
    initial: Expr | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What may be issued; `layout` is read by `paper`, its expressions by `read`."""

    id: str
    kind: str
    title: Text
    layout: Mapping[str, Any]
    exprs: Mapping[str, Expr] = field(default_factory=dict)     # source -> compiled, for every placeholder


@dataclass(frozen=True, slots=True)
class Workflow:
    id: str
    title: Text
    states: Mapping[str, State]             # document order, root first ("" = the root)
    forms: Mapping[str, Form]               # key used in the workflow -> form
    parties: Mapping[str, Party]
    rules: Mapping[str, Rule]
    variables: Mapping[str, Variable]
    documents: Mapping[str, Document]
    registers: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    summary: Text | None = None
    source: Mapping[str, Json] = field(default_factory=dict)    # notice, clauses, valid {from, until, tested_on}
    region: str | None = None
    audience: tuple[str, ...] = ()
    starters: tuple[Holder, ...] = ()       # who may start it, besides parties with `starts`
    scope: Expr | None = None               # region or organisation code of the case
    subject: Expr | None = None             # what the case is called in lists
    tested_on: Expr | None = None           # the day whose policy counts (I-17); None = the day the case is started
    unique: tuple[Mapping[str, Any], ...] = ()
    meta: Mapping[str, Json] = field(default_factory=dict)      # capabilities, parameters, recurring, notice …


@dataclass(frozen=True, slots=True)
class Version:
    """A published bundle, compiled. `hash` is the SHA-256 of its canonical JSON."""

    workflow: Workflow
    hash: str
    bundle: Mapping[str, Json]
    built: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)     # derived once: the chart


# --- a case -----------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Grant:
    """A role held at a region or organisation ("*" = everywhere)."""

    role: str
    scope: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `parties` = sides of this case that the person stands for; `deputy_of` when acting for somebody."""

    id: str
    grants: tuple[Grant, ...] = ()
    parties: tuple[str, ...] = ()
    deputy_of: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for. kind: start act claim release transfer delegate add_sign remove_sign urge copy
    take_back event timer.

    act         task (id, optional where only one fits), action, answers (raw), reason, clauses, signature, marks,
                to + then (returns), overrides {rule: reason}
    transfer, delegate, add_sign, remove_sign, copy    task, to = person ids, place before | after
    event       action = event name, data
    timer       task = timer id
    """

    kind: str
    actor: Actor | None = None
    task: str | None = None
    action: str = ""
    answers: Mapping[str, Json] = field(default_factory=dict)
    reason: str = ""
    clauses: tuple[str, ...] = ()
    signature: str | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    to: tuple[str, ...] = ()
    then: str = ""
    place: str = "after"
    overrides: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Json] = field(default_factory=dict)


FactKey = tuple[Json, ...]
"""What is asked of the world outside: ("people", role, scope), ("register", name, key, as_of),
("parameter", name, region, date), ("calendar", year), ("count", …) — see docs/rules.md."""

Facts = Mapping[FactKey, Json]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `decide` answers. Exactly one of: problems; needs (fetch these facts and ask again); events."""

    case: Mapping[str, Json]                        # the case after the events; unchanged where there are none
    events: tuple[Mapping[str, Json], ...] = ()
    effects: tuple[Mapping[str, Json], ...] = ()
    problems: tuple[Any, ...] = ()
    needs: frozenset[FactKey] = frozenset()
    dropped: tuple[Any, ...] = ()               # beside events: answers that were left out, each with its reason
