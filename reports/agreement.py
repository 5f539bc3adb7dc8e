"""The paper's numbers against ours as SVG: one square for each unit, with a diagonal on which both are equal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from reports import chart_elements, formatting, verdicts
from reports.chart_elements import Axis, drawing, element, finite, in_pixels, padded, path

Row = Mapping[str, Any]

_SIDE, _LEFT, _TOP, _RIGHT, _BOTTOM = 250.0, 64, 12, 14, 42
_LEAST = 2  # A unit with fewer numbers gets no square, but is counted in the caption.
# Title and scale by unit. A ratio of errors says more than a difference; returns have both signs.
_UNITS = {
    "%": ("Accuracy, %", "linear"),
    "MSE": ("Mean squared error", "log"),
    "return": ("Average return", "symlog"),
    "parameters": ("Parameters", "log"),
    "fraction": ("Fraction", "linear"),
}
_LINEAR_WITHIN = 5.0  # Returns closer to 0 than this are on a linear scale.
_MARGIN = 0.3  # Of the farthest return, on a scale on which a twentieth of it is no distance.
_FEW = 3  # With fewer seeds, the half-width over seeds says little but that they are few.


@dataclass(frozen=True, kw_only=True)
class Square:
    """The numbers of one unit.

    Attributes:
        title: What the numbers are, with their unit.
        scale: "linear", "log" or "symlog", of both axes.
        rows: The rows that are drawn.
    """

    title: str
    scale: str
    rows: tuple[Row, ...]


def squares(data: Mapping[str, Any]) -> tuple[Square, ...]:
    """Returns the squares of a report, one for each unit of at least two compared numbers.

    A number that the paper prints twice is drawn once.
    """
    by_unit = _by_unit(_compared(data["rows"]))
    return tuple(_square(unit, rows) for unit, rows in by_unit.items() if len(rows) >= _LEAST)


def marks(shown: Sequence[Square]) -> list[tuple[Markup, str]]:
    """Returns the marks of all numbers that are drawn, with their words, in the usual order of verdicts."""
    order = {verdict.name: place for place, verdict in enumerate(verdicts.VERDICTS)}
    rows = sorted(
        (row for square in shown for row in square.rows),
        key=lambda row: (order.get(row["verdict"], -1), verdicts.better_or_worse(row)),
    )
    return list({_words(row): (_swatch(row), _words(row)) for row in rows}.values())


def left_out(data: Mapping[str, Any]) -> str:
    """Returns a sentence about printed numbers with a result of ours that are not drawn; empty if there are none."""
    drawn = {row["reference"] for square in squares(data) for row in square.rows}
    others = [row for row in data["rows"] if _has_both(row) and row["reference"] not in drawn]
    reduced = [row for row in others if not verdicts.verdict(row["verdict"]).comparable]
    counts = ((len(reduced), "measured at a reduced scale or with other settings"), (_alone(data), "alone in its unit"))
    clauses = [f"{count} {words}" for count, words in counts if count]
    return f"Not drawn: {' and '.join(clauses)}." if clauses else ""


def agreement_chart(square: Square) -> Markup:
    """Draws our numbers over the paper's, with both half-widths, and the diagonal on which they are equal.

    Returns:
        An SVG element whose accessible name lists every pair of numbers with its verdict.
    """
    across, up = _axes(square)
    corners = in_pixels([(across.low, across.low), (across.high, across.high)], across, up)
    inside = [
        element("path", element("title", "equal"), d=path([corners]), class_="zero"),
        *(_whiskers(row, across, up) for row in square.rows),
        *(_point(row, across, up) for row in square.rows),
    ]
    middle = _SIDE / 2
    plot = element(
        "g",
        *chart_elements.vertical_ticks(across, up, 5),
        *chart_elements.horizontal_ticks(across, up, 5, 17.0),
        element("text", "paper", x=middle, y=up.start + 36, class_="label middle"),
        element("text", "ours", transform=f"translate({12 - _LEFT} {middle:.0f}) rotate(-90)", class_="label middle"),
        element("svg", *inside, width=_SIDE, height=_SIDE),
        transform=f"translate({_LEFT} {_TOP})",
    )
    return drawing(_LEFT + _SIDE + _RIGHT, _TOP + _SIDE + _BOTTOM, _description(square), plot, class_="chart square")


def _swatch(row: Row) -> Markup:
    return element("svg", _mark(row, 14.0, 7.0), class_="swatch", viewBox="0 0 28 14", aria_hidden="true")


def _words(row: Row) -> str:
    return ", ".join(filter(None, (row["verdict"], verdicts.better_or_worse(row))))


def _has_both(row: Row) -> bool:
    numbers = finite([row["paper"], row["ours"]])
    return len(numbers) == 2 and not row.get("same_as")


def _compared(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if _has_both(row) and verdicts.verdict(row["verdict"]).comparable)


def _by_unit(rows: Iterable[Row]) -> dict[str, list[Row]]:
    by_unit: dict[str, list[Row]] = {}
    for row in rows:
        by_unit.setdefault(row["unit"] or "", []).append(row)
    return by_unit


def _alone(data: Mapping[str, Any]) -> int:
    return sum(len(rows) for rows in _by_unit(_compared(data["rows"])).values() if len(rows) < _LEAST)


def _square(unit: str, rows: Sequence[Row]) -> Square:
    title, scale = _UNITS.get(unit, (unit.capitalize() or "Number", "linear"))
    positive = all(row[name] > 0 for row in rows for name in ("paper", "ours"))
    return Square(title=title, scale=scale if positive or scale != "log" else "symlog", rows=tuple(rows))


def _axes(square: Square) -> tuple[Axis, Axis]:
    """Returns two axes with the same limits, so that equal numbers lie on the diagonal."""
    values = [row[name] for row in square.rows for name in ("paper", "ours")]
    logarithmic = square.scale == "log"
    low, high = padded(min(values), max(values), logarithmic=logarithmic)
    if square.scale == "symlog":
        low, high = (edge + sign * _MARGIN * abs(edge) for edge, sign in ((low, -1), (high, 1)))
    within = _LINEAR_WITHIN if square.scale == "symlog" else 0.0
    across = Axis(low=low, high=high, start=0.0, end=_SIDE, logarithmic=logarithmic, linear_within=within)
    return across, replace(across, start=_SIDE, end=0.0)


def _whiskers(row: Row, across: Axis, up: Axis) -> Markup:
    x, y, spreads = row["paper"], row["ours"], (row["plus_minus"] or 0.0, _spread(row))
    lines = [[(x - spreads[0], y), (x + spreads[0], y)], [(x, y - spreads[1]), (x, y + spreads[1])]]
    return element("path", d=path([in_pixels(line, across, up) for line in lines]), class_=f"pair {verdicts.tone(row)}")


def _spread(row: Row) -> float:
    """Returns our half-width over seeds, or over tasks where there are fewer than three seeds."""
    over_seeds = row["half_width_seeds"] if row["seeds"] >= _FEW else None
    return float(over_seeds or row["half_width_tasks"] or 0.0)


def _point(row: Row, across: Axis, up: Axis) -> Markup:
    [(x, y)] = in_pixels([(row["paper"], row["ours"])], across, up)
    return element("g", element("title", _pair(row)), _mark(row, x, y))


def _mark(row: Row, x: float, y: float) -> Markup:
    """Draws a triangle above or below, a dot where both agree, and a ring where nothing is decided."""
    style, side = f"pair-mark {verdicts.tone(row)}", verdicts.verdict(row["verdict"]).side
    if side:
        return element("path", d=f"M{x - 5:.1f} {y + 4 * side:.1f}h10l-5 {-8 * side}Z", class_=style)
    return element("circle", cx=x, cy=y, r=4.0, class_=style if side == 0 else f"{style} ring")


def _pair(row: Row) -> str:
    printed = formatting.printed(row["paper"], row["plus_minus"])
    ours = formatting.interval(row["ours"], _spread(row) or None)
    return f"{row['title']}: paper {printed}, ours {ours}, {_words(row)}"


def _description(square: Square) -> str:
    return f"{square.title}, ours against the paper’s. {'. '.join(map(_pair, square.rows))}."
