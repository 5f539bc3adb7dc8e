"""Small multiples of fitted functions: a picture dictionary in, SVG out."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from reports import axes, marks
from reports.axes import Axis
from reports.svg import drawing, element

_WIDTH, _HEIGHT = 240, 150
_LEFT, _TOP, _BOTTOM = 24, 4, 20


def panels(picture: Mapping[str, Any]) -> list[Markup]:
    """Draws every panel to the same scale: truth, curves, support points as triangles.

    Args:
        picture: One entry of `pictures` in the report data.

    Returns:
        One SVG element a panel.
    """
    across, up = _axes(picture)
    labels = curve_labels(picture)
    return [_panel(panel, labels, across, up) for panel in picture["panels"]]


def clipped(picture: Mapping[str, Any]) -> list[str]:
    """What the panels cannot show: a sentence for each curve that leaves its panel or is not finite."""
    _, up = _axes(picture)
    return [
        f"In the panel “{panel['title']}” the curve {curve['label']} leaves the panel or is not finite."
        for panel in picture["panels"]
        for curve in panel["curves"]
        if not all(map(up.shows, curve["y"]))
    ]


def curve_labels(picture: Mapping[str, Any]) -> list[str]:
    """Labels of the curves of all panels, in the order of their styles."""
    return list(dict.fromkeys(curve["label"] for panel in picture["panels"] for curve in panel["curves"]))


def _axes(picture: Mapping[str, Any]) -> tuple[Axis, Axis]:
    lines = [line for panel in picture["panels"] for line in (panel["truth"], panel["support"], *panel["curves"])]
    truths = axes.finite(y for panel in picture["panels"] for y in panel["truth"]["y"])
    # A diverged curve may leave the panel, an ordinary one overshoots the truth by less than its own height.
    scale = 2 * max((abs(y) for y in truths), default=0.5)
    low, high = axes.limits(axes.finite(y for line in lines for y in line["y"]), [scale])
    xs = axes.finite(x for line in lines for x in line["x"]) or [0.0, 1.0]
    left, right = axes.roomy(min(xs), max(xs))
    return (
        Axis(low=left, high=right, start=0.0, end=float(_WIDTH - _LEFT)),
        Axis(low=low, high=high, start=float(_HEIGHT - _TOP - _BOTTOM), end=0.0),
    )


def _panel(panel: Mapping[str, Any], labels: list[str], across: Axis, up: Axis) -> Markup:
    truth, support = panel["truth"], panel["support"]
    curves = [(f"line {marks.series(labels.index(curve['label']))}", curve) for curve in panel["curves"]]
    inside = [
        marks.line(truth["x"], truth["y"], across, up, "truth"),
        *(marks.line(curve["x"], curve["y"], across, up, style) for style, curve in curves),
        *(marks.triangle(x, y) for x, y in _places(support, across, up)),
    ]
    plot = element(
        "g",
        *marks.ticks_up(across, up, 5),
        *marks.ticks_across(across, up, 4, 15.0),
        element("svg", *inside, width=across.end, height=up.start),
        transform=f"translate({_LEFT} {_TOP})",
    )
    return drawing(_WIDTH, _HEIGHT, _in_words(panel), plot, class_="chart panel")


def _places(points: Mapping[str, Any], across: Axis, up: Axis) -> list[tuple[float, float]]:
    return marks.placed(zip(points["x"], points["y"], strict=True), across, up)


def _in_words(panel: Mapping[str, Any]) -> str:
    names = ", ".join(curve["label"] for curve in panel["curves"])
    points = len(panel["support"]["x"])
    return f"{panel['title']}: the truth, {points} support points as triangles, and the model {names}"
