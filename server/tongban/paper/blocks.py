"""The blocks a document is composed of. A block is named by its key: {"text": …}, {"opinions": true}, …"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tongban.engine.problem import Problem, escape
from tongban.paper import pictures, styles, tables
from tongban.paper.printer import Printer
from tongban.paper.sheet import PaperError
from tongban.text import say

Block = Mapping[str, Any]
PAGE: Mapping[str, Any] = {
    "margin": tuple(styles.MARGINS),
    "orientation": ("portrait", "landscape"),
    "frame": (True, False),
    "numbers": (True, False),
}
ROWS: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "table": (("label", "value"), frozenset({"label", "value", "format", "when", "note"})),
    "facts": (("label", "value"), frozenset({"label", "value", "format", "when", "note"})),
    "columns": (("label",), frozenset({"label", "field", "format"})),
}
"""Lists inside a block: what each entry must say, and what it may."""
MODIFIERS = frozenset({"when", "style", "label", "columns", "numbered", "empty", "pages", "widths", "flush", "note"})


_TIGHT = re.compile(r"(?<=[\u3001-\u9fff\uff00-\uffef]) (?=[\u3001-\u9fff\uff00-\uffef])")
"""A space between Chinese letters, as authors leave it around a slot."""


def write(p: Printer, blocks: list[Block]) -> str:
    """All blocks whose condition holds."""
    return "".join(BLOCKS[kind](p, block) for block in blocks if p.wanted(block) for kind in (kind_of(block),) if kind)


def kind_of(block: Block) -> str:
    """The key that names a block; "" where there is none or more than one."""
    named = [key for key in block if key in BLOCKS]
    return named[0] if len(named) == 1 else ""


def check(layout: Mapping[str, Any], at: str) -> list[Problem]:
    """What is wrong with a layout's shape: unknown blocks, keys and styles. Expressions are checked by the engine."""
    named, page = (_map(layout.get(key)) for key in ("styles", "page"))
    found = [p for name, style in named.items() for p in styles.problems(style, {}, f"{at}/styles/{escape(name)}")]
    for key, known in PAGE.items():
        if key in page and page[key] not in known:
            found.append(Problem("document.unknown_style", f"{at}/page/{key}", {"style": str(page[key])}))
    found += [Problem("document.unknown_key", f"{at}/page/{escape(k)}", {"key": k}) for k in page if k not in PAGE]
    listed = layout.get("blocks") or []
    if not isinstance(listed, list):
        return [*found, Problem("document.unknown_block", f"{at}/blocks", {"keys": []})]
    return found + _check_blocks(listed, f"{at}/blocks", named)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _check_blocks(blocks: list[Any], at: str, named: Mapping[str, Any]) -> list[Problem]:
    found = []
    for index, block in enumerate(blocks):
        place = f"{at}/{index}"
        kind = kind_of(block) if isinstance(block, Mapping) else ""
        if not kind:
            found.append(
                Problem("document.unknown_block", place, {"keys": sorted(block) if isinstance(block, Mapping) else []})
            )
            continue
        found += [
            Problem("document.unknown_key", f"{place}/{escape(key)}", {"key": key})
            for key in block
            if key != kind and key not in MODIFIERS
        ]
        if "style" in block:
            found += styles.problems(block["style"], named, f"{place}/style")
        if kind == "side":
            found += _check_side(block, place, named)
        for key in ROWS:
            found += _check_rows(block, key, place)
    return found


def _check_rows(block: Block, key: str, at: str) -> list[Problem]:
    """Rows and columns without what the printer asks of each, or with what it does not know."""
    rows, (needed, known) = block.get(key), ROWS[key]
    found = []
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        place = f"{at}/{key}/{index}"
        if not isinstance(row, Mapping) or any(name not in row for name in needed):
            found.append(Problem("document.row_lacks", place, {"needed": list(needed)}))
            continue
        found += [Problem("document.unknown_key", f"{place}/{escape(k)}", {"key": k}) for k in row if k not in known]
    return found


def _check_side(block: Block, at: str, named: Mapping[str, Any]) -> list[Problem]:
    columns, widths = block["side"], block.get("widths")
    if not isinstance(columns, list) or not all(isinstance(inner, list) for inner in columns):
        return [Problem("document.unknown_block", f"{at}/side", {"keys": []})]
    found = [p for n, inner in enumerate(columns) for p in _check_blocks(inner, f"{at}/side/{n}", named)]
    fits = isinstance(widths, list) and len(widths) == len(columns) and all(map(_share, widths))
    if widths is not None and not fits:
        found.append(Problem("document.unknown_style", f"{at}/widths", {"style": str(widths)}))
    return found


def _share(width: Any) -> bool:
    return isinstance(width, (int, float)) and not isinstance(width, bool) and 0 < width <= 100


def _styled(p: Printer, block: Block) -> str:
    css = styles.inline(block.get("style"), p.named)
    return f' style="{css}"' if css else ""


def _title(p: Printer, block: Block) -> str:
    sub = f'<p class="sub">{p.fill(block["note"])}</p>' if block.get("note") else ""
    return f"<h1{_styled(p, block)}>{p.fill(block['title'])}</h1>{sub}"


def _heading(p: Printer, block: Block) -> str:
    return f"<h2{_styled(p, block)}>{p.fill(block['heading'])}</h2>"


def _text(p: Printer, block: Block) -> str:
    flush = ' class="flush"' if block.get("flush") else ""
    paragraphs = _TIGHT.sub("", p.plain(block["text"])).split("\n")
    return "".join(f"<p{flush}{_styled(p, block)}>{p.text(text)}</p>" for text in paragraphs)


def _line(p: Printer, block: Block) -> str:
    ends = block["line"]
    return (
        f'<div class="row-note"><span>{p.fill(ends.get("left"))}</span><span>{p.fill(ends.get("right"))}</span></div>'
    )


def _head(p: Printer, block: Block) -> str:
    """发文机关标志: the office in red over a red line."""
    number = f'<p class="head-number">{p.stamped(p.meta.number)}</p>' if p.meta.number else ""
    name = p.meta.office if block["head"] is True else p.plain(block["head"])
    return f'<p class="head">{p.text(name)}</p>{number}<hr class="head-line">'


def _number(p: Printer, block: Block) -> str:
    """The document's number under its title; nothing where it has none."""
    if not p.meta.number:
        return ""
    return f'<p class="sub">{p.stamped(say("paper.number", p.lang, number=p.meta.number))}</p>'


def _clauses(p: Printer, block: Block) -> str:
    """The clauses that a decision stands on, with their words, in clause order."""
    items = []
    for index, clause in enumerate(p.sheet.clauses, 1):
        finding = f"<br>　　{p.say('paper.finding', finding=clause.finding)}" if clause.finding else ""
        items.append(f"<li>{index}．{p.text(clause.words)}<b>{p.say('paper.clause', id=clause.id)}</b>{finding}</li>")
    return f'<ul class="clauses">{"".join(items)}</ul>' if items else ""


def _reason(p: Printer, block: Block) -> str:
    return f"<p>{p.say('paper.reason', reason=p.sheet.reason)}</p>" if p.sheet.reason else ""


def _sign_off(p: Printer, block: Block) -> str:
    """落款: office and date at the lower right with the seal over them."""
    office = p.meta.office if block["sign_off"] is True else p.plain(block["sign_off"])
    seal = p.seal(replace(p.meta.seal, name=office) if p.meta.seal else None)
    return f'<div class="signoff"><div>{p.text(office)}<br>{p.date(p.meta.issued_on)}{seal}</div></div>'


def _qr(p: Printer, block: Block) -> str:
    """`verify`: the address of the verify page. `offline`: the signed facts themselves."""
    offline = block["qr"] == "offline"
    content = p.meta.payload if offline else p.meta.verify_url
    if not content:
        return ""
    lines = [p.say("paper.offline" if offline else "paper.verify")]
    if not offline:
        lines.append(p.stamped(say("paper.verify_code", p.lang, code=p.meta.code)))
        lines += [p.stamped(say("paper.serial", p.lang, serial=p.meta.serial))] if p.meta.serial else []
    return (
        f'<div class="qr{" big" if offline else ""}"><img alt="{p.say("paper.alt.qr")}" '
        f'src="{p.code(content, "l" if offline else "m")}"><div>{"<br>".join(lines)}</div></div>'
    )


def _image(p: Printer, block: Block) -> str:
    content = p.sheet.pictures.get(block["image"])
    if not content:
        return ""
    alt, source = p.attr(p.plain(block.get("label"))), pictures.photo(content, 1600, 1600)
    return f'<p><img alt="{alt}" style="max-width:100%" src="{source}"></p>'


def _side(p: Printer, block: Block) -> str:
    """Columns beside each other."""
    columns = block["side"]
    widths = block.get("widths") or [1] * len(columns)
    if len(widths) != len(columns) or not all(map(_share, widths)):
        raise PaperError("paper.failed")
    share = 100 / sum(widths)
    parts = "".join(
        f'<div style="width:{share * width:.1f}%">{write(p, inner)}</div>'
        for width, inner in zip(widths, columns, strict=True)
    )
    return f'<div class="side">{parts}</div>'


def _spacer(p: Printer, block: Block) -> str:
    lines = block["spacer"]
    height = lines if isinstance(lines, (int, float)) and 0 < lines <= 40 else 1
    return f'<div style="height:{height * 1.5}em"></div>'


def _rule(p: Printer, block: Block) -> str:
    return "<hr>"


def _page_break(p: Printer, block: Block) -> str:
    return '<div class="end"></div>'


BLOCKS: dict[str, Callable[[Printer, Block], str]] = {
    "title": _title,
    "heading": _heading,
    "text": _text,
    "line": _line,
    "head": _head,
    "number": _number,
    "clauses": _clauses,
    "reason": _reason,
    "sign_off": _sign_off,
    "qr": _qr,
    "image": _image,
    "side": _side,
    "spacer": _spacer,
    "rule": _rule,
    "page_break": _page_break,
    "form": tables.form,
    "table": tables.table,
    "facts": tables.facts,
    "rows": tables.rows,
    "opinions": tables.opinions,
    "opinion": tables.opinion,
    "signatures": tables.signatures,
    "marks": tables.marks,
    "photo": tables.photo,
}
