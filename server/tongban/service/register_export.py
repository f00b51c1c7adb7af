"""A register as a workbook: what this person may see, no cell that computes, marked with who took it out; audited."""

from __future__ import annotations

import io
import re
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import IllegalCharacterError

from tongban import text
from tongban.service import books
from tongban.service.access import Person
from tongban.service.registers import cells, hidden, instant, reach
from tongban.service.runtime import Runtime
from tongban.store import entries, messages

MOST = 200_000          # rows of one file
_COMPUTES = ("=", "+", "-", "@", "\t", "\r")


def export(rt: Runtime, person: Person, name: str, on: str = "", q: str = "", lang: str = "zh") -> tuple[str, bytes]:
    """File name and content of what stood in a register on a day."""
    with rt.store.reading() as conn:
        book = books.book(rt, conn, person, name)
        at, day = instant(rt, on)
        masked = hidden(book, person)
        made = Workbook(write_only=True)
        sheet = made.create_sheet(re.sub(r"[\[\]:*?/\\]", "", text.label(book.title, lang))[:31] or "1")
        head = [text.label(one.label, lang) for one in book.fields]
        mark = text.say("registers.watermark", lang, who=person.name, login=person.login, at=rt.clock(), day=day)
        sheet.append([_cell(sheet, mark, bold=True)])
        sheet.append([_cell(sheet, word, bold=True) for word in (*head, text.say("registers.entered", lang))])
        count = 0
        for row in entries.every(conn, name, at, reach(book, person), (q, book.searched)):
            values = cells(book, row, masked, lang)
            sheet.append([_cell(sheet, value) for value in (*values, row["entered_at"][:10])])
            count += 1
            if count >= MOST:
                break
    out = io.BytesIO()
    made.save(out)
    rt.store.run(lambda conn: messages.note(conn, rt.clock(), person.id, "register.export", name, day=day, q=q[:80],
                                            rows=count))
    return f"{name}-{day}.xlsx", out.getvalue()


def _cell(sheet: Any, value: str, *, bold: bool = False) -> Any:
    """A cell of plain text: what would compute gets a quote before it, so no program runs it, CSV or not."""
    safe = "'" + value if value.startswith(_COMPUTES) else value
    try:
        cell = WriteOnlyCell(sheet, safe)
    except IllegalCharacterError:
        cell = WriteOnlyCell(sheet, "".join(c for c in safe if c.isprintable()))
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
