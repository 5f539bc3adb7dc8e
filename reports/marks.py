"""Marks that charts and pictures share: axes with ticks, lines with gaps, signs for legends.

Colours and line styles are left to the style sheet of the page (classes `series-0`, `series-1` …), so that
one drawing serves the light and the dark page.
"""

import itertools
import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from reports import formatting
from reports.axes import Axis
from reports.svg import element, path

SERIES = 8


def series(index: int) -> str:
    """Style class of a curve."""
    return f"series-{index % SERIES}"


def stretches(xs: Sequence[float], ys: Sequence[float | None]) -> list[list[tuple[float, float]]]:
    """The parts of a line between its gaps, which are null or not a number; infinite values stay."""
    points = zip(xs, ys, strict=True)
    groups = itertools.groupby(points, key=lambda point: point[1] is not None and not math.isnan(point[1]))
    return [[(x, y) for x, y in part if y is not None] for present, part in groups if present]


def placed(points: Iterable[tuple[float, float]], across: Axis, up: Axis) -> list[tuple[float, float]]:
    """Points in pixels."""
    return [(across.position(x), up.position(y)) for x, y in points]


def line(xs: Sequence[float], ys: Sequence[float | None], across: Axis, up: Axis, style: str) -> Markup:
    """A line that breaks at its gaps."""
    parts = [placed(part, across, up) for part in stretches(xs, ys)]
    return element("path", d=path(parts), class_=style)


def ticks_up(across: Axis, up: Axis, most: int) -> list[Markup]:
    """Horizontal grid lines with their values at the left."""
    return [
        mark
        for value in up.ticks(most)
        for mark in (
            element("path", d=f"M0 {up.position(value):.1f}H{across.end:.1f}", class_="grid"),
            element("text", formatting.tick(value), x=-6, y=up.position(value) + 4, class_="tick end"),
        )
    ]


def ticks_across(across: Axis, up: Axis, most: int, below: float) -> list[Markup]:
    """The base line and the values under it."""
    return [
        element("path", d=f"M0 {up.start:.1f}H{across.end:.1f}", class_="axis"),
        *(
            element(
                "text",
                formatting.tick(value),
                x=across.position(value),
                y=up.start + below,
                class_="tick middle",
            )
            for value in across.ticks(most)
        ),
    ]


def triangle(x: float, y: float) -> Markup:
    """A support point."""
    return element("path", d=f"M{x:.1f} {y - 4.5:.1f}l4.5 8h-9Z", class_="support")


def printed_sign(x: float, y: float, index: int) -> Markup:
    """A printed point; several sets of them in one chart differ in shape."""
    shapes = (
        f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5-5.5Z",
        f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8Z",
        f"M{x:.1f} {y - 5:.1f}l5 9h-10Z",
        f"M{x:.1f} {y + 5:.1f}l5-9h-10Z",
    )
    return element("path", d=shapes[index % len(shapes)], class_="printed")


def swatch(kind: str, index: int = 0) -> Markup:
    """The sample of a line or sign for a legend.

    Args:
        kind: "curve", "printed", "truth" or "support".
        index: Position of the curve, or of the set of printed points, in its figure.
    """
    if kind == "printed":
        content = printed_sign(14.0, 7.0, index)
    elif kind == "support":
        content = triangle(14.0, 7.0)
    else:
        style = "truth" if kind == "truth" else f"line {series(index)}"
        content = element("path", d="M1 7L27 7", class_=style)
    return element("svg", content, class_="swatch", viewBox="0 0 28 14", aria_hidden="true")
