"""Blocks that are tables: the filled form, lists of rows, opinion boxes, signatures of the parties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongban.paper import formats
from tongban.paper.printer import Printer
from tongban.paper.sheet import Cell, Grid, Opinion, Section, Signature, Value
from tongban.text import label

Block = Mapping[str, Any]
COLUMNS = "<colgroup>" + '<col style="width:17%"><col style="width:33%">' * 2 + "</colgroup>"


LABELS = '<colgroup><col style="width:26%"><col style="width:74%"></colgroup>'  # one label a line has more room


def form(p: Printer, block: Block) -> str:
    """The form's sections as one bordered table: two questions a line, long answers over the whole width."""
    wanted, pages = block["form"], block.get("pages")
    return "".join(
        _section(p, section)
        for section in p.sheet.sections
        if (wanted is True or section.form == wanted) and (pages is None or section.title in pages)
    )


def _section(p: Printer, section: Section) -> str:
    parts, open_cells = [], []
    rows: list[str] = []

    def close() -> None:
        if open_cells:
            rows.append(_line(p, open_cells))
            open_cells.clear()

    for item in section.items:
        if isinstance(item, Grid):
            close()
            parts += [_table(p, section.title if not parts else "", rows), _grid(p, item)]
            rows = []
        elif item.wide:
            close()
            rows.append(_line(p, [item]))
        else:
            open_cells.append(item)
            if len(open_cells) == 2:
                close()
    close()
    parts.append(_table(p, section.title if not parts else "", rows))
    return "".join(parts)


def _table(p: Printer, title: str, rows: list[str]) -> str:
    if not rows and not title:
        return ""
    head = (
        f'<tr class="top"><th class="section" colspan="4" scope="colgroup">{p.text(title)}</th></tr>' if title else ""
    )
    return f'<table class="form">{COLUMNS}<tbody>{head}{"".join(rows)}</tbody></table>'


def _line(p: Printer, cells: list[Cell]) -> str:
    span = ' colspan="3"' if len(cells) == 1 else ' class="half"'
    return (
        "<tr>" + "".join(f'<th scope="row">{p.text(c.label)}</th><td{span}>{_cell(p, c)}</td>' for c in cells) + "</tr>"
    )


def _cell(p: Printer, cell: Cell) -> str:
    content = p.sheet.pictures.get(cell.picture) if cell.picture else None
    return p.hand(cell.picture, cell.label) if content else p.text(cell.text)


def _grid(p: Printer, grid: Grid) -> str:
    heads = "".join(f'<th scope="col">{p.text(h)}</th>' for h in (p_number(p), *grid.heads))
    body = "".join(
        f'<tr><td class="mid">{n}</td>{"".join(f"<td>{p.text(c)}</td>" for c in row)}</tr>'
        for n, row in enumerate(grid.rows, 1)
    )
    if not body:
        body = f'<tr><td class="mid" colspan="{len(grid.heads) + 1}">{p.say("paper.no_rows")}</td></tr>'
    title = f'<tr><th class="section" colspan="{len(grid.heads) + 1}">{p.text(grid.label)}</th></tr>'
    return f'<table class="grid"><thead>{title}<tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def p_number(p: Printer) -> str:
    """The head of the column that counts."""
    return formats.show(Value({"zh": "序号", "en": "No."}), "text", "", p.lang)


def table(p: Printer, block: Block) -> str:
    """Labels and values, one a line."""
    rows = [
        f'<tr><th scope="row">{p.fill(item["label"])}</th>'
        f"<td>{p.shown(item['value'], item.get('format', 'text'))}</td></tr>"
        for item in block["table"]
        if p.wanted(item)
    ]
    return f'<table class="form">{LABELS}<tbody>{"".join(rows)}</tbody></table>' if rows else ""


def facts(p: Printer, block: Block) -> str:
    """A certificate's lines: label, value, no border."""
    rows = []
    for item in block["facts"]:
        if p.wanted(item):
            note = f"<small>{p.fill(item['note'])}</small>" if item.get("note") else ""
            rows.append(
                f'<tr><th scope="row">{p.fill(item["label"])}{note}</th>'
                f"<td>{p.shown(item['value'], item.get('format', 'dash'))}</td></tr>"
            )
    return f'<table class="facts">{"".join(rows)}</table>'


def rows(p: Printer, block: Block) -> str:
    """A list: every row a line, columns by the row's fields."""
    columns = block["columns"]
    numbered = block.get("numbered", True)
    heads = ([p_number(p)] if numbered else []) + [label(c["label"], p.lang) for c in columns]
    lines = []
    found = p.value(block["rows"]).value or []
    for count, row in enumerate(found, 1):
        cells = [f'<td class="mid">{count}</td>'] if numbered else []
        for column in columns:
            value = row.get(column["field"])
            value = value if isinstance(value, Value) else Value(value)
            name, _, argument = column.get("format", "text").partition(":")
            css = ' class="num"' if name in ("money", "number", "percent") else ""
            cells.append(f"<td{css}>{p.text(formats.show(value, name, argument, p.lang))}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    if not lines:
        empty = p.fill(block["empty"]) if block.get("empty") else p.say("paper.no_rows")
        lines = [f'<tr><td class="mid" colspan="{len(heads)}">{empty}</td></tr>']
    head = "".join(f'<th scope="col">{p.text(h)}</th>' for h in heads)
    return f'<table class="grid"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def opinions(p: Printer, block: Block) -> str:
    """A box a review step, in the order of the chart."""
    states = block["opinions"]
    found = [o for o in p.sheet.opinions if states is True or o.state in states]
    return "".join(_opinion(p, o, o.label) for o in found)


def opinion(p: Printer, block: Block) -> str:
    """The box of one state; empty where nobody decided yet."""
    state = block["opinion"]
    title = p.plain(block["label"]) if block.get("label") else ""
    found = [o for o in p.sheet.opinions if o.state == state] or [Opinion(state, title or state)]
    return "".join(_opinion(p, o, title or o.label) for o in found)


def _opinion(p: Printer, o: Opinion, title: str) -> str:
    words = "".join(f"<p>{p.text(t)}</p>" for t in (o.words, o.decision) if t)
    hand = p.hand(o.signature, o.who) or p.text(o.who)
    office = f"<br>{p.text(o.office)}" if o.office else ""
    blank = "" if o.who else "　" * 6
    seal_here = "" if o.seal else p.say("paper.seal")
    return (
        f'<table class="opinion"><tr><th scope="row">{p.text(title)}</th><td><div class="words">{words}</div>'
        f'<div class="foot">{p.say("paper.sign")}{hand}{blank}{seal_here}{office}<br>{p.date(o.at)}'
        f"{p.seal(o.seal)}</div></td></tr></table>"
    )


def signatures(p: Printer, block: Block) -> str:
    """The parties of an agreement, two beside each other."""
    wanted = block["signatures"]
    found = [s for s in p.sheet.signatures if wanted is True or s.party in wanted]
    pairs = [found[i : i + 2] for i in range(0, len(found), 2)]
    lines = "".join(
        "<tr>" + "".join(_party(p, s) for s in pair) + ("<td></td>" if len(pair) == 1 else "") + "</tr>"
        for pair in pairs
    )
    return f'<table class="parties">{lines}</table>'


def _party(p: Printer, s: Signature) -> str:
    by = p.hand(s.signature, s.by or s.name) or p.text(s.by)
    return (
        f"<td><div><p>{p.text(s.label)}：{p.text(s.name)}{'' if s.seal or s.person else p.say('paper.seal')}</p>"
        f"<p>{p.say('paper.sign')}{by}</p><p>{p.say('paper.signed_at', date='')}{p.date(s.at)}</p>"
        f"{p.seal(s.seal)}</div></td>"
    )


def marks(p: Printer, block: Block) -> str:
    """Fields sent back with the note on each."""
    if not p.sheet.marks:
        return ""
    lines = "".join(
        f'<tr><td class="mid">{n}</td><td>{p.text(m.label)}</td><td>{p.text(m.text)}</td></tr>'
        for n, m in enumerate(p.sheet.marks, 1)
    )
    heads = (p.text(p_number(p)), p.say("paper.mark_field"), p.say("paper.mark_note"))
    return (
        f'<table class="grid"><thead><tr>{"".join(f"<th>{h}</th>" for h in heads)}</tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )


def photo(p: Printer, block: Block) -> str:
    """A 1-inch photo, or its empty frame."""
    name = block["photo"]
    content = p.sheet.pictures.get(name)
    if not content:
        return f'<div class="photo empty">{p.say("paper.photo")}</div>'
    return f'<img class="photo" alt="{p.say("paper.alt.photo")}" src="{p.photo(content)}">'
