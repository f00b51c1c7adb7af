"""Rows of a group from a spreadsheet: good rows are taken, each other row is told with its number and what to mend.

Files are hostile until shown otherwise: bounded before they are unpacked, formulas are refused, nothing is computed.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from openpyxl import load_workbook

from tongban.engine import answers
from tongban.engine.model import Env, Field, Form, Json, Page
from tongban.engine.problem import Problem
from tongban.service.media import XLSX, sniff
from tongban.text import LANGUAGES, label
from tongban.text import problem as sentence

MOST_BYTES = 10 << 20
MOST_UNPACKED = 80 << 20
MOST_RATIO = 200
MOST_PARTS = 500
MOST_ROWS = 5_000
MOST_COLUMNS = 100
_LONG_NUMBERS = ("citizen_id", "bank_account", "uscc", "mobile", "phone")


@dataclass(frozen=True, slots=True)
class Roster:
    """What came of a spreadsheet. `rows` raw, ready to stand in a form; `problems` at the group or of single rows."""

    rows: tuple[Mapping[str, Json], ...] = ()
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()       # columns that the group does not have


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows of a spreadsheet with their numbers in it."""

    rows: tuple[dict[str, Json], ...] = ()
    numbers: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bad(Exception):
    """The file as a whole cannot be read."""

    code: str
    params: Mapping[str, Any]


def parse(group: Field, content: bytes, env: Env, present: Sequence[Mapping[str, Json]] = ()) -> Roster:
    """Read a spreadsheet into rows of `group`. `present` = rows that stand there already; nobody comes in twice."""
    sheet = raw_rows(group, content)
    good, more = _judged(group, list(sheet.rows), list(sheet.numbers), env, present)
    told = sorted((*sheet.problems, *more), key=lambda found: found.params.get("row", 0))
    return Roster(tuple(good), tuple(told), sheet.ignored)


def raw_rows(group: Field, content: bytes) -> Lines:
    """The rows as somebody would have typed them, nothing judged yet; each with its number in the sheet."""
    place = f"/{group.id}"
    try:
        lines = list(islice(_lines(content), MOST_ROWS + 2))
        if len(lines) > MOST_ROWS + 1:
            raise Bad("rows.many", {"max": MOST_ROWS})
        head = next((i for i, (_, cells) in enumerate(lines) if any(_words(c) for c in cells)), None)
        if head is None:
            raise Bad("rows.empty", {})
        columns, ignored = _columns(group, lines[head][1])
    except Bad as no:
        return Lines(problems=(Problem(no.code, place, no.params),))
    rows: list[dict[str, Json]] = []
    numbers: list[int] = []
    told: list[Problem] = []
    for number, cells in lines[head + 1:]:
        row, wrong = _row(columns, cells)
        if wrong:
            told += [at_row(place, number, found) for found in wrong]
        elif not answers.blank(row):
            rows.append(row)
            numbers.append(number)
    return Lines(tuple(rows), tuple(numbers), tuple(told), ignored)


def _judged(group: Field, rows: list[dict[str, Json]], numbers: list[int], env: Env,
            present: Sequence[Mapping[str, Json]]) -> tuple[list[Mapping[str, Json]], list[Problem]]:
    """The rows that the form takes, and what is wrong with each of the others."""
    place, had = f"/{group.id}", [row for row in present if not answers.blank(row)]
    alone = replace(group, min=None, max=None, required=False, visible=None, valid=())
    form = Form("", {}, (Page("", {}, (alone,)),))
    bad: dict[int, list[Problem]] = {}
    room = max(0, min(int(group.max or answers.MAX_ROWS), answers.MAX_ROWS) - len(had))
    for found in answers.read(form, {group.id: [*had, *rows[:answers.MAX_ROWS - len(had)]]}, dict(env)).problems:
        parts = found.at.split("/")
        if len(parts) > 2 and found.level == "error" and int(parts[2]) >= len(had):
            bad.setdefault(int(parts[2]) - len(had), []).append(found)
    good = [row for i, row in enumerate(rows[:answers.MAX_ROWS - len(had)]) if i not in bad]
    told = [at_row(place, numbers[i], found) for i, problems in sorted(bad.items()) for found in problems]
    left = len(rows) - len(bad) - room
    if left > 0:
        told.append(Problem("rows.room", place, {"max": group.max or answers.MAX_ROWS, "left": left}))
    return list(good[:room]), told


def at_row(place: str, number: int, found: Problem) -> Problem:
    """A problem of one line of the sheet, told at the group with the sheet's own line number."""
    what = {lang: sentence(found, lang) for lang in LANGUAGES}
    return Problem("rows.row", place, {"row": number, "what": what})


def _lines(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    if len(content) > MOST_BYTES:
        raise Bad("rows.large", {"max": MOST_BYTES >> 20})
    if content[:4] == b"PK\x03\x04":
        return _sheet(content)
    return _text(content)


def _text(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    """CSV as Chinese offices save it: UTF-8 or GB 18030, commas, semicolons or tabs."""
    if b"\0" in content or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):      # a web page under another name
        raise Bad("rows.kind", {})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            raise Bad("rows.kind", {}) from None
    first = text.partition("\n")[0]
    mark = max(",\t;", key=first.count)
    try:
        yield from enumerate((line[:MOST_COLUMNS] for line in csv.reader(io.StringIO(text), delimiter=mark)), 1)
    except csv.Error:
        raise Bad("rows.kind", {}) from None


# What openpyxl and zipfile raise at what is no workbook or a damaged one: a part that is missing or not as it should
# be, broken XML (SyntaxError), broken compression, and RuntimeError for an encrypted part or an unknown compression.
_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OSError, EOFError,
               RuntimeError, zipfile.BadZipFile, zlib.error)


def _sheet(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    """The first sheet of a workbook, read without unpacking more than is wanted."""
    _bounded(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 2), 1):
            yield number, [_Formula() if cell.data_type == "f" else cell.value for cell in cells]
    except _UNREADABLE:
        raise Bad("rows.kind", {}) from None


def _bounded(content: bytes) -> None:
    """Refuse a zip bomb by what its directory says, and by how much each part really gives."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            listed = parts.infolist()
            if len(listed) > MOST_PARTS or sum(part.file_size for part in listed) > MOST_UNPACKED:
                raise Bad("rows.bomb", {})
            for part in listed:
                if part.file_size > 1 << 20 and part.file_size > MOST_RATIO * max(part.compress_size, 1):
                    raise Bad("rows.bomb", {})
            if sniff(b"PK\x03\x04" + "".join(part.filename for part in listed).encode()) != XLSX:
                raise Bad("rows.kind", {})
    except (zipfile.BadZipFile, ValueError, NotImplementedError):      # the last: a zip of a newer kind
        raise Bad("rows.kind", {}) from None


class _Formula:
    """A cell that computes; what it would give is nobody's answer."""


def _columns(group: Field, head: Sequence[Any]) -> tuple[dict[int, Field], tuple[str, ...]]:
    """Which cell is which column, by the labels in either language or the id."""
    known = {_plain(word): column for column in group.fields
             for word in (column.id, *(label(column.label, lang) for lang in LANGUAGES))}
    found: dict[int, Field] = {}
    ignored = []
    for i, cell in enumerate(head):
        words = _words(cell)
        column = known.get(_plain(words))
        if column is not None and column not in found.values():
            found[i] = column
        elif words:
            ignored.append(words[:40])
    missing = [column.label for column in group.fields if column.required is True and column not in found.values()]
    if missing:
        raise Bad("rows.columns", {"columns": missing})
    return found, tuple(ignored)


def _plain(words: str) -> str:
    """Labels without what people change in them: spaces, stars, units in brackets."""
    return re.sub(r"[\s*＊:：]|[(（].*?[)）]", "", words).lower()


def _words(cell: Any) -> str:
    return "" if cell is None or isinstance(cell, _Formula) else str(cell).strip()


def _row(columns: Mapping[int, Field], cells: Sequence[Any]) -> tuple[dict[str, Json], list[Problem]]:
    row: dict[str, Json] = {}
    wrong = []
    for i, column in columns.items():
        cell = cells[i] if i < len(cells) else None
        if isinstance(cell, _Formula) or (isinstance(cell, str) and re.match(r"\s*[=@]|\s*[+-]\s*[A-Za-z(]", cell)):
            wrong.append(Problem("rows.formula", "", {"label": column.label}))
            continue
        if column.type in _LONG_NUMBERS and isinstance(cell, (int, float)) and abs(cell) >= 10**15:
            wrong.append(Problem("rows.digits", "", {"label": column.label}))
            continue
        row[column.id] = _raw(column, cell)
    return row, wrong


def _raw(column: Field, cell: Any) -> Json:
    """A cell as somebody would have typed it."""
    if isinstance(cell, bool):
        return cell if column.type == "yesno" else ("是" if cell else "否")
    if isinstance(cell, datetime):
        iso = cell.isoformat()
        return iso[11:16] if column.type == "time" else iso[:7 if column.type == "month" else 10]
    if isinstance(cell, (date, time)):
        return cell.isoformat()[:5 if isinstance(cell, time) else 10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, float):
        return repr(cell)
    return "" if cell is None else str(cell)[:20_001]


def template(group: Field, lang: str) -> bytes:
    """An empty table to fill in: the labels of the columns, as CSV that spreadsheet programs open."""
    out = io.StringIO()
    csv.writer(out).writerow([label(column.label, lang) for column in typed(group)])
    return ("\ufeff" + out.getvalue()).encode()


def typed(group: Field) -> Iterable[Field]:
    """Columns that somebody fills in."""
    return [c for c in group.fields if not c.computed and c.type not in ("computed", "fact", "note")]
