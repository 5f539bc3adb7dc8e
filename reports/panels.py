"""Pictures as SVG: predictions of functions, or paths in the plane, in small panels."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from reports import chart_elements
from reports.chart_elements import Axis, drawing, element, finite, in_pixels

_WIDTH, _HEIGHT = 256, 166
_LEFT, _TOP, _BOTTOM = 50, 4, 36
_SYMBOLS = {"truth": "true function", "support": "support points", "goal": "goal"}


def panels(picture: Mapping[str, Any]) -> list[Markup]:
    """Draws every panel to the same scale: the true function, the fitted curves and the support points, or paths.

    Args:
        picture: One entry of `pictures` in the report data. With `limits`, the ranges of both axes, its panels show
            paths in the plane and their `goal` instead of functions.

    Returns:
        One SVG element per panel.
    """
    across, up = _axes(picture)
    labels = curve_labels(picture)
    return [_panel(panel, labels, across, up) for panel in picture["panels"]]


def outside_panels(picture: Mapping[str, Any]) -> list[str]:
    """Returns a sentence for each curve that leaves its panel or is not finite."""
    _, up = _axes(picture)
    return [
        f"In the panel “{panel['title']}”, the curve “{curve['label']}” leaves the panel or is not finite."
        for panel in picture["panels"]
        for curve in panel["curves"]
        if not all(map(up.shows, curve["y"]))
    ]


def symbols(picture: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the symbols of the legend and what they stand for."""
    return [item for item in _SYMBOLS.items() if any(item[0] in panel for panel in picture["panels"])]


def curve_labels(picture: Mapping[str, Any]) -> list[str]:
    """Returns the labels of the curves of all panels, in the order of their styles."""
    return list(dict.fromkeys(curve["label"] for panel in picture["panels"] for curve in panel["curves"]))


def _axes(picture: Mapping[str, Any]) -> tuple[Axis, Axis]:
    if limits := picture.get("limits"):
        length = float(_WIDTH - _LEFT)
        across = Axis(low=limits["x"][0], high=limits["x"][1], start=0.0, end=length)
        up = Axis(low=limits["y"][0], high=limits["y"][1], start=length, end=0.0)
        return across, up
    lines = [line for panel in picture["panels"] for line in (panel["truth"], panel["support"], *panel["curves"])]
    truths = finite(y for panel in picture["panels"] for y in panel["truth"]["y"])
    # A diverged curve may leave the panel; an ordinary one exceeds the true function by less than its height.
    scale = 2 * max((abs(y) for y in truths), default=0.5)
    low, high = chart_elements.limits(finite(y for line in lines for y in line["y"]), [scale])
    across = chart_elements.horizontal((x for line in lines for x in line["x"]), _WIDTH - _LEFT)
    return across, Axis(low=low, high=high, start=_HEIGHT - _TOP - _BOTTOM, end=0.0)


def _panel(panel: Mapping[str, Any], labels: list[str], across: Axis, up: Axis) -> Markup:
    truth, support = (panel.get(name, {"x": [], "y": []}) for name in ("truth", "support"))
    curves = [(f"line {chart_elements.series(labels.index(curve['label']))}", curve) for curve in panel["curves"]]
    points = in_pixels(zip(support["x"], support["y"], strict=True), across, up)
    inside = [
        chart_elements.line(truth["x"], truth["y"], across, up, "truth"),
        *(chart_elements.line(curve["x"], curve["y"], across, up, style) for style, curve in curves),
        *(chart_elements.support_point(x, y) for x, y in points),
        *(chart_elements.goal(*in_pixels([(place["x"], place["y"])], across, up)[0]) for place in _goals(panel)),
    ]
    plot = element(
        "g",
        *chart_elements.vertical_ticks(across, up, 5),
        *chart_elements.horizontal_ticks(across, up, 4, 15.0),
        element("text", "x", x=across.end / 2, y=up.start + 31, class_="label middle"),
        element("text", "y", x=5 - _LEFT, y=up.start / 2, class_="label middle"),
        element("svg", *inside, width=across.end, height=up.start),
        transform=f"translate({_LEFT} {_TOP})",
    )
    height = up.start + _TOP + _BOTTOM
    return drawing(_WIDTH, height, _description(panel, len(points)), plot, class_="chart panel")


def _goals(panel: Mapping[str, Any]) -> list[Mapping[str, float]]:
    return [panel["goal"]] if "goal" in panel else []


def task_panel(task: Mapping[str, Any]) -> Markup:
    """Draws the panel of a sample task."""
    return panels({**task, "panels": [task["panel"]]})[0]


def _description(panel: Mapping[str, Any], points: int) -> str:
    names = ", ".join(curve["label"] for curve in panel["curves"])
    if goals := _goals(panel):
        x, y = goals[0]["x"], goals[0]["y"]
        return f"{panel['title']}: paths in the plane to the goal ({x:.3g}, {y:.3g}): {names}"
    model = f", and the model {names}" if names else ""
    return f"{panel['title']}: true function, {points} support points as triangles{model}"
