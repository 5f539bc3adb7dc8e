"""Variants side by side."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from reports import comparisons
from tests.reports.sample_figures import comparison


def signs(chart: dict[str, Any], style: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(comparisons.comparison_chart(chart))
    return [item for item in root.iter() if item.attrib.get("class") == style]


def test_ours_are_dots_and_those_of_others_outlined_signs() -> None:
    assert len(signs(comparison(), "seed")) == 2
    assert len(signs(comparison(), "printed")) == 2


def test_a_larger_value_lies_further_right_and_its_interval_around_it() -> None:
    dots = [float(item.attrib["cx"]) for item in signs(comparison(), "seed")]
    assert dots[0] > dots[1] > 0
    for dot, bar in zip(dots, signs(comparison(), "ours-spread"), strict=True):
        start, end = map(float, re.findall(r"M(\S+) .*H(\S+)", bar.attrib["d"])[0])
        assert start < dot < end


def test_ours_lie_above_those_of_others() -> None:
    dot, bar = signs(comparison(), "seed")[0], signs(comparison(), "whisker")[0]
    assert float(dot.attrib["cy"]) < float(bar.attrib["d"].split()[1].split("H")[0])


def test_a_single_series_lies_on_the_line_of_its_label() -> None:
    chart = comparison() | {"series": ["ours"]}
    chart["lines"] = [line | {"values": line["values"][:1]} for line in chart["lines"]]
    root = ElementTree.fromstring(comparisons.comparison_chart(chart))
    grid = [item.attrib["d"].split()[1].split("H")[0] for item in root.iter() if item.attrib.get("class") == "grid"]
    assert [item.attrib["cy"] for item in signs(chart, "seed")] == [f"{float(y):g}" for y in grid[:2]]


def test_every_value_is_told_in_words() -> None:
    label = ElementTree.fromstring(comparisons.comparison_chart(comparison())).attrib["aria-label"]
    assert "batch at hand: ours 46.40 ± 0.90, others 45.50 ± 1.80" in label
    assert "layer normalisation: ours —, others 41.20" in label


@pytest.mark.parametrize(("tasks", "told"), [(6, "6 tasks diverged"), (1, "1 task diverged"), (None, "diverged")])
def test_a_value_that_is_not_finite_is_told_where_its_sign_would_be(tasks: int | None, told: str) -> None:
    value = {"value": None, "half_width": 1.0, "diverged": tasks}
    chart = comparison() | {"lines": [{"label": "running averages", "values": [value, None]}]}
    assert signs(chart, "seed") == signs(chart, "printed") == []
    assert f"ours: {told}" in [item.text for item in signs(chart, "label")]
    label = ElementTree.fromstring(comparisons.comparison_chart(chart)).attrib["aria-label"]
    assert f"running averages: ours {told}, others —" in label


def test_signs_of_a_legend_differ() -> None:
    assert comparisons.swatch(0) != comparisons.swatch(1)
