"""A definition as a picture: SVG with classes instead of colours, or lines of text. Nothing of a case but its states.

Left to right for wide screens, top to bottom (`down`) for narrow ones. `lit` states are the present ones, `way` those
that have been passed; arrows between passed states are solid, all others dashed. A drawing that stands alone (`style`)
names every arrow, draws ways forward solid and ways back dashed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

Json = Any
Chart = Mapping[str, Any]

WIDTH, HEIGHT, GAP, LANE, PAD, HEAD = 132, 52, 56, 28, 14, 28
STYLE = """.draw{font:14px/1.3 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
.draw .box{fill:#fff;stroke:#7b8786}.draw .group>.box{fill:#f3f5f4;stroke:#dbe1e0}.draw text{fill:#1b2430}
.draw .been>.box{stroke:#1b6638;fill:#e6f3ea}.draw .lit>.box{stroke:#0b6e75;stroke-width:2.5;fill:#e4f1f1}
.draw .end>.box{stroke:#55606c;stroke-width:2}.draw .arrow{fill:none;stroke:#7b8786;stroke-dasharray:4 4}
.draw .arrow.on{stroke-dasharray:none}.draw .arrow.taken{stroke:#1b6638;stroke-dasharray:none;stroke-width:2}
.draw .tip{fill:#7b8786}.draw .name{font-size:11px;fill:#55606c;paint-order:stroke;stroke:#fff;stroke-width:4px}"""
NAME_GAP, NAME_WIDE = 112, 92     # between boxes where arrows have names; how wide such a name may be
MARKS = {"✓": {"zh": "完成", "en": "done"}, "?": {"zh": "自动", "en": "auto"}, "⏱": {"zh": "到时", "en": "timer"}}


@dataclass(slots=True)
class _Box:
    """A state with its place; containers hold their children."""

    id: str
    raw: Chart
    inside: list[_Box] = field(default_factory=list)
    x: int = 0
    y: int = 0
    w: int = WIDTH
    h: int = HEIGHT

    def all(self) -> Iterator[_Box]:
        yield self
        for child in self.inside:
            yield from child.all()

    def move(self, dx: int, dy: int) -> None:
        for box in self.all():
            box.x, box.y = box.x + dx, box.y + dy


@dataclass(frozen=True, slots=True)
class Look:
    """What a drawing shows beside the chart itself."""

    lit: Collection[str] = ()
    way: Collection[str] = ()
    lang: str = "zh"
    down: bool = False
    named: bool = False

    @property
    def gap(self) -> int:
        """Between one box and the next; names of arrows need room."""
        return NAME_GAP if self.named and not self.down else GAP


def svg(chart: Chart, lit: Sequence[str] = (), way: Sequence[str] = (), lang: str = "zh", *, down: bool = False,
        style: bool = False) -> str:
    """The chart as an SVG element; `style` puts the colours in, for a file that stands alone."""
    look = Look(frozenset(lit), frozenset(way) | frozenset(lit), lang, down, style)
    root = _build("", chart)
    _place(root, look)
    boxes = {box.id: box for box in root.all()}
    ways = list(_arrows(chart, boxes))
    lanes = sum(_backward(a, b, look) for a, b, _ in ways)
    outside = lanes * 6 + 24        # ways back bend that far at most
    wide, high = (root.w + outside, root.h) if down else (root.w, root.h + outside)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" class="draw" viewBox="0 0 {wide} {high}" width="{wide}" '
             f'height="{high}" role="img" aria-label="{escape(_label(chart.get("title"), "", lang))}">']
    parts += [f"<style>{STYLE}</style>"] if style else []
    drawn = [box for box in root.all() if box.id]
    parts += [_draw_box(box, look) for box in drawn if box.inside]
    parts += _draw_arrows(ways, root, look)
    parts += [_draw_box(box, look) for box in drawn if not box.inside]      # above the arrows, so that words stay free
    return "".join([*parts, "</svg>"])


def text(chart: Chart, lang: str = "zh") -> str:
    """The chart as indented lines: each state with what leads out of it."""
    root = _build("", chart)
    lines = [_label(chart.get("title"), str(chart.get("id", "")), lang)]
    for box in list(root.all()):
        depth = 0 if not box.id else _depth(root, box.id)
        if box.id:
            plain = "●" if "task" in box.raw else "○"
            mark = {"final": "■", "parallel": "╪", "history": "↺"}.get(_type(box.raw), plain)
            lines.append(f"{'  ' * depth}{mark} {_label(box.raw.get('label'), box.id, lang)} ({box.id})")
        for event, targets in _leading(box.raw):
            lines.append(f"{'  ' * (depth + 1)}  {event} → {', '.join(targets) or '·'}")
    return "\n".join(lines)


# --- reading the JSON --------------------------------------------------------------------------------------------

def _build(id_: str, raw: Chart) -> _Box:
    return _Box(id_, raw, [_build(name, child) for name, child in (raw.get("states") or {}).items()])


def _type(raw: Chart) -> str:
    return str(raw.get("type") or ("history" if "history" in raw else ""))


def _label(label: Json, otherwise: str, lang: str) -> str:
    return str(label.get(lang) or label.get("zh") or otherwise) if isinstance(label, Mapping) else otherwise


def _depth(box: _Box, id_: str) -> int:
    return next((1 + _depth(c, id_) if c.id != id_ else 0 for c in box.inside if any(b.id == id_ for b in c.all())), 0)


def _leading(raw: Chart) -> Iterator[tuple[str, list[str]]]:
    """(event, targets) of every transition of a state."""
    for event, arrows in (raw.get("on") or {}).items():
        yield from ((event, targets) for targets in _targets(arrows))
    for key, mark in (("onDone", "✓"), ("always", "?"), ("after", "⏱")):
        yield from ((mark, targets) for targets in _targets(raw.get(key)))


def _targets(arrows: Json) -> Iterator[list[str]]:
    if arrows is None:
        return
    many = arrows if isinstance(arrows, list) and any(isinstance(a, Mapping) for a in arrows) else [arrows]
    for arrow in many:
        target = arrow.get("target", (arrow.get("return") or {}).get("to")) if isinstance(arrow, Mapping) else arrow
        yield [target] if isinstance(target, str) else list(target or ())


def _arrows(chart: Chart, boxes: Mapping[str, _Box]) -> Iterator[tuple[_Box, _Box, str]]:
    """One arrow for each pair of states, with all its events; what is possible from everywhere is not drawn."""
    found: dict[tuple[str, str], list[str]] = {}
    for box in boxes.values():
        if box.id:
            for event, targets in _leading(box.raw):
                for target in targets:
                    found.setdefault((box.id, target), []).append(event)
    for (source, target), events in found.items():
        if target in boxes and target != source:
            yield boxes[source], boxes[target], " · ".join(dict.fromkeys(events))


# --- places ------------------------------------------------------------------------------------------------------

def _place(box: _Box, look: Look) -> None:
    """Children in ranks by their distance from the first one; a parallel state stacks its parts."""
    if not box.inside:
        return
    for child in box.inside:
        _place(child, look)
    ranks = _ranks(box)
    head = HEAD if box.id else PAD
    along, across = PAD, 0
    for rank in range(max(ranks.values()) + 1):
        row = [c for c in box.inside if ranks[c.id] == rank]
        cross = 0
        for child in row:
            child.move(cross, along) if look.down else child.move(along, cross)
            cross += (child.w if look.down else child.h) + LANE
        across = max(across, cross - LANE)
        along += max((c.h if look.down else c.w) for c in row) + look.gap if row else 0
    for child in box.inside:
        child.move(PAD, head - PAD) if look.down else child.move(0, head)
    length = along - look.gap + PAD
    box.w, box.h = (across + 2 * PAD, length + head - PAD) if look.down else (length, across + head + PAD)


def _ranks(box: _Box) -> dict[str, int]:
    """The longest way from the first state, lifted to siblings; the parts of a parallel state all have rank 0."""
    if _type(box.raw) == "parallel":
        return {child.id: 0 for child in box.inside}
    owner = {inner.id: child.id for child in box.inside for inner in child.all()}
    leads: dict[str, list[str]] = {child.id: [] for child in box.inside}
    for child in box.inside:
        for inner in child.all():
            for _, targets in _leading(inner.raw):
                leads[child.id] += [owner[t] for t in targets if t in owner]
    order = list(leads)
    ranks = dict.fromkeys(order, 0)
    for i, name in enumerate(order):        # document order runs with the procedure; ways back do not count
        for other in leads[name]:
            if order.index(other) > i:
                ranks[other] = max(ranks[other], ranks[name] + 1)
    return ranks


# --- drawing -----------------------------------------------------------------------------------------------------

def _draw_box(box: _Box, look: Look) -> str:
    kind = "end" if _type(box.raw) == "final" else "task" if "task" in box.raw else "step"
    inner = {b.id for b in box.all()}
    classes = ["group" if box.inside else "state", kind]
    classes += ["lit"] if box.id in look.lit else ["been"] if inner & set(look.way) else []
    label = _label(box.raw.get("label"), box.id, look.lang)
    here = ' aria-current="step"' if box.id in look.lit else ""
    parts = [f'<g class="{" ".join(classes)}"{here}><title>{escape(label)}</title>'
             f'<rect class="box" x="{box.x}" y="{box.y}" width="{box.w}" height="{box.h}" rx="8"/>']
    lines = [label] if box.inside else _wrapped(label)
    top = box.y + 19 if box.inside else box.y + HEIGHT // 2 + 5 - 9 * (len(lines) - 1)
    for i, line in enumerate(lines):
        x, anchor = (box.x + PAD, "start") if box.inside else (box.x + box.w // 2, "middle")
        parts.append(f'<text x="{x}" y="{top + 18 * i}" text-anchor="{anchor}">{escape(line)}</text>')
    return "".join([*parts, "</g>"])


def _wrapped(label: str) -> list[str]:
    """At most two lines that fit a box; a Chinese character is as wide as two Latin ones."""
    lines, width = [""], 0
    for char in label:
        size = 2 if ord(char) > 0x2E7F else 1
        if width + size > 16:
            if len(lines) == 2:
                lines[1] = lines[1][:-1] + "…"
                break
            cut = lines[0].rfind(" ") + 1 if size == 1 and " " in lines[0] else len(lines[0])
            lines = [lines[0][:cut].strip(), lines[0][cut:]]
            width = sum(2 if ord(c) > 0x2E7F else 1 for c in lines[1])
        lines[-1] += char
        width += size
    return lines


def _backward(one: _Box, other: _Box, look: Look) -> bool:
    return other.y < one.y + one.h if look.down else other.x < one.x + one.w


def _draw_arrows(ways: Sequence[tuple[_Box, _Box, str]], root: _Box, look: Look) -> Iterator[str]:
    lane, names = 0, _Names(look.lang)
    for one, other, event in ways:
        nested = one in other.all() or other in one.all()
        back = _backward(one, other, look) and not nested
        lane += back
        path, tip = _path(one, other, root, look, lane if back else 0)
        passed = one.id in look.way and other.id in look.way and not back
        kind = " taken" if passed else " on" if look.named and not back else ""
        yield (f'<path class="arrow{kind}" d="{path}"><title>{escape(names.said(one, event))}</title></path>'
               f'<path class="tip" d="{tip}"/>')
        if look.named and not look.down:
            yield names.beside(one, other, event, back=back)


class _Names:
    """Names of arrows, each beside the tip of its arrow; several at one tip stand above each other."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.taken: dict[tuple[str, bool], list[str]] = {}

    def beside(self, one: _Box, other: _Box, events: str, *, back: bool) -> str:
        said = self._cut(self.said(one, events))
        above = self.taken.setdefault((other.id, back), [])
        if said in above:
            return ""
        number = len(above)
        above.append(said)
        if back and not _neighbours(one, other):
            x, y, anchor = other.x + other.w // 2 + 8, other.y + other.h + 18 + 13 * number, "start"
        elif back:
            x, y, anchor = other.x + other.w + 12, other.y + other.h // 2 + 25, "start"
        else:
            x, y, anchor = other.x - 11, other.y + other.h // 2 - 6 - 13 * number, "end"
        return f'<text class="name" x="{x}" y="{y}" text-anchor="{anchor}">{escape(said)}</text>'

    def said(self, one: _Box, events: str) -> str:
        """The words of an arrow's events, each once."""
        return " · ".join(dict.fromkeys(self._said(one.raw, event) for event in events.split(" · ")))

    def _said(self, raw: Chart, event: str) -> str:
        arrows = (raw.get("on") or {}).get(event)
        many = arrows if isinstance(arrows, list) else [arrows]
        labels = (a["label"] for a in many if isinstance(a, Mapping) and isinstance(a.get("label"), Mapping))
        return _label(next(labels, MARKS.get(event)), event, self.lang)

    @staticmethod
    def _cut(said: str) -> str:
        wide = 0
        for i, char in enumerate(said):
            wide += 6 if char.isascii() else 11
            if wide > NAME_WIDE:
                return said[:i] + "…"
        return said


def _path(one: _Box, other: _Box, root: _Box, look: Look, lane: int) -> tuple[str, str]:
    """A curve from side to side; ways back run outside, each in a lane of its own."""
    if lane and (one.x == other.x or one.y == other.y) and _neighbours(one, other):
        return _short(one, other)
    if look.down:
        x1, y1, x2, y2 = one.x + one.w // 2, one.y + one.h, other.x + other.w // 2, other.y
        if lane:
            x1, y1, x2, y2 = one.x + one.w, one.y + one.h // 2, other.x + other.w, other.y + other.h // 2
            edge = root.w + lane * 8
            return f"M{x1} {y1}C{edge} {y1} {edge} {y2} {x2 + 6} {y2}", f"M{x2} {y2}l8 -4v8z"
        mid = (y1 + y2) // 2
        return f"M{x1} {y1}C{x1} {mid} {x2} {mid} {x2} {y2 - 6}", f"M{x2} {y2}l-4 -8h8z"
    if lane:
        x1, y1, x2, y2 = one.x + one.w // 2, one.y + one.h, other.x + other.w // 2, other.y + other.h
        edge = root.h + lane * 8
        return f"M{x1} {y1}C{x1} {edge} {x2} {edge} {x2} {y2 + 6}", f"M{x2} {y2}l-4 8h8z"
    x1, y1, x2, y2 = one.x + one.w, one.y + one.h // 2, other.x, other.y + other.h // 2
    mid = (x1 + x2) // 2
    return f"M{x1} {y1}C{mid} {y1} {mid} {y2} {x2 - 6} {y2}", f"M{x2} {y2}l-8 -4v8z"


def _neighbours(one: _Box, other: _Box) -> bool:
    """Side by side with nothing between."""
    return abs(one.x - other.x) + abs(one.y - other.y) <= max(one.w, one.h) + NAME_GAP and one.w == other.w


def _short(one: _Box, other: _Box) -> tuple[str, str]:
    """A straight line between neighbours, a little off the middle so that ways there and back stay apart."""
    if one.x == other.x:
        x, down = one.x + one.w // 2 + 12, other.y > one.y
        y1, y2 = (one.y + one.h, other.y) if down else (one.y, other.y + other.h)
        return f"M{x} {y1}L{x} {y2}", f"M{x} {y2}l-4 {-8 if down else 8}h8z"
    y, right = one.y + one.h // 2 + 12, other.x > one.x
    x1, x2 = (one.x + one.w, other.x) if right else (one.x, other.x + other.w)
    return f"M{x1} {y}L{x2} {y}", f"M{x2} {y}l{-8 if right else 8} -4v8z"
