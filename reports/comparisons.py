"""Variants compared: one line per variant, with a symbol and an interval for each series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports import chart_elements, formatting
from reports.chart_elements import Axis, drawing, element, finite

_TOP, _RIGHT, _BOTTOM = 4.0, 12.0, 44.0
_OFFSET = 5.0  # Two series on one line lie this many pixels above and below its middle.


@dataclass(frozen=True, kw_only=True)
class _Form:
    """Sizes of a chart in pixels.

    Attributes:
        width: Width of the chart.
        left: Room for labels to the left of the lines; without it, they stand above the lines.
        line: Height of a line with its label.
        middle: Distance of a line from the top of this height.
    """

    width: float
    left: float
    line: float
    middle: float

    @property
    def length(self) -> float:
        return self.width - self.left - _RIGHT


_WIDE = _Form(width=800.0, left=376.0, line=28.0, middle=14.0)
_NARROW = _Form(width=400.0, left=12.0, line=46.0, middle=32.0)

Value = Mapping[str, float | None]


def comparison_chart(comparison: Mapping[str, Any], *, narrow: bool = False) -> Markup:
    """Draws one line per variant, with a dot for our value and an outlined symbol for the value of others.

    Args:
        comparison: One entry of `comparisons` in the report data. Each of its `lines` has a value, or null, for each
            of its `series`; the first series is ours. If a value is not finite, the number of diverged tasks is
            written instead. `zero`, if present, says what a value of 0 stands for.
        narrow: Whether the chart is for narrow windows, with each label above its line.

    Returns:
        An SVG element whose accessible name lists every value.
    """
    lines, form = comparison["lines"], _NARROW if narrow else _WIDE
    up = Axis(low=0.0, high=1.0, start=_TOP + form.line * len(lines), end=0.0)
    ends = [end for line in lines for value in line["values"] for end in _ends(value)]
    ends += [0.0] if comparison.get("zero") else []
    across = chart_elements.horizontal(ends, form.length)
    offsets = [0.0] if len(comparison["series"]) == 1 else [-_OFFSET, _OFFSET]
    plot = element(
        "g",
        *chart_elements.horizontal_ticks(across, up, 6, 17.0),
        element("text", comparison["x_label"], x=across.end / 2, y=up.start + 37, class_="label middle"),
        *_zero(comparison.get("zero"), across, up),
        *(
            _line(line, comparison["series"], _TOP + index * form.line + form.middle, offsets, across, narrow)
            for index, line in enumerate(lines)
        ),
        transform=f"translate({form.left:.0f} 0)",
    )
    style = f"chart {'narrow' if narrow else 'wide'}"
    return drawing(form.width, up.start + _BOTTOM, _description(comparison), plot, class_=style)


def _zero(meaning: str | None, across: Axis, up: Axis) -> list[Markup]:
    """Draws a line at 0, with its meaning as a tooltip."""
    if not meaning:
        return []
    line = f"M{across.position(0.0):.1f} {up.end:.1f}V{up.start:.1f}"
    return [element("path", element("title", meaning), d=line, class_="zero")]


def swatch(index: int) -> Markup:
    """Draws the symbol of a series for the legend."""
    return chart_elements.swatch("printed", index - 1) if index else chart_elements.swatch("ours")


def _ends(value: Value | None) -> list[float]:
    """Returns both ends of the interval; the number twice if it has no interval; nothing without a number."""
    if value is None or not finite([value["value"]]):
        return []
    centre, spread = value["value"] or 0.0, sum(finite([value["half_width"]]))
    return [centre - spread, centre + spread]


def _line(
    line: Mapping[str, Any], series: Sequence[str], y: float, offsets: Sequence[float], across: Axis, narrow: bool
) -> Markup:
    values = enumerate(line["values"])
    place = {"x": 0, "y": y - 14, "class_": "label"} if narrow else {"x": -12, "y": y + 4, "class_": "label end"}
    # Words stand at the end of the line where no symbol is.
    middles = [sum(ends) / 2 for value in line["values"] if (ends := _ends(value))]
    at_end = bool(middles) and across.position(middles[0]) < across.end / 2
    return element(
        "g",
        element("text", line["label"], **place),
        element("path", d=f"M0 {y:.1f}H{across.end:.1f}", class_="grid"),
        *(_symbol(value, series[index], index, y + offsets[index], across, at_end) for index, value in values),
    )


def _symbol(value: Value | None, name: str, index: int, y: float, across: Axis, at_end: bool) -> Markup:
    if value is None:
        return Markup("")
    ends = [across.position(end) for end in _ends(value)]
    if not ends:
        x, style = (across.end - 4, "label end") if at_end else (across.start + 4, "label")
        return element("text", f"{name}: {_number(value)}", x=x, y=y + 9, class_=style)
    x = sum(ends) / 2
    dot = element("circle", cx=x, cy=y, r=4, class_="seed")
    return element(
        "g",
        element("title", _number(value)),
        element("path", d=f"M{ends[0]:.1f} {y:.1f}H{ends[1]:.1f}", class_="whisker" if index else "ours-spread"),
        chart_elements.published_point(x, y, index - 1) if index else dot,
    )


def _description(comparison: Mapping[str, Any]) -> str:
    lines = (
        f"{line['label']}: {', '.join(f'{name} {_number(value)}' for name, value in pairs)}"
        for line in comparison["lines"]
        if (pairs := list(zip(comparison["series"], line["values"], strict=True)))
    )
    return f"{comparison['title']}. {comparison['x_label']}. {'. '.join(lines)}."


def _number(value: Value | None) -> str:
    """Returns the number with its interval, or the reason why there is none."""
    if value is None:
        return formatting.ABSENT
    if finite([value["value"]]):
        return formatting.interval(value["value"], value["half_width"])
    tasks = value.get("diverged")
    return f"{tasks} task{'s'[: tasks > 1]} {formatting.DIVERGED}" if tasks else formatting.DIVERGED
