"""The paper's curves redrawn: a figure dictionary in, SVG out."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from reports import axes, formatting, marks
from reports.axes import Axis
from reports.svg import drawing, element, path

_WIDTH, _HEIGHT = 480, 300
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 30, 10, 42
_MOST_DOTS = 30
_MOST_TOLD = 12

Line = Mapping[str, Any]


def line_chart(figure: Mapping[str, Any]) -> Markup:
    """Draws curves with their bands, and the printed points on top.

    Args:
        figure: One entry of `figures` in the report data.

    Returns:
        An SVG element whose accessible name tells every curve and every printed point.
    """
    across, up = _axes(figure)
    curves = list(enumerate(figure["curves"]))
    inside = [
        *(_band(curve, index, across, up) for index, curve in curves),
        *(_curve(curve, index, across, up) for index, curve in curves),
        *(_printed(points, index, across, up) for index, points in enumerate(figure["printed"])),
    ]
    plot = element(
        "g",
        *marks.ticks_up(across, up, 5),
        *marks.ticks_across(across, up, 6, 17.0),
        element("text", figure["x_label"], x=across.end / 2, y=up.start + 37, class_="label middle"),
        element("text", figure["y_label"], x=4 - _LEFT, y=-15, class_="label"),
        element("svg", *inside, width=across.end, height=up.start),
        *(_exit(curve, index, across, up) for index, curve in curves),
        transform=f"translate({_LEFT} {_TOP})",
    )
    return drawing(_WIDTH, _HEIGHT, _in_words(figure), plot, class_="chart")


def clipped(figure: Mapping[str, Any]) -> list[str]:
    """What the chart cannot show: sentences on the curves and bands that leave it or stop being finite."""
    _, up = _axes(figure)
    sentences = []
    for curve in figure["curves"]:
        parts = _outside(curve, up) + _lost(curve)
        if parts:
            sentences.append(f"{curve['label']} {' and '.join(parts)}.")
        wide = [x for x, *edges in itertools.chain(*_corners(curve)) if not all(map(up.shows, edges))]
        if wide:
            sentences.append(f"The spread of {curve['label']} reaches beyond the chart at {_range(wide)}.")
    return sentences


def _axes(figure: Mapping[str, Any]) -> tuple[Axis, Axis]:
    lines = [*figure["curves"], *figure["printed"]]
    xs = axes.finite(x for item in lines for x in item["x"]) or [0.0, 1.0]
    low, high = axes.roomy(min(xs), max(xs))
    across = Axis(low=low, high=high, start=0.0, end=float(_WIDTH - _LEFT - _RIGHT))
    printed = axes.finite(y for points in figure["printed"] for y in points["y"])
    anchors = [*printed, *itertools.chain(*map(_anchors, figure["curves"]))]
    centres = axes.finite(y for curve in figure["curves"] for y in curve["centre"])
    bands = axes.finite(y for curve in figure["curves"] for edge in _edges(curve) for y in edge)
    logarithmic = figure["y_scale"] == "log"
    low, high = axes.limits([*printed, *centres, *bands], anchors, logarithmic=logarithmic)
    start = float(_HEIGHT - _TOP - _BOTTOM)
    return across, Axis(low=low, high=high, start=start, end=0.0, logarithmic=logarithmic)


def _anchors(curve: Line) -> list[float]:
    """What a curve says about the scale: where it starts, and how far it goes if it stays finite."""
    centre = axes.finite(curve["centre"])
    if len(centre) < len(curve["centre"]):
        return centre[:1]
    return [*centre[:1], max(centre, key=abs, default=0.0)]


def _edges(curve: Line) -> tuple[Sequence[float | None], Sequence[float | None]]:
    """Lower and upper edge of the band, which a curve may lack."""
    return curve.get("low") or [], curve.get("high") or []


def _corners(curve: Line) -> list[list[tuple[float, float, float]]]:
    """Place, lower and upper edge of each stretch of a band; an edge that is missing alone has no bound."""
    low, high = _edges(curve)
    corners = zip(curve["x"], low, high, strict=True) if low and high else iter(())
    groups = itertools.groupby(corners, key=lambda corner: _known(corner[1]) or _known(corner[2]))
    return [
        [(x, _or(bottom, -math.inf), _or(top, math.inf)) for x, bottom, top in stretch]
        for present, stretch in groups
        if present
    ]


def _or(value: float | None, bound: float) -> float:
    return bound if value is None or math.isnan(value) else value


def _band(curve: Line, index: int, across: Axis, up: Axis) -> Markup:
    outlines = [
        [(x, low) for x, low, _ in stretch] + [(x, high) for x, _, high in reversed(stretch)]
        for stretch in _corners(curve)
    ]
    data = path([marks.placed(outline, across, up) for outline in outlines])
    return element("path", d=data, class_=f"band {marks.series(index)}")


def _curve(curve: Line, index: int, across: Axis, up: Axis) -> Markup:
    """A line, and on a short one its points with their values for the pointer."""
    style = marks.series(index)
    drawn = marks.line(curve["x"], curve["centre"], across, up, f"line {style}")
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


def _exit(curve: Line, index: int, across: Axis, up: Axis) -> Markup:
    """An arrow where a curve leaves the chart for the first time."""
    points = _points(curve)
    leaving = next((place for place, (_, y) in enumerate(points) if not up.shows(y)), None)
    if leaving is None:
        return Markup("")
    before, after = marks.placed([points[max(leaving - 1, 0)], points[leaving]], across, up)
    edge, direction = (up.end, -1) if after[1] < up.end else (up.start, 1)
    share = (edge - before[1]) / (after[1] - before[1]) if leaving else 1.0
    x = before[0] + share * (after[0] - before[0])
    data = path([[(x - 4, edge + direction), (x + 4, edge + direction), (x, edge + 9 * direction)]])
    return element("path", d=f"{data}Z", class_=f"exit {marks.series(index)}")


def _printed(points: Line, index: int, across: Axis, up: Axis) -> Markup:
    spreads = points.get("plus_minus") or [None] * len(points["x"])
    return Markup("").join(
        element(
            "g",
            element("title", f"{points['label']}, {formatting.tick(x)}: {formatting.printed(y, spread)}"),
            _whisker(x, y, spread or 0.0, across, up),
            marks.printed_sign(across.position(x), up.position(y), index),
        )
        for x, y, spread in zip(points["x"], points["y"], spreads, strict=True)
        if up.shows(y)
    )


def _whisker(x: float, y: float, spread: float, across: Axis, up: Axis) -> Markup:
    ends = marks.placed([(x, y - spread), (x, y + spread)], across, up)
    return element("path", d=path([ends]), class_="whisker")


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def _points(curve: Line) -> list[tuple[float, float]]:
    """Points with a value, which may be infinite."""
    return list(itertools.chain(*marks.stretches(curve["x"], curve["centre"])))


def _outside(curve: Line, up: Axis) -> list[str]:
    points = [(x, y) for x, y in _points(curve) if math.isfinite(y) and not up.shows(y)]
    if not points:
        return []
    extreme = max((y for _, y in points), key=abs)
    where = _range([x for x, _ in points])
    return [f"leaves the chart at {where} (as far as {formatting.number(extreme)})"]


def _lost(curve: Line) -> list[str]:
    pairs = zip(curve["x"], curve["centre"], strict=True)
    places = [x for x, y in pairs if y is None or not math.isfinite(y)]
    return [f"has no finite value at {_range(places)}"] if places else []


def _range(places: Sequence[float]) -> str:
    first, last = formatting.tick(places[0]), formatting.tick(places[-1])
    return first if len(places) == 1 else f"{first} to {last}"


def _in_words(figure: Mapping[str, Any]) -> str:
    lines = [(curve["label"], curve["x"], curve["centre"]) for curve in figure["curves"]]
    lines += [(points["label"], points["x"], points["y"]) for points in figure["printed"]]
    told = (
        f"{label}: " + ", ".join(f"{formatting.number(y)} at {formatting.tick(x)}" for x, y in _few(xs, ys))
        for label, xs, ys in lines
    )
    return f"{figure['title']}. {figure['y_label']} against {figure['x_label']}. {'. '.join(told)}."


def _few(xs: Sequence[float], ys: Sequence[float | None]) -> Iterable[tuple[float, float | None]]:
    """At most a dozen points, spread over the line."""
    points = list(zip(xs, ys, strict=True))
    return points[:: math.ceil(len(points) / _MOST_TOLD) or 1]
