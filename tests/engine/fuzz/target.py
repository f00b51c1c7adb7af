"""Coverage-guided fuzzing of the definition reader and the rule parser: whatever the bytes, the answer is problems.

    python tests/engine/fuzz/target.py [corpus folder] [libFuzzer options, such as -max_total_time=600]

The first byte says what is fed: a rule (r), a bundle (b), a script for the simulator (s), answers of a form (a). A
definition that reads without a problem is drawn and started too. An exception that escapes, or slowness, is a finding:
libFuzzer keeps the input as crash-<hash>, and running the file with that input alone shows it again.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import atheris

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "server"))

with atheris.instrument_imports(include=["tongban.engine"]):
    from tongban.engine import answers, draw
    from tongban.engine.decide import start
    from tongban.engine.model import Type
    from tongban.engine.problem import EngineError
    from tongban.engine.read import canonical, load_json, read_bundle, read_form
    from tongban.engine.rules import Scope, check, explain, to_sql
    from tongban.engine.simulate import simulate

SLOWEST = 2.0       # seconds of CPU for one input; instrumented code is many times slower than code at work
SMALL = json.loads((ROOT / "tests/engine/small.json").read_text("utf-8"))
HALL = read_bundle(SMALL).version
SCOPE = Scope({"n": ("n", Type("int")), "b": ("b", Type("bool")), "s": ("s", Type("string")),
               "m": ("m", Type("decimal", 2)), "d": ("d", Type("date")),
               "rows": ("rows", Type("list", item=Type("map", fields={"n": Type("int"), "s": Type("string")})))})
ENV = {"n": 3, "b": True, "s": "中文", "m": 150, "d": "2024-02-29", "rows": [{"n": 1, "s": "a"}, {"n": None}],
       "today": "2026-11-23", "now": "2026-11-23T01:00:00Z", "$fact": lambda *key: None}


def rule(data: bytes) -> None:
    """A rule: parsed, and where it is one, run, explained and written as SQL."""
    try:
        expr = check(data.decode("utf-8", "surrogateescape"), SCOPE)
    except EngineError:
        return
    expr.run(dict(ENV))
    expr.run({"$fact": lambda *key: None})
    explain(expr, dict(ENV))
    for dialect in ("sqlite", "postgresql"):
        with suppress(EngineError):
            to_sql(expr.ast, dialect, {name: name for name in SCOPE.names})


def bundle(data: bytes) -> None:
    """A bundle of a workflow and its forms; what reads well is drawn and started."""
    value = load_json(data).value
    read_form(value)
    reading = read_bundle(value)
    if (reading.version is None) != bool(reading.problems):
        raise AssertionError("a version with problems, or none without")
    if reading.version is None:
        return
    canonical(value)
    draw.svg(value["workflow"])
    draw.text(value["workflow"], "en")
    for key, form in reading.version.workflow.forms.items():
        answers.read(form, {}, {}, "submit", answers.Step(f"{key}."))
    start(reading.version, "c", None, {}, {}, "2026-11-23T01:00:00Z")


def script(data: bytes) -> None:
    """A script against a good definition."""
    value = load_json(data).value
    if HALL is not None and isinstance(value, dict):
        with suppress(EngineError):
            list(simulate(HALL, value))


def answered(data: bytes) -> None:
    """Raw answers, as a page or the API sends them."""
    value = load_json(data).value
    if HALL is not None and isinstance(value, dict):
        for key, form in HALL.workflow.forms.items():
            answers.read(form, value, {"today": "2026-11-23"}, "submit", answers.Step(f"{key}."))


KINDS = {b"r": rule, b"b": bundle, b"s": script, b"a": answered}


def one(data: bytes) -> None:
    """One input."""
    feed = KINDS.get(data[:1])
    if feed is None:
        return
    begun = time.process_time()
    feed(data[1:])
    if time.process_time() - begun > SLOWEST:
        raise RuntimeError("too slow")


# --- mutation: JSON stays JSON, so that what lies behind the parser is reached ------------------------------------

STRANGE = [None, True, False, 0, -1, 2**53, 1.5, "", "x", "*", "a.b", "中", "{", "{x}", "today", [], {}, [[]],
           "2026-02-30", "true", "unknown(", "rows.all(r, r.n > 0)", {"expr": "n"}, {"zh": "x"}, "done.state.a"]


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every (owner, key) inside."""
    inner = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for key, child in inner:
        yield node, key
        yield from places(child)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Parts of JSON exchanged, renamed, moved or dropped; other bytes as libFuzzer does it."""
    chance = random.Random(seed)
    try:
        value = json.loads(data[1:]) if data[:1] in (b"b", b"s", b"a") and chance.random() < 0.9 else None
    except ValueError:
        value = None
    found = list(places(value))
    if not found:
        return atheris.Mutate(data, max_size)
    for _ in range(chance.randint(1, 3)):
        owner, key = chance.choice(found)
        other, name = chance.choice(found)
        way = chance.random()
        with suppress(KeyError, IndexError, TypeError):
            if way < 0.3:
                owner[key] = chance.choice(STRANGE)
            elif way < 0.6:
                owner[key] = json.loads(json.dumps(other[name]))
            elif way < 0.8:
                del owner[key]
            elif isinstance(owner, dict):
                owner[str(name)] = owner.pop(key)
            else:
                owner.insert(key, json.loads(json.dumps(other[name])))
    made = data[:1] + json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return made[:max_size]


# --- seeds --------------------------------------------------------------------------------------------------------

def seeds() -> Iterator[bytes]:
    """The shipped definitions, the rules in them, and a script."""
    yield b"b" + json.dumps(SMALL, ensure_ascii=False).encode()
    sources: set[str] = set()
    for path in sorted((ROOT / "workflows").glob("*.json")):
        flow = json.loads(path.read_text("utf-8"))
        forms = {f: json.loads((ROOT / f"forms/{f}.json").read_text("utf-8")) for f in flow.get("forms", {}).values()}
        yield b"b" + json.dumps({"workflow": flow, "forms": forms}, ensure_ascii=False).encode()
        sources |= {expr.source for expr in read_bundle({"workflow": flow, "forms": forms}).exprs.values()}
    for source in sorted(sources)[::7]:
        yield b"r" + source.encode()
    steps = [{"by": "applicant", "do": "submit", "answers": {"name": "x", "people": "3"}}, {"wait": {"days": 3}},
             {"by": "office", "do": "approve", "answers": {"fee": "5"}}, {"event": "paid", "data": {"round_fee": 1}}]
    yield b"a" + json.dumps({"name": "甲", "uscc": "91350100M000100Y43", "region": "370202", "people": "1２",
                             "fee": "3.5", "rows": [{"day": "2026-12-01", "guests": 4}], "rows.1.day": "x"}).encode()
    yield b"s" + json.dumps({"start": "2026-11-20", "steps": steps}).encode()


def main() -> None:
    """Seeds go into the corpus folder once; then libFuzzer runs."""
    named = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if named and Path(named[0]).is_dir():
        for number, seed in enumerate(seeds()):
            (Path(named[0]) / f"seed-{number:04}").write_bytes(seed)
    atheris.Setup([sys.argv[0], "-max_len=200000", "-rss_limit_mb=4096", *sys.argv[1:]], one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
