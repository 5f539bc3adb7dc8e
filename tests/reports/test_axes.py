"""Axes: where values lie, which of them are shown, where the ticks are."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.axes import Axis, finite, limits, roomy

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


def test_what_a_logarithm_cannot_take_lies_below_the_axis() -> None:
    assert axis(0.1, 10, logarithmic=True).position(-3.0) == 200.0


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5, True), (10, True), (11, False), (None, False), (math.nan, False), (math.inf, False)],
)
def test_shows(value: float | None, shown: bool) -> None:
    assert axis(0, 10).shows(value) is shown


def test_linear_ticks_are_round() -> None:
    assert axis(-0.5, 10.5).ticks(6) == (0, 2, 4, 6, 8, 10)
    assert axis(-66, 340).ticks(5) == (0, 100, 200, 300)


def test_logarithmic_ticks_are_decades_and_finer_on_a_short_axis() -> None:
    assert axis(0.004, 20, logarithmic=True).ticks(5) == (0.01, 0.1, 1, 10)
    assert axis(0.9, 11, logarithmic=True).ticks(5) == (1, 2, 5, 10)


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
    assert len(ticks) <= 13


def test_limits_hold_everything_when_nothing_diverged() -> None:
    low, high = limits([-50.0, 8.0, 315.0], [-50.0, 315.0])
    assert low < -50.0
    assert 315.0 < high < 340.0


@pytest.mark.parametrize("logarithmic", [False, True])
def test_limits_leave_out_a_diverged_curve(logarithmic: bool) -> None:
    values = [2.9, 0.6, 0.4, 30.0, 5e14]
    _, high = limits(values, [2.9, 0.38, 2.9, 5e14], logarithmic=logarithmic)
    assert 2.9 < high < 10.0


def test_a_single_value_gets_room_around_it() -> None:
    assert roomy(2.0, 2.0) == (1.9, 2.1)
    assert roomy(0.0, 0.0) == (-1.0, 1.0)
    assert roomy(2.0, 2.0, logarithmic=True) == (1.0, 4.0)


def test_finite() -> None:
    assert finite([1.0, None, math.nan, math.inf, -2.0]) == [1.0, -2.0]
