"""Differences: half-widths add up in squares, and few seeds decide nothing that is not far outside."""

import pytest

from benchmarks.judgement.differences import Number, near, sign


def test_half_widths_add_up_in_squares() -> None:
    assert Number(5.0, 3.0) - Number(7.0, 4.0) == Number(-2.0, 5.0)


@pytest.mark.parametrize(
    ("value", "seeds", "verdict"),
    [
        (1.1, 3, "reproduced"),
        (1.0, 3, "inconclusive"),
        (-1.1, 3, "below"),
        (9.9, 2, "inconclusive"),
        (-9.9, 1, "inconclusive"),
        (10.1, 2, "reproduced"),
        (-10.1, 1, "below"),
    ],
)
def test_greater(value: float, seeds: int, verdict: str) -> None:
    assert sign(Number(value, 1.0), seeds) == verdict


@pytest.mark.parametrize(
    ("value", "seeds", "verdict"),
    [
        (1.9, 3, "reproduced"),
        (-2.1, 3, "inconclusive"),
        (3.9, 3, "inconclusive"),
        (4.1, 3, "above"),
        (-4.1, 3, "below"),
        (0.0, 2, "inconclusive"),
        (12.9, 1, "inconclusive"),
        (13.1, 1, "above"),
        (-13.1, 2, "below"),
    ],
)
def test_nearly_equal(value: float, seeds: int, verdict: str) -> None:
    assert near(Number(value, 1.0), 3.0, seeds) == verdict
