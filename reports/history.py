"""The history of an accepted number as SVG: one dot for each commit that changed its baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports import chart_elements, formatting, verdicts
from reports.chart_elements import Axis, drawing, element, finite, padded

_WIDTH, _HEIGHT = 300.0, 96.0
_SMALL_WIDTH, _SMALL_HEIGHT = 72.0, 18.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 12.0, 8.0, 22.0


@dataclass(frozen=True, kw_only=True)
class Point:
    """An accepted number as one commit left it.

    Attributes:
        commit: Hash of the commit.
        day: Day of the commit, such as 2025-11-21.
        value: The mean over seeds, or None if it was not finite.
        seeds: Number of seeds.
        definition: Definition hash of the records.
    """

    commit: str
    day: str
    value: float | None
    seeds: int
    definition: str

    @property
    def words(self) -> str:
        """What the dot stands for."""
        seeds = f"{self.seeds} seed{'' if self.seeds == 1 else 's'}"
        commit = formatting.commit(self.commit)
        return f"{self.day}, commit {commit}: {_value(self)}, {seeds}, definition {self.definition}"


def of_row(data: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[Point, ...]:
    """Returns the history of the accepted number of a row, oldest first; empty for a row without one."""
    if row["origin"] != "accepted baseline":
        return ()
    baseline = f"{row['experiment']}/{row['scale']}-{row['reading']}"
    return of_metric(data, baseline, row["metric"], "medians" if row["by_median"] else "values")


def of_metric(
    data: Mapping[str, Any], baseline: str, metric: str | None, statistic: str = "values"
) -> tuple[Point, ...]:
    """Returns the history of a metric of a baseline, such as "sinusoid/maml/paper-code", oldest first.

    Args:
        data: The data of the report.
        baseline: Experiment, scale and reading.
        metric: Id of the metric.
        statistic: "values", the means over tasks, or "medians".
    """
    versions = ((data.get("history") or {}).get("baselines") or {}).get(baseline, ())
    return tuple(
        Point(
            commit=version["commit"],
            day=str(version["when"])[:10],
            value=version[statistic][metric],
            seeds=version["seeds"],
            definition=version["definition"],
        )
        for version in versions
        if metric in version[statistic]
    )


def history_chart(points: Sequence[Point], row: Mapping[str, Any]) -> Markup:
    """Draws a dot for each version, equally far apart, joined where the definition stayed, and the paper's number.

    Returns:
        An SVG element whose accessible name lists all versions; empty if fewer than two have a finite value.
    """
    values = finite(point.value for point in points)
    if len(values) < 2:
        return Markup("")
    paper = finite([row["paper"]]) if verdicts.verdict(row["verdict"]).comparable else []
    low, high = padded(min([*values, *paper]), max([*values, *paper]))
    up = Axis(low=low, high=high, start=_HEIGHT - _TOP - _BOTTOM, end=0.0)
    across = Axis(low=-0.3, high=len(points) - 0.7, start=0.0, end=_WIDTH - _LEFT - _RIGHT)
    plot = element(
        "g",
        *chart_elements.vertical_ticks(across, up, 3),
        *(_paper(value, across, up) for value in paper),
        *_lines(points, across, up),
        *_dots(points, across, up),
        *_days(points, across, up),
        transform=f"translate({_LEFT:.0f} {_TOP:.0f})",
    )
    return drawing(_WIDTH, _HEIGHT, description(points), plot, class_="chart history")


def has_versions(data: Mapping[str, Any], baseline: str) -> bool:
    """Returns whether a baseline was accepted more than once."""
    return len(((data.get("history") or {}).get("baselines") or {}).get(baseline, ())) > 1


def small_chart(points: Sequence[Point]) -> Markup:
    """Draws the versions of a number of an experiment in the height of a line; empty if fewer than two are finite."""
    values = finite(point.value for point in points)
    if len(values) < 2:
        return Markup("")
    low, high = padded(min(values), max(values))
    up = Axis(low=low, high=high, start=_SMALL_HEIGHT - 3, end=3.0)
    across = Axis(low=0.0, high=len(points) - 1.0, start=4.0, end=_SMALL_WIDTH - 4)
    drawn = [*_lines(points, across, up), *_dots(points, across, up, 2.0)]
    label = "; ".join(f"{point.day}: {_value(point)}" for point in points)
    return drawing(_SMALL_WIDTH, _SMALL_HEIGHT, label, *drawn, class_="chart history small")


def description(points: Sequence[Point]) -> str:
    """Returns all versions in words."""
    return f"History of the accepted number. {'; '.join(point.words for point in points)}."


def _value(point: Point) -> str:
    return formatting.DIVERGED if point.value is None else formatting.number(point.value)


def _paper(value: float, across: Axis, up: Axis) -> Markup:
    y = up.position(value)
    title = element("title", f"paper {formatting.printed(value)}")
    return element("path", title, d=f"M0 {y:.1f}H{across.end:.1f}", class_="zero")


def _lines(points: Sequence[Point], across: Axis, up: Axis) -> list[Markup]:
    """Draws one line for each definition; numbers of two definitions are not comparable."""
    places = range(len(points))
    return [
        chart_elements.line(
            list(places),
            [point.value if point.definition == definition else None for point in points],
            across,
            up,
            "line series-0",
        )
        for definition in dict.fromkeys(point.definition for point in points)
    ]


def _dots(points: Sequence[Point], across: Axis, up: Axis, radius: float = 3.5) -> list[Markup]:
    return [
        element(
            "circle",
            element("title", point.words),
            cx=across.position(place),
            cy=up.position(y),
            r=radius,
            class_="dot",
        )
        for place, point in enumerate(points)
        for y in finite([point.value])
    ]


def _days(points: Sequence[Point], across: Axis, up: Axis) -> list[Markup]:
    """Writes the first and the last day below their dots."""
    ends = ((0, "tick"), (len(points) - 1, "tick end"))
    return [
        element("text", points[place].day, x=0.0 if place == 0 else across.end, y=up.start + 17, class_=style)
        for place, style in ends
    ]
