"""The paper's curves redrawn."""

import math
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import charts
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
def test_every_point_that_is_not_drawn_is_told(data: dict[str, Any]) -> None:
    root = ElementTree.fromstring(charts.line_chart(data))
    points = sum(len(curve["x"]) for curve in data["curves"])
    told = [sentence for sentence in charts.clipped(data) if not sentence.startswith("The spread")]
    assert (len(drawn(root, "dot")) < points) == bool(told)


def test_the_name_of_a_chart_tells_every_curve_and_printed_point() -> None:
    label = ElementTree.fromstring(charts.line_chart(sample()["figures"][0])).attrib["aria-label"]
    assert "paper, Table 2, MAML: 0.670 at 1, 0.380 at 5, 0.350 at 10" in label
    assert "MAML, text reading: 2.90 at 0" in label
    assert "diverged" not in label or "— at 10" in label


def test_printed_points_are_drawn_last_and_on_top() -> None:
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
    assert charts.clipped(data)[0] == (
        "MAML leaves the chart at 3 to 4 (as far as 5.0×10¹⁴) and has no finite value at 5."
    )


def test_a_curve_that_stays_finite_is_shown_whole() -> None:
    data = figure([-50.0, 293.0, 313.0, 316.0])
    assert charts.clipped(data) == []
    assert drawn(ElementTree.fromstring(charts.line_chart(data)), "exit") == []


def test_a_gap_splits_the_line_and_the_band() -> None:
    root = ElementTree.fromstring(charts.line_chart(figure([3.0, 2.0, None, 1.0, 0.5])))
    for style in ("line", "band"):
        assert drawn(root, style)[0].attrib["d"].count("M") == 2


def test_a_band_without_an_upper_edge_reaches_out_of_the_chart_and_the_page_says_so() -> None:
    data = figure([3.0, 2.0, 1.0, 1.0])
    data["curves"][0] |= {"low": [2.0, 1.0, 0.5, None], "high": [4.0, None, 1e9, None]}
    band = drawn(ElementTree.fromstring(charts.line_chart(data)), "band")[0].attrib["d"]
    assert band.count("M") == 1
    assert band.count(" -") == 2
    assert charts.clipped(data) == ["The spread of MAML reaches beyond the chart at 1 to 2."]


def test_a_curve_may_lack_a_band() -> None:
    data = figure([3.0, 2.0])
    data["curves"][0] |= {"low": None, "high": []}
    assert drawn(ElementTree.fromstring(charts.line_chart(data)), "band")[0].attrib["d"] == ""


def test_a_long_curve_has_no_dots() -> None:
    root = ElementTree.fromstring(charts.line_chart(figure([1.0 / (1 + step) for step in range(200)])))
    assert drawn(root, "dot") == []
    assert len(drawn(root, "line")) == 1


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf])
def test_what_a_logarithmic_chart_cannot_show_is_told(bad: float) -> None:
    assert charts.clipped(figure([1.0, 0.5, bad], y_scale="log"))[0].startswith("MAML ")
