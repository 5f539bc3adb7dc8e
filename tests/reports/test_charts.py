"""Tests of line charts and of pictures of fitted functions."""

import math
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import chart_elements, charts, panels
from tests.reports.sample import sample

Y = st.none() | st.floats(allow_nan=True, allow_infinity=True, width=32)


@st.composite
def figures(draw: st.DrawFn) -> dict[str, Any]:
    def line(*keys: str) -> dict[str, Any]:
        length = draw(st.integers(0, 12))
        values = {key: draw(st.lists(Y, min_size=length, max_size=length)) for key in keys}
        return {"label": draw(st.sampled_from(["MAML", "a <b> & c"])), "x": list(range(length)), **values}

    return {
        "id": "figure-6",
        "title": "Figure 6",
        "caption": "",
        "x_label": "gradient steps",
        "y_label": "error",
        "y_scale": draw(st.sampled_from(["linear", "log"])),
        "curves": [line("centre", "low", "high") for _ in range(draw(st.integers(0, 3)))],
        "printed": [line("y") | {"plus_minus": None} for _ in range(draw(st.integers(0, 2)))],
    }


def figure(centre: list[float | None], **changes: Any) -> dict[str, Any]:
    steps = list(range(len(centre)))
    curve = {"label": "MAML", "x": steps, "centre": centre, "low": centre, "high": centre}
    changed: dict[str, Any] = {"curves": [curve], "printed": [], "y_scale": "linear"} | changes
    return {**sample()["figures"][0], **changed}


def drawn(root: ElementTree.Element, style: str) -> list[ElementTree.Element]:
    return [item for item in root.iter() if style in item.attrib.get("class", "").split()]


@settings(deadline=None)
@given(figures())
def test_a_chart_is_well_formed_and_holds_only_finite_numbers(data: dict[str, Any]) -> None:
    root = ElementTree.fromstring(charts.line_chart(data))
    for item in root.iter():
        for name, value in item.attrib.items():
            assert name == "aria-label" or not re.search(r"nan|inf|None", value)


@settings(deadline=None)
@given(figures())
def test_every_point_that_is_not_drawn_is_mentioned(data: dict[str, Any]) -> None:
    root = ElementTree.fromstring(charts.line_chart(data))
    points = sum(len(curve["x"]) for curve in data["curves"])
    mentioned = [sentence for sentence in charts.outside_chart(data) if not sentence.startswith("The band")]
    assert (len(drawn(root, "dot")) < points) == bool(mentioned)


def test_the_name_of_a_chart_lists_every_curve_and_published_point() -> None:
    label = ElementTree.fromstring(charts.line_chart(sample()["figures"][0])).attrib["aria-label"]
    assert "paper, Table 2, MAML: 0.670 at 1, 0.380 at 5, 0.350 at 10" in label
    assert "MAML, text reading: 2.90 at 0" in label
    assert "diverged" not in label or "— at 10" in label


def test_published_points_are_drawn_on_top() -> None:
    root = ElementTree.fromstring(charts.line_chart(sample()["figures"][0]))
    styles = [item.attrib.get("class", "") for item in root.iter()]
    last_line = max(index for index, style in enumerate(styles) if style.startswith("line"))
    assert len(drawn(root, "printed")) == 6
    assert styles.index("printed") > last_line


def test_a_printed_interval_is_drawn_as_a_whisker() -> None:
    root = ElementTree.fromstring(charts.line_chart(sample()["figures"][2]))
    lengths = [
        abs(float(start) - float(end))
        for item in drawn(root, "whisker")
        for start, end in [re.findall(r" ([\d.-]+)", item.attrib["d"])]
    ]
    assert lengths[1] == max(lengths) > 0


def test_a_diverged_curve_leaves_by_an_arrow_and_the_page_says_so() -> None:
    data = figure([2.9, 0.7, 0.5, 4e5, 5e14, None])
    root = ElementTree.fromstring(charts.line_chart(data))
    assert len(drawn(root, "exit")) == 1
    assert charts.outside_chart(data)[0] == (
        "MAML leaves the chart at 3 to 4 (up to 5.0×10¹⁴) and has no finite value at 5."
    )


def test_a_curve_that_stays_finite_is_shown_whole() -> None:
    data = figure([-50.0, 293.0, 313.0, 316.0])
    assert charts.outside_chart(data) == []
    assert drawn(ElementTree.fromstring(charts.line_chart(data)), "exit") == []


def test_a_gap_splits_the_line_and_the_band() -> None:
    root = ElementTree.fromstring(charts.line_chart(figure([3.0, 2.0, None, 1.0, 0.5])))
    for style in ("line", "band"):
        assert drawn(root, style)[0].attrib["d"].count("M") == 2


def test_a_band_that_leaves_the_chart_is_not_filled_and_the_page_says_so() -> None:
    data = figure([3.0, 2.0, 1.0, 1.0])
    data["curves"][0] |= {"low": [2.0, 1.0, 0.5, None], "high": [4.0, None, 1e9, None]}
    root = ElementTree.fromstring(charts.line_chart(data))
    assert drawn(root, "band")[0].attrib["d"] == ""
    edges = drawn(root, "edge")[0].attrib["d"]
    assert (edges.count("M"), edges.count("L")) == (2, 4)
    assert charts.outside_chart(data) == ["The band of MAML extends beyond the chart at 1 to 2."]


def test_a_band_that_stays_in_the_chart_is_filled() -> None:
    data = figure([3.0, 2.0])
    data["curves"][0] |= {"low": [2.5, 1.5], "high": [3.5, 2.5]}
    root = ElementTree.fromstring(charts.line_chart(data))
    assert drawn(root, "band")[0].attrib["d"].count("L") == 3
    assert drawn(root, "edge") == []


def test_a_curve_may_lack_a_band() -> None:
    data = figure([3.0, 2.0])
    data["curves"][0] |= {"low": None, "high": []}
    assert drawn(ElementTree.fromstring(charts.line_chart(data)), "band")[0].attrib["d"] == ""


def test_a_long_curve_has_no_dots() -> None:
    root = ElementTree.fromstring(charts.line_chart(figure([1.0 / (1 + step) for step in range(200)])))
    assert drawn(root, "dot") == []
    assert len(drawn(root, "line")) == 1


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf])
def test_values_that_a_logarithmic_chart_cannot_show_are_mentioned(bad: float) -> None:
    assert charts.outside_chart(figure([1.0, 0.5, bad], y_scale="log"))[0].startswith("MAML ")


def test_every_panel_has_truth_curves_and_support_points() -> None:
    picture = sample()["pictures"][0]
    roots = [ElementTree.fromstring(panel) for panel in panels.panels(picture)]
    assert len(roots) == len(picture["panels"])
    for root in roots:
        styles = [item.attrib.get("class", "") for item in root.iter()]
        assert styles.count("truth") == 1
        assert styles.count("support") == 5
        assert [style for style in styles if style.startswith("line")] == [
            f"line {chart_elements.series(index)}" for index in range(3)
        ]
        assert "5 support points" in root.attrib["aria-label"]


def test_all_panels_have_the_same_scale() -> None:
    roots = [ElementTree.fromstring(panel) for panel in panels.panels(sample()["pictures"][1])]
    ticks = [[item.text for item in root.iter() if item.tag == "text"] for root in roots]
    assert all(other == ticks[0] for other in ticks)


def test_a_curve_keeps_its_style_in_a_panel_that_lacks_others() -> None:
    picture = sample()["pictures"][0]
    del picture["panels"][1]["curves"][0]
    assert panels.curve_labels(picture) == ["before", "after 1 step", "after 10 steps"]
    assert "line series-0" not in panels.panels(picture)[1]


def test_a_diverged_curve_does_not_flatten_the_others_and_is_mentioned() -> None:
    picture = sample()["pictures"][0]
    assert panels.outside_panels(picture) == []
    before = panels.panels(picture)
    curve = picture["panels"][0]["curves"][2]
    curve["y"] = [1e9, None, math.inf, *curve["y"][3:]]
    after = panels.panels(picture)
    assert after[1:] == before[1:]
    assert "nan" not in after[0]
    assert panels.outside_panels(picture) == [
        "In the panel “MAML”, the curve “after 10 steps” leaves the panel or is not finite."
    ]


def returns_on_a_symmetric_logarithmic_axis(*centre: float) -> dict[str, Any]:
    return figure(list(centre), y_scale="symlog", y_limits=(-100.0, -2.0))


def test_a_symmetric_logarithmic_axis_has_the_given_limits_and_round_ticks() -> None:
    root = ElementTree.fromstring(charts.line_chart(returns_on_a_symmetric_logarithmic_axis(-40.0, -12.0, -3.0)))
    ticks = [item.text for item in root.iter() if item.attrib.get("class") == "tick end"]
    assert ticks == ["−100", "−50", "−20", "−10", "−5", "−2"]


def test_on_it_equal_ratios_are_equally_far_apart() -> None:
    axis = chart_elements.Axis(low=-100.0, high=100.0, start=0.0, end=1.0, linear_within=2.0)
    places = [axis.position(value) for value in (-80.0, -40.0, -20.0, 20.0, 40.0, 80.0)]
    steps = [after - before for before, after in pairwise(places)]
    assert steps[0] == pytest.approx(steps[1]) == pytest.approx(steps[3]) == pytest.approx(steps[4])
    assert axis.position(0.0) == pytest.approx(0.5)
    assert axis.position(1.0) - 0.5 == pytest.approx(0.5 - axis.position(-1.0))
    assert axis.ticks(6) == (-100.0, -10.0, 0.0, 10.0, 100.0)
    assert axis.ticks(13) == (-100.0, -50.0, -20.0, -10.0, -5.0, -2.0, 0.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def test_the_limits_are_widened_so_that_no_line_is_at_an_edge() -> None:
    sketch = returns_on_a_symmetric_logarithmic_axis(-150.0, -12.0, -1.0)
    assert charts.outside_chart(sketch) == []
    heights = [float(item.attrib["cy"]) for item in drawn(ElementTree.fromstring(charts.line_chart(sketch)), "dot")]
    assert all(5.0 < height < 215.0 for height in heights)


def test_a_diverged_return_does_not_widen_them_and_is_mentioned() -> None:
    sentences = charts.outside_chart(returns_on_a_symmetric_logarithmic_axis(-1e6, -12.0, -3.0))
    assert sentences[0].startswith("MAML leaves the chart at 0")


def test_curves_of_the_authors_share_the_colour_of_ours_and_are_drawn_differently() -> None:
    both = figure([3.0, 2.0, 1.0])
    curve = both["curves"][0]
    both["curves"] = [{**curve, "label": "MAML, authors", "published": True, "series": 2}, {**curve, "series": 2}]
    styles = [item.attrib.get("class", "") for item in ElementTree.fromstring(charts.line_chart(both)).iter()]
    assert [style for style in styles if style.startswith("line")] == ["line published series-2", "line series-2"]
    assert "published series-2" in charts.legend_swatch(both["curves"][0], 0)
    assert "published" not in charts.legend_swatch(both["curves"][1], 1)
