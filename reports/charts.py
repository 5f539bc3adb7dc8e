"""Curves as SVG: figures of the paper, with published curves and points."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from reports import chart_elements, formatting
from reports.chart_elements import Axis, Point, drawing, element, finite, in_pixels, path

_WIDTH, _HEIGHT = 480, 300
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 34, 10, 46
_MOST_TICKS = 6
_MOST_DOTS = 30
_MOST_DESCRIBED = 12
# Matplotlib's default, with which the paper's figures were drawn.
_LINEAR_WITHIN = 2.0
# The given limits of such a scale are widened to values at most this many times as large, with this relative margin.
_FARTHEST, _MARGIN = 100.0, 0.3

Line = Mapping[str, Any]


def line_chart(figure: Mapping[str, Any]) -> Markup:
    """Draws curves with their bands, and the published points on top.

    Args:
        figure: One entry of `figures` in the report data. Its `y_scale` is "linear", "log", or "symlog", which is
            logarithmic on both sides of 0 and needs `y_limits`, which are widened to show its lines. A curve may
            name its `series`, so that two curves share a colour, and be `published`, a result of others.

    Returns:
        An SVG element whose accessible name describes every curve and lists the published points.
    """
    across, up = _axes(figure)
    curves = [(style_of(curve, index), curve) for index, curve in enumerate(figure["curves"])]
    inside = [
        *(_band(curve, style, across, up) for style, curve in curves),
        *(_curve(curve, style, across, up) for style, curve in curves),
        *(_published(points, index, across, up) for index, points in enumerate(figure["printed"])),
    ]
    plot = element(
        "g",
        *chart_elements.vertical_ticks(across, up, _MOST_TICKS),
        *chart_elements.horizontal_ticks(across, up, _MOST_TICKS, 20.0),
        element("text", figure["x_label"], x=across.end / 2, y=up.start + 41, class_="label middle"),
        element("text", figure["y_label"], x=4 - _LEFT, y=-18, class_="label"),
        element("svg", *inside, width=across.end, height=up.start),
        *(_arrow(curve, style, across, up) for style, curve in curves),
        transform=f"translate({_LEFT} {_TOP})",
    )
    return drawing(_WIDTH, _HEIGHT, _description(figure), plot, class_="chart")


def style_of(curve: Line, index: int) -> str:
    """Returns the style classes of the curve at a position in its figure."""
    published = "published " if curve.get("published") else ""
    return published + chart_elements.series(curve.get("series", index))


def legend_swatch(curve: Line, index: int) -> Markup:
    """Draws the line of the legend entry of the curve at a position in its figure."""
    return chart_elements.swatch("published" if curve.get("published") else "curve", curve.get("series", index))


def outside_chart(figure: Mapping[str, Any]) -> list[str]:
    """Returns sentences about the curves and bands that the chart cannot show completely."""
    _, up = _axes(figure)
    sentences = []
    for curve in figure["curves"]:
        clauses = _leaving(curve, up) + _not_finite(curve)
        if clauses:
            sentences.append(f"{curve['label']} {' and '.join(clauses)}.")
        wide = [x for x, *edges in itertools.chain(*_band_segments(curve)) if not all(map(up.shows, edges))]
        if wide:
            sentences.append(f"The band of {curve['label']} extends beyond the chart at {_range(wide)}.")
    return sentences


def _axes(figure: Mapping[str, Any]) -> tuple[Axis, Axis]:
    curves, published = figure["curves"], figure["printed"]
    across = chart_elements.horizontal(
        (x for line in [*curves, *published] for x in line["x"]), _WIDTH - _LEFT - _RIGHT
    )
    start = _HEIGHT - _TOP - _BOTTOM
    if fixed := figure.get("y_limits"):
        within = _LINEAR_WITHIN if figure["y_scale"] == "symlog" else 0.0
        low, high = _containing(fixed, figure, symmetric=bool(within))
        return across, Axis(low=low, high=high, start=start, end=0.0, linear_within=within)
    points = finite(y for line in published for y in line["y"])
    anchors = [*points, *itertools.chain(*map(_anchors, curves))]
    values = finite(y for curve in curves for ys in (curve["centre"], *_edges(curve)) for y in ys)
    logarithmic = figure["y_scale"] == "log"
    low, high = chart_elements.limits([*points, *values], anchors, logarithmic=logarithmic)
    return across, Axis(low=low, high=high, start=start, end=0.0, logarithmic=logarithmic)


def _containing(limits: Sequence[float], figure: Mapping[str, Any], *, symmetric: bool) -> tuple[float, float]:
    """Returns the given limits, wide enough for all lines where the scale has room for values of every size."""
    if not symmetric:
        return limits[0], limits[1]
    farthest = _FARTHEST * max(map(abs, limits))
    values = [y for y in finite(y for curve in figure["curves"] for y in curve["centre"]) if abs(y) <= farthest]
    low = min([limits[0], *(y - _MARGIN * abs(y) for y in values)])
    return low, max([limits[1], *(y + _MARGIN * abs(y) for y in values)])


def _anchors(curve: Line) -> list[float]:
    """Returns the values of a curve that set the scale: its start and, if it stays finite, its largest value."""
    centre = finite(curve["centre"])
    if len(centre) < len(curve["centre"]):
        return centre[:1]
    return [*centre[:1], max(centre, key=abs, default=0.0)]


def _edges(curve: Line) -> tuple[Sequence[float | None], Sequence[float | None]]:
    """Returns the lower and the upper edge of the band; both are empty if the curve has none."""
    return curve.get("low") or [], curve.get("high") or []


def _band_segments(curve: Line) -> list[list[tuple[float, float, float]]]:
    """Returns the segments of a band as (x, lower edge, upper edge); a missing edge is infinite."""
    low, high = _edges(curve)
    corners = zip(curve["x"], low, high, strict=True) if low and high else iter(())
    groups = itertools.groupby(corners, key=lambda corner: _is_number(corner[1]) or _is_number(corner[2]))
    return [
        [(x, _or(bottom, -math.inf), _or(top, math.inf)) for x, bottom, top in segment]
        for present, segment in groups
        if present
    ]


def _or(value: float | None, default: float) -> float:
    return default if value is None or math.isnan(value) else value


def _is_number(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def _band(curve: Line, style: str, across: Axis, up: Axis) -> Markup:
    """Fills a band that stays in the chart, and draws only the edges of one that leaves it and would cover the rest."""
    filled, edges = [], []
    for segment in _band_segments(curve):
        low, high = [(x, low) for x, low, _ in segment], [(x, high) for x, _, high in segment]
        if all(up.shows(y) for _, y in (*low, *high)):
            filled.append(in_pixels([*low, *reversed(high)], across, up))
        else:
            edges += [in_pixels(low, across, up), in_pixels(high, across, up)]
    outline = element("path", d=path(edges), class_=f"edge {style}") if edges else Markup("")
    return element("path", d=path(filled), class_=f"band {style}") + outline


def _curve(curve: Line, style: str, across: Axis, up: Axis) -> Markup:
    """Draws a line; a short one also gets a dot per point, with the value as a tooltip."""
    drawn = chart_elements.line(curve["x"], curve["centre"], across, up, f"line {style}")
    if len(curve["x"]) > _MOST_DOTS:
        return drawn
    dots = (
        element(
            "circle",
            element("title", f"{curve['label']}, {formatting.tick(x)}: {formatting.number(y)}"),
            cx=across.position(x),
            cy=up.position(y),
            r=2.5,
            class_=f"dot {style}",
        )
        for x, y in _points(curve)
        if up.shows(y)
    )
    return drawn + Markup("").join(dots)


def _arrow(curve: Line, style: str, across: Axis, up: Axis) -> Markup:
    """Draws an arrow where a curve first leaves the chart."""
    points = _points(curve)
    leaving = next((place for place, (_, y) in enumerate(points) if not up.shows(y)), None)
    if leaving is None:
        return Markup("")
    before, after = in_pixels([points[max(leaving - 1, 0)], points[leaving]], across, up)
    edge, direction = (up.end, -1) if after[1] < up.end else (up.start, 1)
    share = (edge - before[1]) / (after[1] - before[1]) if leaving else 1.0
    x = before[0] + share * (after[0] - before[0])
    data = path([[(x - 4, edge + direction), (x + 4, edge + direction), (x, edge + 9 * direction)]])
    return element("path", d=f"{data}Z", class_=f"exit {style}")


def _published(points: Line, index: int, across: Axis, up: Axis) -> Markup:
    spreads = points.get("plus_minus") or [None] * len(points["x"])
    return Markup("").join(
        element(
            "g",
            element("title", f"{points['label']}, {formatting.tick(x)}: {formatting.printed(y, spread)}"),
            _whisker(x, y, spread or 0.0, across, up),
            chart_elements.published_point(across.position(x), up.position(y), index),
        )
        for x, y, spread in zip(points["x"], points["y"], spreads, strict=True)
        if up.shows(y)
    )


def _whisker(x: float, y: float, spread: float, across: Axis, up: Axis) -> Markup:
    return element("path", d=path([in_pixels([(x, y - spread), (x, y + spread)], across, up)]), class_="whisker")


def _points(curve: Line) -> list[Point]:
    """Returns the points that have a value, which may be infinite."""
    return list(itertools.chain(*chart_elements.segments(curve["x"], curve["centre"])))


def _leaving(curve: Line, up: Axis) -> list[str]:
    points = [(x, y) for x, y in _points(curve) if math.isfinite(y) and not up.shows(y)]
    if not points:
        return []
    extreme = max((y for _, y in points), key=abs)
    return [f"leaves the chart at {_range([x for x, _ in points])} (up to {formatting.number(extreme)})"]


def _not_finite(curve: Line) -> list[str]:
    pairs = zip(curve["x"], curve["centre"], strict=True)
    xs = [x for x, y in pairs if y is None or not math.isfinite(y)]
    return [f"has no finite value at {_range(xs)}"] if xs else []


def _range(xs: Sequence[float]) -> str:
    first, last = formatting.tick(xs[0]), formatting.tick(xs[-1])
    return first if len(xs) == 1 else f"{first} to {last}"


def _description(figure: Mapping[str, Any]) -> str:
    lines = [(curve["label"], curve["x"], curve["centre"]) for curve in figure["curves"]]
    lines += [(points["label"], points["x"], points["y"]) for points in figure["printed"]]
    values = (
        f"{label}: " + ", ".join(f"{formatting.number(y)} at {formatting.tick(x)}" for x, y in _thinned(xs, ys))
        for label, xs, ys in lines
    )
    return f"{figure['title']}. {figure['y_label']} against {figure['x_label']}. {'. '.join(values)}."


def _thinned(xs: Sequence[float], ys: Sequence[float | None]) -> list[tuple[float, float | None]]:
    """Returns at most a dozen points, evenly spread over the line."""
    points = list(zip(xs, ys, strict=True))
    return points[:: math.ceil(len(points) / _MOST_DESCRIBED) or 1]
