"""Typed tree -> one SQL expression for SQLite or PostgreSQL, true/false/NULL exactly where the closures say so.

The obvious SQL is wrong for lists (NULL lists and members count as passing); every macro here is a three-valued CASE
over an aggregate. Dates are texts, lists JSON. What SQL cannot know (calendars, registers, states) is refused by name,
so the caller can fall back to the closures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tongban.engine.model import Json
from tongban.engine.rules.sql_dates import POSTGRES_DATES, SQLITE_DATES
from tongban.engine.rules.syntax import Ast, refuse
from tongban.engine.rules.tree import WORD_BITS, bits

MAX_SQL = 100_000       # characters
_STACK = 84             # SQLite's parser holds 100 open symbols; the rest is for the statement around the expression
_TOP = 2 ** WORD_BITS - 1


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the two databases write differently. {a} {b} {c} are operands; `each` makes the rows of a list."""

    true: str
    false: str
    each: str
    member: Mapping[str, str]       # kind -> the member {e} of a list as a value
    column: Mapping[str, str]       # kind -> the field {n} of the object {e}
    cast: Mapping[str, str]         # kind -> a column
    number: str
    order: str                      # marks a text comparison as one by code point
    exact: str                      # wide arithmetic, NULL beyond 64 bits
    wide: str                       # an operand of it
    sum: str
    count_true: str
    state: str                      # a member's truth as 0 false, 1 unknown, 2 true
    texts: Mapping[str, str]
    dates: Mapping[str, str]


# PostgreSQL may compute constants before it looks at a CASE, so every guard stands inside the operation it guards.
_HALF = ("(SELECT n / nullif(d, 0) + CASE WHEN abs(n % nullif(d, 0)) >= abs(d) - abs(n % nullif(d, 0)) "
         "THEN CASE WHEN (n < 0) = (d < 0) THEN 1 ELSE -1 END ELSE 0 END FROM (SELECT {a} AS n, {b} AS d) AS q)")
_CEIL = ("(SELECT n / nullif(d, 0) + CASE WHEN n % nullif(d, 0) <> 0 AND (n < 0) = (d < 0) THEN 1 ELSE 0 END "
         "FROM (SELECT {a} AS n, {b} AS d) AS q)")
_SUB = ("(SELECT CASE WHEN i >= 0 AND i <= j AND j <= length(x) THEN substr(x, {i}, {j}) END "
        "FROM (SELECT {a} AS x, {b} AS i, {c} AS j) AS q)")

SQLITE = Dialect(
    true="1", false="0", each="json_each({list}) AS {e}",
    member=dict.fromkeys(("int", "decimal", "bool", "string", "date", "time", "datetime", "list", "map"), "{e}.value"),
    column=dict.fromkeys(("int", "decimal", "bool", "string", "date", "time", "datetime", "list", "map"),
                         "CASE WHEN json_valid({e}) THEN json_extract({e}, {path}) END"),
    cast=dict.fromkeys(("int", "decimal", "bool", "string", "date", "time", "datetime", "list", "map"), "({c})"),
    number="{v}", order="{a}",
    exact=f"(SELECT CASE WHEN typeof(v) = 'integer' AND v >= -{_TOP} THEN v END FROM (SELECT {{a}} AS v) AS q)",
    wide="{a}",
    sum=f"CASE WHEN abs(total(b)) < {_TOP} THEN "
        "coalesce(sum(b / 1000000), 0) * 1000000 + coalesce(sum(b % 1000000), 0) END",
    count_true="coalesce(sum(b), 0)", state="coalesce(2 * b, 1)",
    texts={"length": "length({a})", "contains": "(instr({a}, {b}) > 0)", "size": "json_array_length({a})",
           "startsWith": "(SELECT substr(x, 1, length(y)) = y FROM (SELECT {a} AS x, {b} AS y) AS q)",
           "endsWith": "(SELECT length(y) <= length(x) AND substr(x, length(x) - length(y) + 1) = y "
                       "FROM (SELECT {a} AS x, {b} AS y) AS q)",
           "substring": _SUB.replace("{i}", "i + 1").replace("{j}", "j - i"),
           "%": "({a} % {b})", "div": _HALF, "div_up": _CEIL, "abs": "abs({a})"},
    dates=SQLITE_DATES)

_POSITION = "least(greatest(i, 0), 1000000000)::int"
_LENGTH = "least(greatest(j - i, 0), 1000000000)::int"
_PG_TEXT = ("string", "date", "time", "datetime")
POSTGRES = Dialect(
    true="TRUE", false="FALSE", each="jsonb_array_elements({list}) AS {e}(value)",
    member={"int": "({e}.value #>> '{{}}')::bigint", "decimal": "({e}.value #>> '{{}}')::bigint",
            "bool": "({e}.value #>> '{{}}')::boolean", **dict.fromkeys(_PG_TEXT, "({e}.value #>> '{{}}')"),
            **dict.fromkeys(("list", "map"), "nullif({e}.value, 'null'::jsonb)")},
    column={"int": "({e} ->> {n})::bigint", "decimal": "({e} ->> {n})::bigint", "bool": "({e} ->> {n})::boolean",
            **dict.fromkeys(_PG_TEXT, "({e} ->> {n})"),
            **dict.fromkeys(("list", "map"), "nullif({e} -> {n}, 'null'::jsonb)")},
    cast={"int": "({c})::bigint", "decimal": "({c})::bigint", "bool": "({c})", **dict.fromkeys(_PG_TEXT, "({c})::text"),
          **dict.fromkeys(("list", "map"), "({c})::jsonb")},
    number="({v})::bigint", order='({a} COLLATE "C")',
    exact=f"(SELECT (CASE WHEN abs(v) <= {_TOP} THEN v END)::bigint FROM (SELECT {{a}} AS v) AS q)",
    wide="({a})::numeric",
    sum=f"(CASE WHEN abs(coalesce(sum(b), 0)) <= {_TOP} THEN coalesce(sum(b), 0) END)::bigint",
    count_true="coalesce(sum(b::int), 0)", state="coalesce(2 * b::int, 1)",
    texts={"length": "char_length({a})::bigint", "contains": "(strpos({a}, {b}) > 0)",
           "size": "jsonb_array_length({a})::bigint", "startsWith": "starts_with({a}, {b})",
           "endsWith": "(SELECT right(x, char_length(y)) = y FROM (SELECT {a} AS x, {b} AS y) AS q)",
           "substring": _SUB.replace("{i}", _POSITION + " + 1").replace("{j}", _LENGTH),
           "%": "({a} % nullif({b}, 0))", "div": _HALF, "div_up": _CEIL, "abs": "abs({a})"},
    dates=POSTGRES_DATES)

DIALECTS = {"sqlite": SQLITE, "postgresql": POSTGRES}
_TEXT = ("string", "date", "time", "datetime")


def literal(value: Json, dialect: str) -> str:
    """A value as SQL, quoted: for the built-in names, whose values are known before the query."""
    found = DIALECTS[dialect]
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return found.true if value else found.false
    if isinstance(value, int):
        return found.number.format(v=f"({value})" if value < 0 else value)
    if not isinstance(value, str) or "\0" in value:
        refuse("rules.not_in_sql", name=type(value).__name__)
    return "'" + value.replace("'", "''") + "'"


def to_sql(ast: Ast, dialect: str, columns: Mapping[str, str], *, where: bool = False) -> str:
    """The SQL expression. `columns`: canonical name -> the SQL of its value (a quoted column, or `literal(…)`).

    where   the text only chooses rows: it is true exactly where the rule is, and unknown may read as false (faster)
    """
    writer = _Writer(DIALECTS[dialect], dialect, columns)
    text = writer.true(ast) if where else writer.write(ast)
    if len(text) > MAX_SQL:
        refuse("rules.sql_too_long", limit=MAX_SQL)
    return text


class _Writer:
    def __init__(self, dialect: Dialect, name: str, columns: Mapping[str, str]) -> None:
        self.dialect = dialect
        self.name = name
        self.columns = columns
        self.rows: dict[str, str] = {}      # variable of a macro -> alias of its rows
        self.aliases = 0
        self.open = 0

    def write(self, ast: Ast) -> str:
        return self.level(ast, self.text)

    def true(self, ast: Ast) -> str:
        """A condition that is true exactly where the rule is; what else it is does not matter."""
        return self.level(ast, self.chosen)

    def level(self, ast: Ast, write: Callable[[Ast], str]) -> str:
        wide = ast[0] in ("+", "-", "neg") and bits(ast) >= WORD_BITS
        around, within = _OPEN.get("*" if wide else ast[0], (1, 2))
        if self.open + within > _STACK and self.name == "sqlite":
            refuse("rules.sql_too_deep")
        self.open += around
        text = write(ast)
        self.open -= around
        return text

    def text(self, ast: Ast) -> str:
        operation = ast[0]
        writer = _WRITE.get(operation)
        if writer:
            return writer(self, ast)
        template = self.dialect.texts.get(operation) or self.dialect.dates.get(operation)
        if template is None:
            refuse("rules.not_in_sql", name=operation)
        return template.format(**dict(zip("abc", self.parts(ast), strict=False)))

    def chosen(self, ast: Ast) -> str:
        if ast[0] in ("&&", "||"):
            return "(" + (" AND " if ast[0] == "&&" else " OR ").join(self.true(part) for part in ast[1:]) + ")"
        if ast[0] not in ("all", "exists"):
            return self.text(ast)
        source, each = self.rows_of(ast)
        body = self.inside(ast, self.write if ast[0] == "all" else self.true)
        if ast[0] == "exists":
            return f"EXISTS (SELECT 1 FROM {each} WHERE {body})"
        return f"({source} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {each} WHERE {body} IS NOT TRUE))"

    def rows_of(self, ast: Ast) -> tuple[str, str]:
        """The list of a macro, and its rows under a new alias."""
        source = self.write(ast[1])
        self.aliases += 1
        return source, self.dialect.each.format(list=source, e=f"e{self.aliases}")

    def inside(self, ast: Ast, write: Callable[[Ast], str]) -> str:
        """The body of a macro, its variable standing for the rows of the latest alias."""
        variable, body = ast[2:]
        outer = self.rows.get(variable)
        self.rows[variable] = f"e{self.aliases}"
        text = write(body)
        if outer is None:
            del self.rows[variable]
        else:
            self.rows[variable] = outer
        return text

    def parts(self, ast: Ast) -> list[str]:
        return [self.write(part) for part in ast[1:] if isinstance(part, list)]

    def lit(self, ast: Ast) -> str:
        return literal(ast[1], self.name)

    def column(self, ast: Ast) -> str:
        _, name, kind, *_ = ast
        if kind not in self.dialect.cast:
            refuse("rules.not_in_sql", name=name)
        if name in self.rows:
            return self.dialect.member[kind].format(e=self.rows[name])
        if name not in self.columns:
            refuse("rules.no_column", name=name)
        return self.dialect.cast[kind].format(c=self.columns[name])

    def get(self, ast: Ast) -> str:
        _, inner, name, kind, *_ = ast
        if kind not in self.dialect.column or inner[0] not in ("name", "get"):
            refuse("rules.not_in_sql", name=name)
        return self.dialect.column[kind].format(
            e=self.write(inner), n=literal(name, self.name), path=literal(f'$."{name}"', self.name))

    def known(self, ast: Ast) -> str:
        return f"({self.write(ast[1])} IS NOT NULL)"

    def both(self, ast: Ast) -> str:
        return "(" + (" AND " if ast[0] == "&&" else " OR ").join(self.parts(ast)) + ")"

    def negate(self, ast: Ast) -> str:
        return f"(NOT {self.write(ast[1])})"

    def choose(self, ast: Ast) -> str:
        condition, yes, no = self.parts(ast)
        return f"(CASE {condition} WHEN {self.dialect.true} THEN {yes} WHEN {self.dialect.false} THEN {no} END)"

    def compare(self, ast: Ast) -> str:
        if "list" in (kind_of(ast[1]), kind_of(ast[2])):
            refuse("rules.not_in_sql", name=ast[0])
        left, right = self.parts(ast)
        if kind_of(ast[1]) in _TEXT:
            left = self.dialect.order.format(a=left)
        return f"({left} {_SIGNS[ast[0]]} {right})"

    def contained(self, ast: Ast) -> str:
        _, item, members = ast
        if members[0] == "list":
            if len(members) == 1:
                return self.dialect.false
            return f"({self.write(item)} IN ({', '.join(self.parts(members))}))"
        variable = f"#in{self.aliases}"
        return self.macro(["exists", members, variable, ["==", item, ["name", variable, kind_of(item)]]])

    def arithmetic(self, ast: Ast) -> str:
        parts = self.parts(ast)
        operator = ast[0]
        if operator == "up":
            operator, parts = "*", [*parts, literal(10 ** ast[2], self.name)]
        wide = bits(ast) >= WORD_BITS
        if wide:
            parts = [self.dialect.wide.format(a=part) for part in parts]
        text = f"(- {parts[0]})" if operator == "neg" else "(" + f" {operator} ".join(parts) + ")"
        return self.dialect.exact.format(a=text) if wide else text

    def join(self, ast: Ast) -> str:
        return "(" + " || ".join(self.parts(ast)) + ")"

    def extreme(self, ast: Ast) -> str:
        """min and max of several values: unknown where one is."""
        parts = [self.ordered(part) for part in ast[1:]]
        if self.name == "sqlite":
            return f"{ast[0]}({', '.join(parts)})"
        rows = ", ".join(f"({part})" for part in parts)
        return f"(SELECT CASE WHEN count(*) = count(v) THEN {ast[0]}(v) END FROM (VALUES {rows}) AS q(v))"

    def ordered(self, ast: Ast) -> str:
        text = self.write(ast)
        return self.dialect.order.format(a=text) if kind_of(ast) in _TEXT else text

    def macro(self, ast: Ast) -> str:
        """A CASE over the members: unknown list, then what decides, then unknown members, then the rest."""
        source, each = self.rows_of(ast)
        alias = self.aliases
        rows = f"(SELECT {self.inside(ast, self.ordered)} AS b FROM {each}) AS r{alias}"
        return f"(CASE WHEN {source} IS NOT NULL THEN (SELECT {self.finish(ast[0])} FROM {rows}) END)"

    def finish(self, operation: str) -> str:
        yes, no, trues = self.dialect.true, self.dialect.false, self.dialect.count_true
        some, gaps, state = f"{trues} > 0", "count(*) > count(b)", self.dialect.state
        return {
            "all": f"CASE min({state}) WHEN 0 THEN {no} WHEN 1 THEN NULL ELSE {yes} END",
            "exists": f"CASE max({state}) WHEN 2 THEN {yes} WHEN 1 THEN NULL ELSE {no} END",
            "exists_one": f"CASE WHEN {trues} > 1 THEN {no} WHEN {gaps} THEN NULL WHEN {some} THEN {yes} ELSE {no} END",
            "count": f"CASE WHEN {gaps} THEN NULL ELSE {trues} END",
            "sum": f"CASE WHEN {gaps} THEN NULL ELSE {self.dialect.sum} END",
            "least": f"CASE WHEN {gaps} THEN NULL ELSE min(b) END",
            "most": f"CASE WHEN {gaps} THEN NULL ELSE max(b) END",
        }[operation]

    def of_list(self, ast: Ast) -> str:
        """min and max of a list."""
        variable = f"#of{self.aliases}"
        return self.macro([ast[0], ast[1], variable, ["name", variable, item_kind(ast[1])]])


def item_kind(ast: Ast) -> str:
    """The kind of the members of a list that is made from rows; a bare list does not say, so it is refused."""
    if ast[0] != "map":
        refuse("rules.not_in_sql", name=str(ast[1]))
    return kind_of(ast[3])


def kind_of(ast: Ast) -> str:
    """The kind of a value, as far as SQL must know it."""
    operation = ast[0]
    if operation == "lit":
        return "bool" if isinstance(ast[1], bool) else "int" if isinstance(ast[1], int) else "string"
    if operation in ("name", "get"):
        return str(ast[2] if operation == "name" else ast[3])
    if operation in ("?:", "min", "max", "least", "most", "at"):
        return kind_of(ast[2] if operation == "?:" else ast[1])
    return _KINDS.get(operation, "int")


_KINDS = {
    **dict.fromkeys(("join", "substring"), "string"), **dict.fromkeys(("list", "chain", "map", "filter"), "list"),
    **dict.fromkeys(("date", "add_days", "add_months", "add_years", "term_end", "month_start", "month_end"), "date"),
    **dict.fromkeys(("start_of_day", "end_of_day"), "datetime"),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "&&", "||", "!", "known", "all", "exists", "exists_one",
                     "contains", "startsWith", "endsWith"), "bool"),
}
_OPEN = {       # the most symbols an operation holds open around an operand, and anywhere within itself
    **dict.fromkeys(("&&", "||", "==", "!=", "<", "<=", ">", ">=", "-", "+"), (3, 4)),
    **dict.fromkeys(("!", "neg", "known"), (2, 3)),
    **dict.fromkeys(("min", "max", "abs", "length", "size", "%", "join"), (5, 6)), "?:": (7, 8), "contains": (6, 7),
    **dict.fromkeys(("all", "exists", "exists_one", "count", "sum", "least", "most", "in"), (22, 29)),
    **dict.fromkeys(("*", "up"), (14, 15)), "get": (8, 9), "div": (12, 23),
    **dict.fromkeys(("div_up", "startsWith", "endsWith", "substring"), (12, 17)),
    **dict.fromkeys(SQLITE_DATES, (7, 8)), "add_days": (16, 17),
    **dict.fromkeys(("add_months", "add_years", "term_end"), (24, 26)),
    **dict.fromkeys(("months_between", "years_between"), (18, 28)),
}
_SIGNS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WRITE: dict[str, Callable[[_Writer, Ast], str]] = {
    "lit": _Writer.lit, "name": _Writer.column, "get": _Writer.get, "known": _Writer.known, "!": _Writer.negate,
    **dict.fromkeys(("&&", "||"), _Writer.both), "?:": _Writer.choose, **dict.fromkeys(_SIGNS, _Writer.compare),
    "in": _Writer.contained, **dict.fromkeys(("+", "-", "*", "up", "neg"), _Writer.arithmetic), "join": _Writer.join,
    **dict.fromkeys(("min", "max"), _Writer.extreme), **dict.fromkeys(("least", "most"), _Writer.of_list),
    **dict.fromkeys(("all", "exists", "exists_one", "count", "sum"), _Writer.macro),
}
