"""Seed strips: the paper's interval and the values of our seeds on one line."""

import math
import statistics
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from reports import formatting, verdicts
from reports.chart_elements import Axis, drawing, element, finite, padded

_WIDTH, _HEIGHT = 200, 41
_LEFT, _RIGHT = 8.0, 192.0
_MIDDLE, _FOOT = 13.0, 39.0
_FARTHEST = 3.0  # Seeds further away, in units of the range of the others, become arrows.
_EXAMPLE = {
    "verdict": "inconclusive",
    "paper": 0.38,
    "plus_minus": 0.06,
    "field": [{"source": "an independent reproduction", "value": 0.34, "plus_minus": None, "note": ""}],
    "per_seed": [0.36, 0.39, 0.4, 0.42, 0.45, 2.1],
    "ours": 0.404,
    "half_width_seeds": 0.035,
}


def seed_strip(row: Mapping[str, Any]) -> Markup:
    """Draws a dot per seed, our mean with its spread over seeds, and the paper's value with its interval.

    A seed far from the others, such as a diverged one, becomes an arrow at the edge, so that the others stay legible.

    Args:
        row: One entry of `rows` in the report data.

    Returns:
        An SVG element; empty if no seed was run or the runs are not comparable with the paper.
    """
    if not row["per_seed"] or not verdicts.verdict(row["verdict"]).comparable:
        return Markup("")
    low, high = _limits(row)
    axis = Axis(low=low, high=high, start=_LEFT, end=_RIGHT)
    elements = [
        element("path", d=f"M{_LEFT:.1f} {_MIDDLE:.1f}H{_RIGHT:.1f}", class_="axis"),
        *_paper(row, axis),
        *_field(row, axis),
        *_ours(row, axis),
        *(_seed(index, value, axis) for index, value in enumerate(row["per_seed"])),
        element("text", formatting.number(low), x=_LEFT - 6, y=_FOOT, class_="tick"),
        element("text", formatting.number(high), x=_RIGHT + 6, y=_FOOT, class_="tick end"),
    ]
    return drawing(_WIDTH, _HEIGHT, _description(row), *elements, class_="strip")


def example_strip() -> Markup:
    """Draws a strip that shows every kind of symbol, for the guide."""
    return seed_strip(_EXAMPLE)


def _limits(row: Mapping[str, Any]) -> tuple[float, float]:
    seeds = finite(row["per_seed"])
    core = [statistics.median(seeds)] if seeds else []
    paper, plus_minus = row["paper"], row["plus_minus"] or 0.0
    core += [] if paper is None else [paper - plus_minus, paper + plus_minus]
    if not core:
        return 0.0, 1.0
    scatter = statistics.median(abs(seed - core[0]) for seed in seeds) if seeds else 0.0
    reach = _FARTHEST * (max(core) - min(core) + 2 * scatter or abs(core[0]) / 10 or 1.0)
    near = [seed for seed in seeds if min(core) - reach <= seed <= max(core) + reach]
    return padded(min([*core, *near]), max([*core, *near]))


def _paper(row: Mapping[str, Any], axis: Axis) -> list[Markup]:
    if row["paper"] is None:
        return []
    start, centre, end = (axis.position(row["paper"] + side * (row["plus_minus"] or 0.0)) for side in (-1, 0, 1))
    value = element("path", d=f"M{centre:.1f} {_MIDDLE - 11:.1f}v22", class_="paper-mark")
    if start == end:
        return [value]
    return [element("rect", x=start, y=_MIDDLE - 9, width=end - start, height=18, class_="paper-band"), value]


def _field(row: Mapping[str, Any], axis: Axis) -> list[Markup]:
    return [
        element(
            "path",
            element("title", f"{item['source']}: {formatting.printed(item['value'], item['plus_minus'])}"),
            d=f"M{axis.position(item['value']):.1f} {_MIDDLE - 4:.1f}l4 4l-4 4l-4-4Z",
            class_="field-mark",
        )
        for item in row["field"]
        if axis.shows(item["value"])
    ]


def _ours(row: Mapping[str, Any], axis: Axis) -> list[Markup]:
    mean, spread, height = row["ours"], row["half_width_seeds"] or 0.0, _MIDDLE + 12
    if not axis.shows(mean):
        return []
    start, centre, end = (min(max(axis.position(mean + side * spread), axis.start), axis.end) for side in (-1, 0, 1))
    return [
        element("path", d=f"M{start:.1f} {height:.1f}H{end:.1f}", class_="ours-spread"),
        element("path", d=f"M{centre:.1f} {height - 3.5:.1f}v7", class_="ours-mark"),
    ]


def _seed(index: int, value: float | None, axis: Axis) -> Markup:
    title = element("title", _seed_value(value))
    if axis.shows(value) and value is not None:
        # Three lanes separate seeds with nearly the same value.
        lane = _MIDDLE + (index % 3 - 1) * 3.5
        return element("circle", title, cx=axis.position(value), cy=lane, r=2.6, class_="seed")
    too_low = value is not None and value < axis.low
    edge, direction = (axis.start, -6) if too_low else (axis.end, 6)
    data = f"M{edge:.1f} {_MIDDLE - 4:.1f}v8l{direction}-4Z"
    return element("path", title, d=data, class_="seed beyond")


def _seed_value(value: float | None) -> str:
    return formatting.number(math.nan if value is None else value)


def _description(row: Mapping[str, Any]) -> str:
    printed = formatting.printed(row["paper"], row["plus_minus"])
    seeds = ", ".join(_seed_value(value) for value in row["per_seed"])
    mean = formatting.interval(row["ours"], row["half_width_seeds"])
    return f"paper {printed}; our seeds {seeds}; mean {mean}"
