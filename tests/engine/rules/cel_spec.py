"""CEL's own simple tests, run on the profile: which pass, and for which stated reason the others depart.

    PYTHONPATH=server python tests/engine/rules/cel_spec.py      writes the table into docs/rules.md
"""

import json
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from tongban.engine.model import Expr, Type
from tongban.engine.problem import EngineError
from tongban.engine.rules import Scope, check

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "rules.md"
MARKS = ("<!-- cel-spec: generated -->\n", "<!-- cel-spec: end -->\n")

SECTIONS = ("basic", "comparisons", "fp_math", "integer_math", "lists", "logic", "macros", "parse", "string")

SAME, ERRS = "same value", "refused or unknown where CEL errs"
REASONS = {
    "rules.not_in_profile": "bytes, unsigned numbers, map literals: no field of a form has such values",
    "rules.syntax": "messages (`Type{…}`), absolute and quoted names (`.a`, `` `a-b` ``): answers are not messages",
    "rules.unknown_function": "`dyn`, `type`, `duration` and the conversions: every value has one known type",
    "rules.unknown_name": "names of types the profile lacks, or none at all: refused even where `||` would hide them",
    "rules.null": "`null`: a missing value is unknown, and only `has` and `known` ask about it",
    "rules.no_division": "`/`: `div` says how to round, ratios are multiplied crosswise (I-08)",
    "rules.no_patterns": "`matches`: no patterns in version 1",
    "rules.wrong_type": "lists and branches of mixed type, and values that are not bool in `&&` and `||`",
    "rules.no_order": "`<` between bools or lists",
    "rules.big_number": "numbers beyond 2^53, which a phone cannot hold exactly",
    "rules.fine_number": "more than nine decimals",
    "rules.bad_string": "texts with a NUL character, which no database column holds",
}


@dataclass(frozen=True)
class Verdict:
    test: dict
    outcome: str            # SAME, ERRS, a code of REASONS, or "WRONG …"
    expr: Expr | None = None
    env: dict | None = None
    value: object = None


@cache
def tests():
    """The simple tests as plain data; needs `npm ci`."""
    if not (ROOT / "node_modules" / "@bufbuild" / "cel-spec").is_dir():
        raise AssertionError("CEL's tests are not installed: run `npm ci` in the root of the repository first")
    ran = subprocess.run([shutil.which("node"), str(ROOT / "tests" / "pwa" / "cel_spec_dump.mjs")],
                         capture_output=True, text=True, check=True)
    return [t for t in json.loads(ran.stdout)
            if t["section"] in SECTIONS or (t["section"], t["group"]) == ("string_ext", "substring")]


KINDS = {"INT64": Type("int"), "BOOL": Type("bool"), "STRING": Type("string"), "DOUBLE": Type("decimal", 9)}


def plain(value):
    """A protobuf JSON value as plain data; doubles as exact fractions."""
    (kind, held), = value.items()
    if kind == "int64Value":
        return int(held)
    if kind == "doubleValue":
        return Fraction(str(held))
    if kind == "listValue":
        return [plain(part) for part in held.get("values", [])]
    return held


def unscaled(value, kind):
    if isinstance(value, list):
        return [unscaled(part, kind.item) for part in value]
    if kind.kind == "decimal" and value is not None:
        return Fraction(value, 10 ** kind.scale)
    return value


def judge(test):
    names = {}
    for declared in test["types"]:
        kind = KINDS.get(declared.get("ident", {}).get("type", {}).get("primitive"))
        if kind:
            names[declared["name"]] = (declared["name"], kind)
    try:
        expr = check(test["expr"], Scope(names, builtins={}))
    except EngineError as refused:
        return Verdict(test, ERRS if test["error"] else refused.problems[0].code)
    env = {name: plain(bound["value"]) for name, bound in test["bindings"].items() if name in names}
    env = {name: int(value * 10 ** 9) if names[name][1].kind == "decimal" else value for name, value in env.items()}
    value = expr.run(dict(env))
    if test["error"]:
        return Verdict(test, ERRS if value is None else f"WRONG: {value!r} where CEL errs", expr, env, value)
    wanted = plain(test["value"] or {"boolValue": True})
    found = unscaled(value, expr.type)
    right = found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
    return Verdict(test, SAME if right else f"WRONG: {found!r} for {wanted!r}", expr, env, value)


@cache
def verdicts():
    return [judge(test) for test in tests()]


def table():
    """The figures and the reasons as Markdown."""
    count = Counter((v.test["section"], v.outcome) for v in verdicts())
    sections = list(dict.fromkeys(v.test["section"] for v in verdicts()))
    lines = ["| section | tests | same value | refused or unknown where CEL errs | departs |", "|---|---|---|---|---|"]
    totals = Counter()
    for section in sections:
        mine = {outcome: n for (where, outcome), n in count.items() if where == section}
        figures = [sum(mine.values()), mine.get(SAME, 0), mine.get(ERRS, 0)]
        figures.append(figures[0] - figures[1] - figures[2])
        totals.update(dict(enumerate(figures)))
        name = "string_ext, substring only" if section == "string_ext" else section
        lines.append(f"| {name} | {' | '.join(map(str, figures))} |")
    lines.append(f"| **all** | {' | '.join(f'**{totals[i]}**' for i in range(4))} |")
    lines += ["", "| departure | tests | for example |", "|---|---|---|"]
    for code, reason in REASONS.items():
        found = [v.test["expr"] for v in verdicts() if v.outcome == code]
        example = min(found, key=len, default="").replace("|", "\\|")
        shown = reason.replace("||", "\\|\\|")
        lines.append(f"| {shown} | {len(found)} | `{example}` |")
    return "\n".join(lines) + "\n"


def block(page):
    """What stands between the marks of the page."""
    return page.split(MARKS[0])[1].split(MARKS[1])[0]


if __name__ == "__main__":
    old = PAGE.read_text("utf-8")
    PAGE.write_text(old.replace(MARKS[0] + block(old), MARKS[0] + table()), "utf-8")
