"""Outlines with fewer points: traced brush strokes become polygons that nobody can tell from them on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Point = tuple[float, float]
STEPS = 4  # points taken from a curve; the traced ones are short
_WEIGHTS = [((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3)
            for t in (step / STEPS for step in range(1, STEPS + 1))]


def polygons(drawn: Iterable[tuple[str, Sequence[Any]]], rough: float, scale: float) -> Iterator[list[tuple[int, int]]]:
    """The closed contours of a recorded glyph, no edge moved by more than `rough`, turned round for TrueType."""
    for contour in _contours(drawn):
        kept = _closed(contour, rough)
        points = [(round(x * scale), round(y * scale)) for x, y in kept]
        points = [point for at, point in enumerate(points) if point != points[at - 1]]
        if len(points) > 2:
            yield points[::-1]


def _contours(drawn: Iterable[tuple[str, Sequence[Any]]]) -> Iterator[list[Point]]:
    current: list[Point] = []
    for step, points in drawn:
        if step == "moveTo":
            current = [points[0]]
        elif step == "lineTo":
            current.append(points[0])
        elif step == "curveTo":
            current += _curve(current[-1], *points)
        elif step == "closePath" and len(current) > 2:
            yield current


def _curve(a: Point, b: Point, c: Point, d: Point) -> Iterator[Point]:
    for p, q, r, s in _WEIGHTS:
        yield (p * a[0] + q * b[0] + r * c[0] + s * d[0], p * a[1] + q * b[1] + r * c[1] + s * d[1])


def _closed(points: list[Point], rough: float) -> list[Point]:
    """Both halves, cut at the point farthest from the first."""
    if points[0] == points[-1]:
        points = points[:-1]
    x, y = points[0]
    far = max(range(len(points)), key=lambda at: (points[at][0] - x) ** 2 + (points[at][1] - y) ** 2)
    return _thinned(points[: far + 1], rough)[:-1] + _thinned([*points[far:], points[0]], rough)[:-1]


def _thinned(points: list[Point], rough: float) -> list[Point]:
    """Ramer's way: a point stays where the line without it would be more than `rough` away."""
    kept, open_ = {0, len(points) - 1}, [(0, len(points) - 1)]
    while open_:
        first, last = open_.pop()
        away, at = _farthest(points, first, last)
        if away > rough:
            kept.add(at)
            open_ += [(first, at), (at, last)]
    return [points[at] for at in sorted(kept)]


def _farthest(points: list[Point], first: int, last: int) -> tuple[float, int]:
    """How far the points between two are from the line through them, at most; and which one."""
    (x, y), (end_x, end_y) = points[first], points[last]
    across, up = end_x - x, end_y - y
    length = (across * across + up * up) ** 0.5
    most, found = 0.0, first
    for at in range(first + 1, last):
        dx, dy = points[at][0] - x, points[at][1] - y
        away = abs(dx * up - dy * across) / length if length else (dx * dx + dy * dy) ** 0.5
        if away > most:
            most, found = away, at
    return most, found
