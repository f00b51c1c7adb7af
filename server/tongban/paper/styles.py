"""Typography by its Chinese names, and the style sheet that every document starts from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongban.engine.problem import Problem

SIZES = {
    "初号": 42,
    "小初": 36,
    "一号": 26,
    "小一": 24,
    "二号": 22,
    "小二": 18,
    "三号": 16,
    "小三": 15,
    "四号": 14,
    "小四": 12,
    "五号": 10.5,
    "小五": 9,
    "六号": 7.5,
    "小六": 6.5,
    "七号": 5.5,
}
FONTS = {
    "仿宋": "'TB Latin','TB Fang','TB Light'",
    "宋体": "'TB Song'",
    "黑体": "'TB Hei','TB Song'",
    "楷体": "'TB Latin','TB Kai','TB Light'",
    "小标宋": "'TB Song'",
}
COLOURS = {"黑": "#000", "红": "#c9151e", "灰": "#555"}
ALIGN = {
    "left": "left",
    "right": "right",
    "center": "center",
    "justify": "justify",
    "左": "left",
    "右": "right",
    "居中": "center",
    "两端": "justify",
}
MARGINS = {
    "official": "37mm 26mm 35mm 28mm",
    "narrow": "18mm 16mm 18mm 16mm",
    "normal": "25mm 22mm 25mm 22mm",
    "certificate": "22mm 22mm 18mm 22mm",
}
KEYS = frozenset({"font", "size", "align", "bold", "indent", "line", "colour", "before", "after", "spacing"})

BASE = """
*{box-sizing:border-box}
html{font-family:'TB Latin','TB Fang','TB Light';font-size:12pt;line-height:1.5;color:#000}
body{margin:0}
h1{font-family:'TB Song';font-weight:700;font-size:22pt;line-height:1.35;text-align:center;margin:0 0 5mm}
h2{font-family:'TB Hei','TB Song';font-weight:400;font-size:16pt;text-align:center;margin:0 0 3mm}
p{margin:0;text-align:justify}
.sub{text-align:center;margin:-2mm 0 4mm}
.row-note{display:table;width:100%;font-size:10.5pt;margin:0 0 2mm}
.row-note span{display:table-cell}
.row-note span+span{text-align:right}
.letter p{font-size:16pt;line-height:29pt;text-indent:2em}
.letter p.flush{text-indent:0}
.letter .close{margin-top:14mm}
table{width:100%;border-collapse:collapse;margin:0}
table.form+table,table.grid+table.form,table.opinion+table{margin-top:-.75pt}
table+p,table+h1,table+h2{margin-top:3mm}
.gap{display:inline-block;width:.25em}
td img.hand{height:14mm}
td,th{border:.75pt solid #000;padding:1.4mm 2mm;vertical-align:middle;font-weight:400;overflow-wrap:anywhere}
th{text-align:center;font-family:'TB Song';font-size:10.5pt}
td{font-size:10.5pt}
.letter table td,.letter table th{font-size:12pt}
tr{break-inside:avoid}
tr.top{break-after:avoid}
p+table{margin-top:3mm}
.side .qr{margin-top:14mm}
.letter .qr{font-size:8pt;line-height:1.4}
.letter .qr div{display:block;margin-top:1mm}
.signoff,.side,table + .qr{break-before:avoid}
.form{table-layout:fixed}
.form th{width:17%} .form td.half{width:33%}
.form th.section{font-family:'TB Hei','TB Song';text-align:center;font-size:12pt;background:#f1f1ee;width:auto;
 padding:1mm 2mm}
.form th,.form td{height:8.2mm}
.grid th{width:auto}
.num{text-align:right;white-space:nowrap}
.mid{text-align:center}
.opinion th{width:17%;font-size:12pt;line-height:1.35}
.opinion td{padding:0}
.words{min-height:20mm;padding:2.5mm 3mm 0}
.words p{text-indent:2em}
.foot{position:relative;height:19mm;font-size:10.5pt;line-height:6mm;text-align:right;padding:0 5mm 0 0}
.foot img.seal{position:absolute;width:34mm;height:34mm;right:2mm;top:-14mm}
.foot img.hand{height:9mm;vertical-align:middle;margin:-2mm 1mm}
.parties td{width:50%;vertical-align:top;border:0;padding:2mm 4mm 6mm 0}
.parties div{position:relative;height:38mm}
.parties p{text-indent:0;line-height:1.9}
.parties img.seal{position:absolute;width:34mm;height:34mm;left:24mm;top:0}
.parties img.hand{height:10mm;vertical-align:middle}
.signoff{position:relative;height:46mm;margin-top:6mm;break-inside:avoid}
.signoff div{position:absolute;right:4mm;top:12mm;text-align:center;white-space:nowrap;font-size:16pt;line-height:29pt}
.signoff img{position:absolute;left:50%;top:-11mm;width:42mm;height:42mm;margin-left:-21mm}
.head{color:#c9151e;text-align:center;font-family:'TB Song';font-weight:700;font-size:36pt;line-height:1.2;
 letter-spacing:.12em;margin:0 0 4mm}
.head-number{text-align:center;font-size:16pt;margin:0 0 2mm}
.head-line{border:0;border-top:2.2pt solid #c9151e;margin:0 0 12mm}
.facts{width:100%;margin:0;table-layout:fixed}
.facts td,.facts th{border:0;height:9mm;padding:1.1mm 0;font-size:12pt;text-align:left;vertical-align:baseline}
.facts th{width:27%;font-family:'TB Latin','TB Fang','TB Light';white-space:nowrap;padding-right:3mm}
.facts small{display:block;font-size:7.5pt;color:#444;text-align-last:left;line-height:1.1}
.photo{width:25mm;height:35mm;border:.5pt solid #777;display:block;object-fit:cover}
.photo.empty{text-align:center;padding-top:12mm;font-size:9pt;color:#777}
.qr{font-size:9pt;line-height:1.45;break-inside:avoid;margin-top:4mm;white-space:nowrap}
.qr img{image-rendering:pixelated;width:24mm;height:24mm;vertical-align:middle;margin-right:3mm}
.qr div{display:inline-block;vertical-align:middle}
.qr.big img{width:34mm;height:34mm}
.clauses{margin:0;padding:0;list-style:none}
.clauses li{font-size:16pt;line-height:29pt;text-indent:2em;text-align:justify}
.clauses b{white-space:nowrap;font-family:'TB Hei','TB Song';font-weight:400}
.side{display:table;width:100%;table-layout:fixed}
.side>div{display:table-cell;vertical-align:top;padding-right:4mm}
.letter.form-page p{font-size:12pt;line-height:1.6}
.spread{letter-spacing:.3em}
hr{border:0;border-top:.75pt solid #000;margin:3mm 0}
.end{break-after:page}
.demo{position:fixed;left:0;right:0;top:42%;text-align:center;font-family:'TB Song';font-weight:700;font-size:76pt;
 line-height:1;color:#0000;color:rgba(90,90,90,.10);transform:rotate(-28deg);z-index:9}
.frame{position:fixed;border:1.6pt solid #9c8146;outline:.5pt solid #9c8146;outline-offset:1.4mm}
"""


def page_css(layout: Mapping[str, Any], kind: str, header: str, footer: str) -> str:
    """Paper, margins and what stands in them. `header` and `footer` are CSS content values."""
    page = layout.get("page") or {}
    wide = page.get("orientation") == "landscape"
    margin = MARGINS.get(page.get("margin", ""), MARGINS["official"])
    small = "font-family:'TB Latin','TB Fang','TB Light';font-size:9pt;color:#333"
    return (
        f"@page{{size:A4 {'landscape' if wide else 'portrait'};margin:{margin};"
        f"@top-right{{content:{header or 'none'};{small}}}"
        f"@bottom-center{{content:{footer or 'none'};{small}}}}}"
    )


def inline(style: Any, named: Mapping[str, Any]) -> str:
    """A block's style as declarations: a name from the layout's styles, or an object."""
    if isinstance(style, str):
        style = named.get(style)
    if not isinstance(style, Mapping):
        return ""
    size = SIZES.get(style.get("size", ""))
    parts = {
        "font-family": FONTS.get(style.get("font", "")),
        "font-size": size and f"{size}pt",
        "font-weight": "700" if style.get("bold") or style.get("font") == "小标宋" else None,
        "text-align": ALIGN.get(style.get("align", "")),
        "color": COLOURS.get(style.get("colour", "")),
        "text-indent": _measure(style.get("indent"), "em"),
        "line-height": _measure(style.get("line"), ""),
        "margin-top": _measure(style.get("before"), "mm"),
        "margin-bottom": _measure(style.get("after"), "mm"),
        "letter-spacing": _measure(style.get("spacing"), "em"),
    }
    return ";".join(f"{name}:{value}" for name, value in parts.items() if value is not None)


def problems(style: Any, named: Mapping[str, Any], at: str) -> list[Problem]:
    """What is wrong with a style: unknown names and values."""
    if isinstance(style, str):
        return [] if style in named else [Problem("document.unknown_style", at, {"style": style})]
    if not isinstance(style, Mapping):
        return [Problem("document.unknown_style", at, {"style": str(style)})]
    tables: dict[str, Mapping[str, Any]] = {"font": FONTS, "size": SIZES, "align": ALIGN, "colour": COLOURS}
    found = [Problem("document.unknown_style", f"{at}/{key}", {"style": key}) for key in style if key not in KEYS]
    found += [
        Problem("document.unknown_style", f"{at}/{key}", {"style": str(style[key])})
        for key, known in tables.items()
        if key in style and style[key] not in known
    ]
    found += [
        Problem("document.unknown_style", f"{at}/{key}", {"style": str(style[key])})
        for key in ("indent", "line", "before", "after", "spacing")
        if key in style and _measure(style[key], "") is None
    ]
    return found


def content(parts: list[str]) -> str:
    """A CSS content value from texts and counters (`counter(page)` parts stay as they are)."""
    return " ".join(p if p in ("counter(page)", "counter(pages)") else f'"{_css(p)}"' for p in parts)


def _css(text: str) -> str:
    return "".join(c if c.isalnum() or c in " -—·，。、：（）" else f"\\{ord(c):06x}" for c in text)


def _measure(value: Any, unit: str) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and -1 <= value <= 100:
        return f"{value}{unit}"
    return None
