"""Tests of SVG elements, axes and legend swatches."""

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.chart_elements import Axis, drawing, element, finite, horizontal, limits, padded, path

VALUES = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20)


def axis(low: float, high: float, *, logarithmic: bool = False) -> Axis:
    return Axis(low=low, high=high, start=100.0, end=0.0, logarithmic=logarithmic)


def test_position_on_a_linear_axis() -> None:
    assert [axis(0, 10).position(value) for value in (0, 5, 10)] == [100.0, 50.0, 0.0]


def test_position_on_a_logarithmic_axis() -> None:
    positions = [axis(0.01, 100, logarithmic=True).position(value) for value in (0.01, 1.0, 100)]
    assert positions == [100.0, 50.0, 0.0]


@pytest.mark.parametrize(("value", "pixel"), [(1e300, -100.0), (math.inf, -100.0), (-math.inf, 200.0)])
def test_values_far_outside_lie_one_length_beyond_the_end(value: float, pixel: float) -> None:
    assert axis(0, 10).position(value) == pixel


def test_values_without_a_logarithm_lie_below_the_axis() -> None:
    assert axis(0.1, 10, logarithmic=True).position(-3.0) == 200.0


@pytest.mark.parametrize(
    ("value", "shown"), [(5, True), (10, True), (11, False), (None, False), (math.nan, False), (math.inf, False)]
)
def test_shows(value: float | None, shown: bool) -> None:
    assert axis(0, 10).shows(value) is shown


def test_linear_ticks_are_round() -> None:
    assert axis(-0.5, 10.5).ticks(6) == (0, 2, 4, 6, 8, 10)
    assert axis(-66, 340).ticks(5) == (0, 100, 200, 300)
    assert axis(89, 99.5).ticks(5) == (90, 92.5, 95, 97.5)


def test_logarithmic_ticks_are_decades_and_finer_on_a_short_axis() -> None:
    assert axis(0.004, 20, logarithmic=True).ticks(5) == (0.01, 0.1, 1, 10)
    assert axis(0.9, 11, logarithmic=True).ticks(5) == (1, 2, 5, 10)
    assert axis(2.1, 4.4, logarithmic=True).ticks(5) == (2.5, 3, 3.5, 4)
    assert axis(1e-7, 1e13, logarithmic=True).ticks(6) == (1e-4, 1, 1e4, 1e8, 1e12)


@settings(deadline=None)
@given(VALUES, VALUES, st.booleans())
def test_limits_are_finite_and_apart_and_their_ticks_lie_between(
    values: list[float], anchors: list[float], logarithmic: bool
) -> None:
    low, high = limits(values, anchors, logarithmic=logarithmic)
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    assert low > 0 or not logarithmic
    ticks = axis(low, high, logarithmic=logarithmic).ticks()
    assert all(low <= tick <= high for tick in ticks)
    assert len(ticks) <= 8


def test_limits_contain_everything_if_nothing_diverged() -> None:
    low, high = limits([-50.0, 8.0, 315.0], [-50.0, 315.0])
    assert low < -50.0
    assert 315.0 < high < 340.0


@pytest.mark.parametrize("logarithmic", [False, True])
def test_limits_leave_out_a_diverged_curve(logarithmic: bool) -> None:
    values = [2.9, 0.6, 0.4, 30.0, 5e14]
    _, high = limits(values, [2.9, 0.38, 2.9, 5e14], logarithmic=logarithmic)
    assert 2.9 < high < 10.0


def test_a_single_value_gets_a_margin() -> None:
    assert padded(2.0, 2.0) == (1.9, 2.1)
    assert padded(0.0, 0.0) == (-1.0, 1.0)
    assert padded(2.0, 2.0, logarithmic=True) == (1.0, 4.0)


def test_finite() -> None:
    assert finite([1.0, None, math.nan, math.inf, -2.0]) == [1.0, -2.0]


def test_a_horizontal_axis_shows_all_finite_values_and_exists_without_any() -> None:
    shown = horizontal([3.0, None, math.inf, 1.0], 200.0)
    assert shown.shows(1.0)
    assert shown.shows(3.0)
    assert not shown.shows(4.0)
    assert (shown.start, shown.end) == (0.0, 200.0)
    assert horizontal([None], 200.0).low < horizontal([None], 200.0).high


def test_text_and_attributes_are_escaped() -> None:
    written = element("text", "<script>", element("title", "a & b"), class_='"x" <y>')
    parsed = ElementTree.fromstring(written)
    assert parsed.text == "<script>"
    assert parsed.attrib == {"class": '"x" <y>'}
    assert parsed[0].text == "a & b"


def test_numbers_are_rounded_and_names_get_hyphens() -> None:
    assert element("path", d="M0 0", stroke_width=1.26, x=3.0) == '<path d="M0 0" stroke-width="1.3" x="3"/>'


def test_a_drawing_has_a_name_and_a_size() -> None:
    parsed = ElementTree.fromstring(drawing(200, 40, "seeds <1>", element("g"), class_="strip"))
    assert parsed.attrib["role"] == "img"
    assert parsed.attrib["aria-label"] == "seeds <1>"
    assert parsed.attrib["viewBox"] == "0 0 200 40"


def test_a_path_moves_between_unconnected_lines() -> None:
    assert path([[(0.0, 1.0), (2.0, 3.0)], [(4.0, 5.0)]]) == "M0 1L2 3M4 5"
