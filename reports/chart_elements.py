"""Elements of all charts: SVG elements, axes, lines with gaps, symbols and legend swatches.

Colours and dash patterns are left to the style sheet of the page (classes `series-0`, `series-1`, ...), so one
drawing serves both the light and the dark theme.
"""

import itertools
import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports import formatting

SERIES = 8

Point = tuple[float, float]

_MARGIN = 0.05
# A chart extends this many times beyond the largest anchor.
_EXTENT, _EXTENT_LOGARITHMIC = 1.5, 3.0
# Anchors larger than this many times the median anchor are ignored.
_OUTLIER, _OUTLIER_LOGARITHMIC = 1e2, 1e3
# A logarithmic chart extends down to this share of the smallest anchor.
_SMALLEST = 1e-4


def element(name: str, *children: str, **attributes: object) -> Markup:
    """Returns one SVG element; text and attribute values are escaped.

    Args:
        name: Tag name.
        *children: Text, or elements returned by this function.
        **attributes: Attributes. Underscores become hyphens, a trailing underscore is dropped (`class_`), and
            floats are rounded to a tenth of a pixel.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value)) for key, value in attributes.items()
    )
    if not children:
        return Markup("<{}{}/>").format(Markup(name), written)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, Markup("").join(children))


def drawing(width: float, height: float, label: str, *children: str, class_: str) -> Markup:
    """Returns a complete SVG image with an accessible name; the page scales it to the width of its column."""
    view_box = f"0 0 {width:g} {height:g}"
    return element("svg", *children, class_=class_, viewBox=view_box, role="img", aria_label=label)


def path(lines: list[list[Point]]) -> str:
    """Returns the path data of several unconnected lines, which are lists of (x, y) in pixels."""
    return "".join(
        "".join(f"{'L' if index else 'M'}{_value(x)} {_value(y)}" for index, (x, y) in enumerate(line))
        for line in lines
    )


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A mapping from values to pixels.

    Attributes:
        low: Smallest value shown.
        high: Largest value shown.
        start: Pixel of `low`.
        end: Pixel of `high`; smaller than `start` for a vertical axis.
        logarithmic: Whether the scale is logarithmic.
        linear_within: On a symmetric logarithmic scale, which also shows negative values, the distance from 0 within
            which it is linear; 0 for every other scale.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False
    linear_within: float = 0.0

    def position(self, value: float) -> float:
        """Returns the pixel of a value, at most one axis length beyond either end."""
        share = (self._scaled(value) - self._scaled(self.low)) / (self._scaled(self.high) - self._scaled(self.low))
        return self.start + min(max(share, -1.0), 2.0) * (self.end - self.start)

    def shows(self, value: float | None) -> bool:
        """Returns whether a value is finite and within the axis."""
        return value is not None and math.isfinite(value) and self.low <= value <= self.high

    def ticks(self, most: int = 6) -> tuple[float, ...]:
        """Returns round values within the axis, about `most` of them or fewer."""
        if self.linear_within:
            return _symmetric_ticks(self.low, self.high, self.linear_within, most)
        if self.logarithmic:
            return _logarithmic_ticks(self.low, self.high, most)
        return _linear_ticks(self.low, self.high, most)

    def _scaled(self, value: float) -> float:
        if self.linear_within:
            share = abs(value) / self.linear_within
            return math.copysign(share if share <= 1 else 1 + math.log10(share), value)
        if not self.logarithmic:
            return value
        return math.log10(value) if value > 0 else -math.inf


def finite(values: Iterable[float | None]) -> list[float]:
    """Returns the values that are finite numbers."""
    return [value for value in values if value is not None and math.isfinite(value)]


def horizontal(xs: Iterable[float | None], width: float) -> Axis:
    """Returns a horizontal axis, `width` pixels long, that shows all finite values."""
    values = finite(xs) or [0.0, 1.0]
    low, high = padded(min(values), max(values))
    return Axis(low=low, high=high, start=0.0, end=width)


def limits(values: Sequence[float], anchors: Sequence[float], *, logarithmic: bool = False) -> Point:
    """Returns the range of values to show, chosen so that a diverged curve does not flatten the others.

    Args:
        values: All finite values of the chart.
        anchors: Finite values that set the scale. Anchors that are far larger than the others are ignored.
        logarithmic: Whether the axis is logarithmic; then only positive values count.

    Returns:
        The lowest and the highest value to show, with a small margin.
    """
    extent, outlier = (_EXTENT_LOGARITHMIC, _OUTLIER_LOGARITHMIC) if logarithmic else (_EXTENT, _OUTLIER)
    sizes = sorted(abs(anchor) for anchor in anchors if anchor) or [1.0]
    typical = statistics.median_low(sizes)
    ceiling = extent * max(size for size in sizes if size <= outlier * typical)
    floor = _SMALLEST * sizes[0] if logarithmic else -ceiling
    shown = [value for value in values if floor <= value <= ceiling] or [1.0]
    return padded(min(shown), max(shown), logarithmic=logarithmic)


def padded(low: float, high: float, *, logarithmic: bool = False) -> Point:
    """Returns the range with a margin of a twentieth at both ends; a single value gets a range around it."""
    if logarithmic:
        factor = (high / low) ** _MARGIN if high > low else 2.0
        return low / factor, high * factor
    margin = (high - low) * _MARGIN or abs(high) * _MARGIN or 1.0
    return low - margin, high + margin


def series(index: int) -> str:
    """Returns the style class of a curve."""
    return f"series-{index % SERIES}"


def segments(xs: Sequence[float], ys: Sequence[float | None]) -> list[list[Point]]:
    """Returns a line as the segments between its gaps (null or NaN); infinite values are kept."""
    points = zip(xs, ys, strict=True)
    groups = itertools.groupby(points, key=lambda point: point[1] is not None and not math.isnan(point[1]))
    return [[(x, y) for x, y in segment if y is not None] for present, segment in groups if present]


def in_pixels(points: Iterable[Point], across: Axis, up: Axis) -> list[Point]:
    """Returns points in pixels."""
    return [(across.position(x), up.position(y)) for x, y in points]


def line(xs: Sequence[float], ys: Sequence[float | None], across: Axis, up: Axis, style: str) -> Markup:
    """Draws a line that is interrupted at its gaps."""
    pixels = [in_pixels(segment, across, up) for segment in segments(xs, ys)]
    return element("path", d=path(pixels), class_=style)


def vertical_ticks(across: Axis, up: Axis, most: int) -> list[Markup]:
    """Draws horizontal grid lines with their values on the left."""
    return [
        item
        for value in up.ticks(most)
        for item in (
            element("path", d=f"M0 {up.position(value):.1f}H{across.end:.1f}", class_="grid"),
            element("text", formatting.tick(value), x=-6, y=up.position(value) + 4, class_="tick end"),
        )
    ]


def horizontal_ticks(across: Axis, up: Axis, most: int, below: float) -> list[Markup]:
    """Draws the horizontal axis with its values `below` pixels under it."""
    y = up.start + below
    return [
        element("path", d=f"M0 {up.start:.1f}H{across.end:.1f}", class_="axis"),
        *(
            element("text", formatting.tick(value), x=across.position(value), y=y, class_="tick middle")
            for value in across.ticks(most)
        ),
    ]


def support_point(x: float, y: float) -> Markup:
    """Draws a support point as a triangle."""
    return element("path", d=f"M{x:.1f} {y - 4.5:.1f}l4.5 8h-9Z", class_="support")


def goal(x: float, y: float) -> Markup:
    """Draws a goal as a star with five points."""
    corners = [(6.5 if corner % 2 == 0 else 2.7, math.pi * (corner / 5 - 0.5)) for corner in range(10)]
    star = [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for radius, angle in corners]
    return element("path", d=f"{path([star])}Z", class_="goal")


def published_point(x: float, y: float, index: int) -> Markup:
    """Draws a published point; several sets of them in one chart have different shapes."""
    shapes = (
        f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5-5.5Z",
        f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8Z",
        f"M{x:.1f} {y - 5:.1f}l5 9h-10Z",
        f"M{x:.1f} {y + 5:.1f}l5-9h-10Z",
    )
    return element("path", d=shapes[index % len(shapes)], class_="printed")


def swatch(kind: str, index: int = 0) -> Markup:
    """Draws the line or symbol of a legend entry.

    Args:
        kind: "curve", "published" (a curve of others), "printed", "truth", "support", "goal" or "ours".
        index: Position of the curve, or of the set of published points, in its figure.
    """
    if kind == "printed":
        content = published_point(14.0, 7.0, index)
    elif kind == "support":
        content = support_point(14.0, 7.0)
    elif kind == "goal":
        content = goal(14.0, 7.0)
    elif kind == "ours":
        content = element("circle", cx=14, cy=7, r=4, class_="seed")
    else:
        named = "line published" if kind == "published" else "line"
        style = "truth" if kind == "truth" else f"{named} {series(index)}"
        content = element("path", d="M1 7L27 7", class_=style)
    return element("svg", content, class_="swatch", viewBox="0 0 28 14", aria_hidden="true")


def _linear_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(index * step for index in range(first, last + 1))


def _logarithmic_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    ticks = next(found for sizes in _sizes(low, high) if len(found := _within(low, high, sizes)) <= most)
    # Less than a decade may hold no two sizes of a logarithmic scale.
    return ticks if len(ticks) > 1 else _linear_ticks(low, high, most)


def _symmetric_ticks(low: float, high: float, linear_within: float, most: int) -> tuple[float, ...]:
    farthest = max(abs(low), abs(high))
    outside = (_within(linear_within, farthest, sizes) for sizes in _sizes(linear_within, farthest))
    sides = ((*(-size for size in reversed(sizes)), 0.0, *sizes) for sizes in outside)
    ticks = next(found for side in sides if len(found := _within(low, high, side)) <= most)
    return ticks if len(ticks) > 1 else _linear_ticks(low, high, most)


def _within(low: float, high: float, candidates: Sequence[float]) -> tuple[float, ...]:
    return tuple(value for value in candidates if low <= value <= high)


def _sizes(low: float, high: float) -> Iterator[tuple[float, ...]]:
    """Yields round sizes on a logarithmic scale, ever fewer: 1, 2 and 5 of each decade, 1 and 3, every decade, ..."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1, 2, 5), (1, 3)):
        yield tuple(factor * 10.0**power for power in range(first, last + 1) for factor in factors)
    for stride in itertools.count(1):
        yield tuple(10.0**power for power in range(first, last + 1) if power % stride == 0)


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
