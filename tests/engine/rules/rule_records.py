"""Generated rules and records with gaps, on which every back end must agree."""

import json
from datetime import date

from hypothesis import strategies as st

from tongban.engine.model import Type
from tongban.engine.rules import Scope

MONEY, RATE = Type("decimal", 2), Type("decimal", 3)
ROW = Type("map", fields={"m": MONEY, "n": Type("int"), "k": Type("string"), "on": Type("date"), "ok": Type("bool")})
TYPES = {"n": Type("int"), "big": Type("int"), "m": MONEY, "r": RATE, "b": Type("bool"), "c": Type("bool"),
         "s": Type("string"), "t": Type("string"), "d": Type("date"), "e": Type("date"), "w": Type("datetime"),
         "ns": Type("list", item=Type("int")), "ss": Type("list", item=Type("string")),
         "rows": Type("list", item=ROW)}
SCOPE = Scope({name: (f"form.{name}", kind) for name, kind in TYPES.items()}, builtins={})
CALENDARS = {"2026": {"holidays": ["2026-01-01", "2026-01-02", "2026-10-01", "2026-10-02"], "workdays": ["2026-10-10"]}}

# --- records

TEXTS = st.sampled_from(["", "a", "ab", "b", "中", "中文", "𠮷", "\uffee", "it's", '"', "\\", "a%b", "new",
                         "-", "ab中"])
DATES = st.one_of(
    st.sampled_from(["2024-02-29", "2023-02-28", "2026-01-31", "2026-10-09", "2026-12-31", "2024-03-31", "2000-01-01"]),
    st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(str))
WHOLE = st.one_of(st.integers(-3, 12), st.integers(-10 ** 6, 10 ** 6))
BIG = st.one_of(st.integers(-3, 3), st.sampled_from([2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 52, 3037000500, 10 ** 15]),
                st.integers(-(2 ** 53) + 1, 2 ** 53 - 1))


def gap(strategy):
    return st.one_of(*[strategy] * 7, st.none())


MAKE = {"int": WHOLE, "decimal": WHOLE, "bool": st.booleans(), "string": TEXTS, "date": DATES,
        "datetime": st.builds("{}T{:02d}:{:02d}:00Z".format, DATES, st.integers(0, 23), st.integers(0, 59))}
CELLS = {name: gap(MAKE[kind.kind]) for name, kind in ROW.fields.items()}
ROWS = st.lists(gap(st.fixed_dictionaries({}, optional=CELLS)), max_size=3)
LISTS = {"ns": st.lists(gap(WHOLE), max_size=4), "ss": st.lists(gap(TEXTS), max_size=3), "rows": ROWS}
VALUES = {name: gap(LISTS[name] if name in LISTS else MAKE[kind.kind]) for name, kind in TYPES.items()}
RECORDS = st.lists(st.fixed_dictionaries({**VALUES, "big": gap(BIG)}), min_size=1, max_size=6)


# --- rules: sources of a wanted kind, in a scope that grows with the macros around them

ROOT = {"number": ("n", "big", "m", "r"), "bool": ("b", "c"), "text": ("s", "t"), "date": ("d", "e")}
WITH_ROW = {"number": ("m", "n"), "bool": ("ok",), "text": ("k",), "date": ("on",)}
LITERALS = {"number": ("0", "1", "-2", "7", "100", "2.5", "0.125", "9007199254740991"), "bool": ("true", "false"),
            "text": ("''", "'a'", "'中'", '"it\'s"', "'𠮷'", "'\\\\'"), "date": ("date('2024-02-29')",
            "date('2026-10-09')")}


@st.composite
def sources(draw, kind=None, depth=3, names=ROOT, nesting=0, database=False):
    """Source text of an expression; `database` leaves out what SQL cannot say."""
    if kind == "whole":
        return draw(st.sampled_from(["0", "1", "-13", "n", "119000", "-9007199254740991", "size(rows)"]))
    kind = kind or draw(st.sampled_from(["bool"] * 4 + ["number", "text", "date"]))
    if depth <= 0:
        return draw(st.sampled_from([*names[kind], *names[kind], *LITERALS[kind]]))

    def sub(wanted, **changes):
        settings = {"depth": depth - 1, "names": names, "nesting": nesting, "database": database, **changes}
        return draw(sources(wanted, **settings))

    return draw(st.sampled_from(SHAPES[kind]))(sub, draw, names, nesting, database)


def leaf(kind):
    return lambda sub, draw, names, *_: draw(st.sampled_from([*names[kind], *LITERALS[kind]]))


def of(template, *kinds):
    return lambda sub, *_: template.format(*(sub(kind) for kind in kinds))


def compared(kind):
    signs = ["<", "<=", ">", ">=", "==", "!="]
    return lambda sub, draw, *_: f"({sub(kind)} {draw(st.sampled_from(signs))} {sub(kind)})"


def macro(template, kind):
    """A macro over rows or plain numbers; the variable's name may hide an outer one."""
    def shape(sub, draw, names, nesting, database):
        if nesting >= 2:
            return sub(kind)
        variable = draw(st.sampled_from(["x", "y"]))
        if draw(st.booleans()):
            source = "rows"
            inner = {k: tuple(f"{variable}.{n}" for n in v) for k, v in WITH_ROW.items()}
        else:
            source, inner = "ns", {**ROOT, "number": (variable, "n")}
        kept = {k: inner[k] + tuple(n for n in names[k] if not n.startswith(variable + ".") and n != variable)
                for k in names}
        wanted = "number" if "sum" in template else "bool"
        body = sub(wanted, names=kept, nesting=nesting + 1, depth=1)
        return template.format(source=source, variable=variable, body=body)
    return shape


def offline(template, *kinds):
    """What SQL cannot say; for a database another shape of the same kind is drawn."""
    def shape(sub, draw, names, nesting, database):
        return sub(kinds[0]) if database else template.format(*(sub(kind) for kind in kinds[1:]))
    return shape


SHAPES = {
    "bool": [
        leaf("bool"), *(compared(kind) for kind in ("number", "number", "text", "date", "bool")[:4]),
        of("({} == {})", "bool", "bool"), of("({} && {})", "bool", "bool"), of("({} || {} || {})", "bool", "bool",
        "bool"),
        of("!{}", "bool"), of("({} ? {} : {})", "bool", "bool", "bool"), of("known({})", "number"), of("has({})",
        "text"),
        of("({} in [{}, {}])", "number", "number", "number"), of("({} in [])", "text"), of("({} in ss)", "text"),
        of("{}.contains({})", "text", "text"), of("{}.startsWith({})", "text", "text"), of("{}.endsWith({})",
        "text", "text"),
        macro("{source}.all({variable}, {body})", "bool"), macro("{source}.exists({variable}, {body})", "bool"),
        macro("{source}.exists_one({variable}, {body})", "bool"), offline("([n, size({})] == ns)", "bool", "text"),
    ],
    "number": [
        leaf("number"), of("({} + {})", "number", "number"), of("({} - {} - {})", "number", "number", "number"),
        of("({} + {} + {})", "number", "number", "number"), of("(n * {})", "number"), of("-({})", "number"),
        of("abs({})", "number"), of("min({}, {})", "number", "number"), of("max({}, {}, 1)", "number", "number"),
        of("div({}, {}, 2)", "number", "number"), of("div_up({}, {})", "number", "number"), of("round_to({}, 1)",
        "number"),
        of("({} ? {} : {})", "bool", "number", "number"), of("size({})",
        "text"), of("size(rows)"), of("(n % 3)"), of("(5 % {})", "whole"),
        of("div({}, {}, 0)", "whole", "whole"), of("({} * {})", "whole", "whole"),
        of("(big * big)"), of("(big * n * n)"), of("(n % size({}))", "text"),
        macro("sum({source}, {variable}, {body})", "number"), macro("count({source}, {variable}, {body})", "number"),
        of("days_between({}, {})", "date", "date"), of("months_between({}, {})", "date", "date"),
        of("age({}, {})", "date", "date"), of("year({})", "date"), of("month({})", "date"), of("day({})", "date"),
        of("weekday({})", "date"), offline("max(ns)", "number"), offline("ns[n]", "number"),
        offline("working_days_between({}, {})", "number", "date", "date"),
        offline("size(rows.filter(q, {}))", "number", "bool"), offline("sum(ns.map(q, q > 0, q + 1))", "number"),
    ],
    "text": [leaf("text"), of("({} + {})", "text", "text"), of("({} ? {} : {})", "bool", "text", "text"),
             of("{}.substring(n, size(s))", "text"),
             of("{}.substring({}, {})", "text", "whole", "whole"), of("min({}, {})", "text",
             "text"), offline("ss[0]", "text")],
    "date": [leaf("date"), of("add_days({}, n)", "date"), of("add_months({}, {})", "date",
    "whole"), of("add_months({}, n)", "date"), of("add_years({}, n)",
    "date"),
             of("term_end({}, n)", "date"), of("month_start({})", "date"), of("month_end({})", "date"), of("date(w)"),
             of("date(end_of_day({}))", "date"), of("date(start_of_day({}))", "date"), of("max({}, {})", "date",
             "date"),
             offline("add_working_days({}, n)", "date", "date"), offline("date(deadline(w, n, 'months'))", "date")],
}


def envs(records):
    return [{f"form.{name}": value for name, value in record.items()} for record in records]


def column(value, kind, dialect, literal):
    """A value of a record as a typed SQL literal."""
    if value is not None and kind.kind in ("list", "map"):
        value = json.dumps(value, ensure_ascii=False)
    if dialect == "sqlite":
        return literal(value, dialect)
    sql_type = {"int": "bigint", "decimal": "bigint", "bool": "boolean", "list": "jsonb"}.get(kind.kind, "text")
    return f"({literal(value, dialect)})::{sql_type}"


def query(expression, records, dialect, literal):
    """One SELECT of the expression over the records, in their order."""
    names = list(TYPES)
    rows = " UNION ALL ".join(
        f"SELECT {place} AS ord, " + ", ".join(f'{column(r[n], TYPES[n], dialect, literal)} AS "{n}"' for n in names)
        for place, r in enumerate(records))
    return f"SELECT {expression} FROM ({rows}) AS t ORDER BY ord"
