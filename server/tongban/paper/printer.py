"""Fills templates and conditions of one sheet; what blocks are written with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from tongban.engine.layout import OWN, Slot, parse
from tongban.paper import formats, pictures
from tongban.paper.ink import escaped, on_paper
from tongban.paper.marks import Marks
from tongban.paper.sheet import PaperError, Seal, Sheet, Value
from tongban.text import label, say

GAP = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef]) | (?=[\u2e80-\u9fff\uff00-\uffef])")
"""A space between Chinese and other letters: it must not stretch where a line is justified."""

STRICT = frozenset({"certificate", "agreement"})  # kinds in which a wrong or missing character is not bearable


class Printer:
    """One rendering: the sheet, the fonts, and which characters were lost on the way."""

    def __init__(self, sheet: Sheet, where: Path, layout: Mapping[str, Any], marks: Marks | None = None) -> None:
        self.sheet, self.where, self.layout, self.marks = sheet, where, layout, marks
        self.meta, self.lang = sheet.meta, sheet.meta.lang
        self.lost: set[str] = set()
        self.named: Mapping[str, Any] = layout.get("styles") or {}

    @cached_property
    def own(self) -> dict[str, Value]:
        """What the document itself knows."""
        meta = self.meta
        known = {
            "number": meta.number,
            "serial": meta.serial,
            "issued_on": meta.issued_on,
            "code": meta.code,
            "valid_until": meta.valid_until,
            "office": meta.office,
            "to": meta.to,
            "title": meta.title,
            "procedure": meta.procedure,
            "case": meta.case_number,
            "reason": self.sheet.reason,
            "submitted_on": meta.submitted_on,
        }
        kinds = {"issued_on": "date", "valid_until": "date", "submitted_on": "date"}
        return {OWN + name: Value(text or None, kinds.get(name, "string")) for name, text in known.items()}

    def text(self, raw: str) -> str:
        """Any text as HTML."""
        return GAP.sub('<i class="gap"></i>', self.attr(raw))

    def stamped(self, raw: str) -> str:
        """A text that has its line to itself, as HTML: in a template only its place is marked."""
        if self.marks is None or not raw.strip():
            return self.text(raw)
        return self.marks.text(on_paper(raw, self.where, self.lost))

    def attr(self, raw: str) -> str:
        """Any text as an attribute's value."""
        return escaped(on_paper(raw, self.where, self.lost))

    def say(self, key: str, **params: Any) -> str:
        """A sentence of the catalogue as HTML."""
        return self.text(say(key, self.lang, **params))

    def value(self, source: str) -> Value:
        """The value of an expression. One that nobody computed is a mistake of the caller, not a blank."""
        found = self.own.get(source) or self.sheet.values.get(source)
        if found is None:
            raise PaperError("paper.no_value", source=source)
        return found

    def shown(self, source: str, form: str = "text") -> str:
        """A value in its format, as HTML. A certificate never prints a blank that no format asked for."""
        name, _, argument = form.partition(":")
        text = formats.show(self.value(source), name, argument, self.lang)
        if not text and self.meta.kind == "certificate" and not self.meta.copy:
            raise PaperError("paper.no_value", source=source)
        return self.stamped(text)

    def plain(self, template: Any) -> str:
        """A bilingual template, filled, as plain text."""
        return "".join(
            self._slot(part) if isinstance(part, Slot) else part for part in parse(label(template, self.lang))
        )

    def fill(self, template: Any) -> str:
        """A bilingual template, filled, as HTML."""
        return self.text(self.plain(template))

    def _slot(self, slot: Slot) -> str:
        form = f"{slot.format}:{slot.argument}" if slot.argument else slot.format
        name, _, argument = form.partition(":")
        text = formats.show(self.value(slot.source), name, argument, self.lang)
        if not text and self.meta.kind == "certificate" and not self.meta.copy:
            raise PaperError("paper.no_value", source=slot.source)
        return text

    def wanted(self, block: Mapping[str, Any]) -> bool:
        """Whether its condition is true; unknown is not."""
        when = block.get("when")
        return when is None or self.value(when).value is True

    def margin(self, template: Any) -> list[str]:
        """A header or footer as parts of a CSS content value."""
        parts = []
        for part in parse(label(template, self.lang)):
            if isinstance(part, Slot) and part.source in (OWN + "page", OWN + "pages"):
                parts.append(f"counter({part.source[len(OWN) :]})")
            else:
                raw = self._slot(part) if isinstance(part, Slot) else part
                parts.append(on_paper(raw, self.where, self.lost).replace("\n", " "))
        return parts

    def seal(self, seal: Seal | None) -> str:
        """The drawn seal, absolutely placed by its box."""
        if seal is None or not seal.name:
            return ""
        alt = self.attr(say("paper.alt.seal", self.lang, name=seal.name))
        return f'<img class="seal" alt="{alt}" src="{pictures.seal(seal, self.where)}">'

    def hand(self, name: str, who: str) -> str:
        """A handwritten signature."""
        content = self.sheet.pictures.get(name)
        if not content:
            return ""
        alt = self.attr(say("paper.alt.signature", self.lang, name=who))
        return f'<img class="hand" alt="{alt}" src="{pictures.signature(content)}">'

    def code(self, content: str, error: str) -> str:
        """The address of a QR code's picture."""
        if self.marks is not None:
            return pictures.data_uri("image/jpeg", self.marks.code(content, error))
        return pictures.qr(content, error)

    def photo(self, content: bytes) -> str:
        """The address of a portrait."""
        if self.marks is not None:
            return pictures.data_uri("image/jpeg", self.marks.photo(content))
        return pictures.data_uri("image/jpeg", pictures.portrait(content))

    def date(self, instant: str) -> str:
        """A date as it stands under a signature."""
        if not instant:
            return self.say("paper.blank_date")
        return self.text(formats.show(Value(instant, "date"), "date", "", self.lang))

    def check(self) -> None:
        """A certificate or agreement in which a character would be wrong is not printed at all."""
        if self.lost and self.meta.kind in STRICT:
            raise PaperError("paper.no_glyph", characters="".join(sorted(self.lost)))
