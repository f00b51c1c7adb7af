"""The drawings of the pages: one stroke, one weight, 24 by 24, 1.75 wide. Beside a word, so hidden from readers."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup

_SHAPES = {
    "home": "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9",
    "inbox": "M4 13.5 6.5 5h11L20 13.5V19H4v-5.5Zm0 0h5c.4 1.8 1.5 2.5 3 2.5s2.6-.7 3-2.5h5",
    "book": "M5 5.5C7.5 4.6 10 4.8 12 6.3c2-1.5 4.5-1.7 7-.8V18c-2.5-.9-5-.7-7 .8-2-1.5-4.5-1.7-7-.8V5.5ZM12 6.3v12.5",
    "case": "M7 4h7l4 4v12H7V4Zm7 0v4h4M10 12.5h5M10 16h5",
    "person": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 8c.6-3.5 3.2-5 7-5s6.4 1.5 7 5",
    "bell": "M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5l1.5-1.5ZM10 20.5h4",
    "search": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.8-1.7L20 20",
    "tick": "m5 12.5 4.5 4.5L19 7.5",
    "cross": "m6.5 6.5 11 11m0-11-11 11",
    "clock": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-12.5V12l3 2",
    "wait": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM8.5 12h.01M12 12h.01M15.5 12h.01",
    "alert": "M12 4.5 21 19.5H3L12 4.5Zm0 6v4m0 2.5v.01",
    "info": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-8.5V16m0-8v.01",
    "back": "M19 12H5m6-6-6 6 6 6",
    "next": "M5 12h14m-6-6 6 6-6 6",
    "return": "M9 7 4.5 11.5 9 16M5 11.5h9.5a4.5 4.5 0 0 1 0 9H11",
    "stop": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM6.5 6.5l11 11",
    "gear": "M5 7h8m4 0h2M5 12h2m4 0h8M5 17h6m4 0h4M15 5v4M9 10v4M13 15v4",
    "file": "M7 4h7l4 4v12H7V4Zm7 0v4h4",
    "down": "M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 19.5h14",
    "seal": "M12 14V9.5M9 6.5a3 3 0 1 1 6 0c0 1.5-1 2.3-1.5 4H18v4H6v-4h4.5C10 8.8 9 8 9 6.5ZM6 18.5h12",
    "people": ("M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 8c.4-3 2.5-4.5 6-4.5s5.6 1.5 6 4.5M16 5a3.2 3.2 0 0 "
            "1 0 6.3M18 15.4c1.7.7 2.7 2.1 3 4.1"),
    "flow": "M4 5h6v5H4V5Zm10 9h6v5h-6v-5ZM7 10v6.5h7",
    "moon": "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
    "plus": "M12 5v14M5 12h14",
    "send": "M12 16V5m-4.5 4.5L12 5l4.5 4.5M5 19.5h14",
    "bag": "M5.5 8.5h13L20 20H4L5.5 8.5ZM9 11V7a3 3 0 0 1 6 0v4",
    "scan": "M4 8V5h3m10 0h3v3m0 8v3h-3M7 19H4v-3m0-4h16",
    "offline": ("M4 4l16 16M8.5 15.5a5 5 0 0 1 5-1.3M5.5 12.2a9.5 9.5 0 0 1 4-2.3M2.5 9a14 14 0 0 1 5-2.8M12 5.4A14 "
            "14 0 0 1 21.5 9M15.5 10.6c1.1.4 2.1 1 3 1.7M12 19v.01"),
}


@cache
def icon(name: str, css: str = "ico") -> Markup:
    """A drawing by its name; `css` = its class, "" for none."""
    wanted = Markup(' class="{}"').format(css) if css else ""
    return Markup('<svg{} viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>').format(wanted, _SHAPES[name])


def logo() -> Markup:
    """The mark: a way that passes through a gate."""
    return _LOGO


def seal(word: str) -> Markup:
    """The seal of a step: a ring, a star, the words of the decision. Formal acts only."""
    size = 17 if len(word) <= 3 else (13 if len(word) <= 4 else 10)
    return _SEAL.format(size, word)


_LOGO = Markup(
    '<svg viewBox="0 0 26 26" aria-hidden="true" focusable="false"><rect width="26" height="26" rx="5" '
    'fill="currentColor"/><path d="M10 4v5M10 17v5M17 4v5M17 17v5" stroke="var(--on-pine)" stroke-width="2.2" '
    'stroke-linecap="round"/><path d="M4.5 13h16.5m-4-4L21 13l-4 4" fill="none" stroke="var(--on-pine)" '
    'stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg>')
_SEAL = Markup(
    '<svg class="seal" viewBox="0 0 80 80" aria-hidden="true" focusable="false"><circle cx="40" cy="40" r="36" '
    'fill="none" stroke="currentColor" stroke-width="3"/><path d="m40 12.5 3.3 6.7 7.4 1.1-5.4 5.2 1.3 7.4-6.6-3.5-6.6 '
    '3.5 1.3-7.4-5.4-5.2 7.4-1.1Z" fill="currentColor"/><text x="40" y="57" text-anchor="middle" fill="currentColor" '
    'font-size="{}" font-weight="600">{}</text></svg>')
