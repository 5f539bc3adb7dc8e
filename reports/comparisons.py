"""Variants side by side: one line each, a sign with its interval for each series."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from reports import axes, formatting, marks
from reports.axes import Axis
from reports.svg import drawing, element

_WIDTH, _LEFT, _RIGHT = 800.0, 376.0, 12.0
_TOP, _LINE, _BOTTOM = 4.0, 28.0, 44.0
_OFFSET = 5.0  # Two series of one line lie above and below its middle.

Value = Mapping[str, float | None]


def comparison_chart(comparison: Mapping[str, Any]) -> Markup:
    """Draws a line for each variant, with a dot for ours and an outlined sign for what others report.

    Args:
        comparison: One entry of `comparisons` in the report data; each of its `lines` has a value, or null, for each
            of its `series`, the first of which is ours; a value that is not finite tells its diverged tasks instead.

    Returns:
        An SVG element whose accessible name tells every value.
    """
    lines = comparison["lines"]
    up = Axis(low=0.0, high=1.0, start=_TOP + _LINE * len(lines), end=0.0)
    across = _across(lines)
    shifts = [0.0] if len(comparison["series"]) == 1 else [-_OFFSET, _OFFSET]
    plot = element(
        "g",
        *marks.ticks_across(across, up, 6, 17.0),
        element("text", comparison["x_label"], x=across.end / 2, y=up.start + 37, class_="label middle"),
        *(
            _line(line, comparison["series"], _TOP + (index + 0.5) * _LINE, shifts, across)
            for index, line in enumerate(lines)
        ),
        transform=f"translate({_LEFT:.0f} 0)",
    )
    return drawing(_WIDTH, up.start + _BOTTOM, _in_words(comparison), plot, class_="chart")


def _across(lines: Sequence[Mapping[str, Any]]) -> Axis:
    ends = [end for line in lines for value in line["values"] for end in _ends(value)]
    low, high = axes.roomy(min(ends, default=0.0), max(ends, default=1.0))
    return Axis(low=low, high=high, start=0.0, end=_WIDTH - _LEFT - _RIGHT)


def _ends(value: Value | None) -> list[float]:
    """Both ends of the interval, or the number alone, or nothing where there is none."""
    if value is None or not axes.finite([value["value"]]):
        return []
    centre, spread = value["value"] or 0.0, sum(axes.finite([value["half_width"]]))
    return [centre - spread, centre + spread]


def _line(line: Mapping[str, Any], series: Sequence[str], y: float, shifts: Sequence[float], across: Axis) -> Markup:
    return element(
        "g",
        element("text", line["label"], x=-12, y=y + 4, class_="label end"),
        element("path", d=f"M0 {y:.1f}H{across.end:.1f}", class_="grid"),
        *(_sign(value, series[index], index, y + shifts[index], across) for index, value in enumerate(line["values"])),
    )


def _sign(value: Value | None, name: str, index: int, y: float, across: Axis) -> Markup:
    if value is None:
        return Markup("")
    ends = [across.position(end) for end in _ends(value)]
    if not ends:
        return element("text", f"{name}: {_number(value)}", x=across.start + 4, y=y + 1, class_="label")
    x = sum(ends) / 2
    sign = marks.printed_sign(x, y, index - 1) if index else element("circle", cx=x, cy=y, r=4, class_="seed")
    return element(
        "g",
        element("title", _number(value)),
        element("path", d=f"M{ends[0]:.1f} {y:.1f}H{ends[1]:.1f}", class_="whisker" if index else "ours-spread"),
        sign,
    )


def swatch(index: int) -> Markup:
    """The sign of a series for a legend."""
    if index:
        return marks.swatch("printed", index - 1)
    dot = element("circle", cx=14, cy=7, r=4, class_="seed")
    return element("svg", dot, class_="swatch", viewBox="0 0 28 14", aria_hidden="true")


def _in_words(comparison: Mapping[str, Any]) -> str:
    told = (
        f"{line['label']}: {', '.join(_told(name, value) for name, value in pairs)}"
        for line in comparison["lines"]
        if (pairs := list(zip(comparison["series"], line["values"], strict=True)))
    )
    return f"{comparison['title']}. {comparison['x_label']}. {'. '.join(told)}."


def _told(name: str, value: Value | None) -> str:
    return f"{name} {formatting.ABSENT if value is None else _number(value)}"


def _number(value: Value) -> str:
    """The number with its interval, or why there is none."""
    if axes.finite([value["value"]]):
        return formatting.interval(value["value"], value["half_width"])
    tasks = value.get("diverged")
    return f"{tasks} task{'s'[: tasks > 1]} {formatting.DIVERGED}" if tasks else formatting.DIVERGED
