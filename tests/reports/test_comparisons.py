"""Tests of charts that compare variants."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from reports import comparisons
from tests.reports.sample_figures import comparison


def symbols(chart: dict[str, Any], style: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(comparisons.comparison_chart(chart))
    return [item for item in root.iter() if item.attrib.get("class") == style]


def test_our_values_are_dots_and_those_of_others_outlined_symbols() -> None:
    assert len(symbols(comparison(), "seed")) == 2
    assert len(symbols(comparison(), "printed")) == 2


def test_a_larger_value_lies_further_right_and_its_interval_around_it() -> None:
    dots = [float(item.attrib["cx"]) for item in symbols(comparison(), "seed")]
    assert dots[0] > dots[1] > 0
    for dot, bar in zip(dots, symbols(comparison(), "ours-spread"), strict=True):
        start, end = map(float, re.findall(r"M(\S+) .*H(\S+)", bar.attrib["d"])[0])
        assert start < dot < end


def test_our_values_lie_above_those_of_others() -> None:
    dot, bar = symbols(comparison(), "seed")[0], symbols(comparison(), "whisker")[0]
    assert float(dot.attrib["cy"]) < float(bar.attrib["d"].split()[1].split("H")[0])


def test_a_single_series_lies_on_the_line_of_its_label() -> None:
    chart = comparison() | {"series": ["ours"]}
    chart["lines"] = [line | {"values": line["values"][:1]} for line in chart["lines"]]
    root = ElementTree.fromstring(comparisons.comparison_chart(chart))
    grid = [item.attrib["d"].split()[1].split("H")[0] for item in root.iter() if item.attrib.get("class") == "grid"]
    assert [item.attrib["cy"] for item in symbols(chart, "seed")] == [f"{float(y):g}" for y in grid[:2]]


def test_every_value_is_listed_in_the_name() -> None:
    label = ElementTree.fromstring(comparisons.comparison_chart(comparison())).attrib["aria-label"]
    assert "current batch: ours 46.40 ± 0.90, others 45.50 ± 1.80" in label
    assert "layer normalisation: ours —, others 41.20" in label


@pytest.mark.parametrize(("tasks", "text"), [(6, "6 tasks diverged"), (1, "1 task diverged"), (None, "diverged")])
def test_a_value_that_is_not_finite_is_written_where_its_symbol_would_be(tasks: int | None, text: str) -> None:
    value = {"value": None, "half_width": 1.0, "diverged": tasks}
    chart = comparison() | {"lines": [{"label": "running averages", "values": [value, None]}]}
    assert symbols(chart, "seed") == symbols(chart, "printed") == []
    assert f"ours: {text}" in [item.text for item in symbols(chart, "label")]
    label = ElementTree.fromstring(comparisons.comparison_chart(chart)).attrib["aria-label"]
    assert f"running averages: ours {text}, others —" in label


@pytest.mark.parametrize(("other", "style"), [(20.0, "label end"), (45.0, "label")])
def test_such_words_stand_at_the_end_where_no_symbol_is(other: float, style: str) -> None:
    lines = [
        {"label": "a", "values": [{"value": None, "half_width": 1.0}, {"value": other, "half_width": None}]},
        {"label": "b", "values": [{"value": 20.0, "half_width": 1.0}, {"value": 45.0, "half_width": None}]},
    ]
    words = [item for item in symbols(comparison() | {"lines": lines}, style) if item.text == "ours: diverged"]
    assert len(words) == 1


def test_in_narrow_windows_each_label_stands_above_its_line() -> None:
    root = ElementTree.fromstring(comparisons.comparison_chart(comparison(), narrow=True))
    assert root.attrib["viewBox"].startswith("0 0 400 ")
    labels = [item for item in root.iter() if item.text in {line["label"] for line in comparison()["lines"]}]
    lines = [item.attrib["d"].split()[1].split("H")[0] for item in root.iter() if item.attrib.get("class") == "grid"]
    assert len(labels) == 3
    for label, y in zip(labels, map(float, lines), strict=True):
        assert float(label.attrib["x"]) == 0
        assert y - 20 < float(label.attrib["y"]) < y - 8


def test_the_symbols_of_a_legend_differ() -> None:
    assert comparisons.swatch(0) != comparisons.swatch(1)
