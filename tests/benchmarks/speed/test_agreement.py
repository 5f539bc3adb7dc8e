"""What counts as the same loss and the same meta-gradient."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.speed.agreement import Computed, check

GRADIENT = {"large": np.array([3.0, 4.0]), "small": np.array([1e-6])}
EXPECTED = Computed(loss=2.0, gradient=GRADIENT)


def test_rounding_is_no_difference() -> None:
    rounded = {"large": np.array([3.0 + 1e-6, 4.0]), "small": np.array([-1e-6])}
    check("peer", Computed(loss=2.0 + 1e-6, gradient=rounded), EXPECTED)


@pytest.mark.parametrize("loss", [2.01, float("nan"), float("inf")])
def test_another_loss_is_quoted(loss: float) -> None:
    with pytest.raises(BenchmarkError, match=f"^peer does not compute the loss of this library: {loss:.7g} instead"):
        check("peer", replace(EXPECTED, loss=loss), EXPECTED)


@pytest.mark.parametrize("large", [[3.1, 4.0], [np.nan, 4.0], [3.0, 4.0, 0.0]])
def test_another_gradient_is_named_with_its_distance(large: list[float]) -> None:
    other = replace(EXPECTED, gradient=GRADIENT | {"large": np.array(large)})
    with pytest.raises(BenchmarkError, match=r"^peer does not compute the meta-gradient .* of (0\.02|inf) in large;"):
        check("peer", other, EXPECTED)


def test_a_missing_part_of_the_gradient_is_named() -> None:
    with pytest.raises(BenchmarkError, match="only one of both has small"):
        check("peer", replace(EXPECTED, gradient={"large": GRADIENT["large"]}), EXPECTED)


def test_the_largest_difference_is_returned() -> None:
    other = replace(EXPECTED, gradient=GRADIENT | {"large": np.array([3.0, 4.005])})
    assert check("peer", other, EXPECTED) == pytest.approx(0.001)


def test_single_precision_is_not_asked_of_a_side_that_rounds_to_fewer_bits() -> None:
    other = Computed(loss=2.01, gradient=GRADIENT | {"large": np.array([3.5, 4.0])}, rounds=True)
    assert check("peer", other, EXPECTED) == pytest.approx(0.1)


@pytest.mark.parametrize(("sensitivity", "accepted"), [(0.0, False), (0.004, False), (0.006, True)])
def test_a_gradient_that_rounding_changes_may_differ_by_a_few_times_as_much(sensitivity: float, accepted: bool) -> None:
    other = replace(EXPECTED, gradient=GRADIENT | {"large": np.array([3.0, 4.1])})
    expected = replace(EXPECTED, sensitivity=(1.0, sensitivity))
    if accepted:
        assert check("peer", other, expected) == pytest.approx(0.02)
        return
    with pytest.raises(BenchmarkError, match="meta-gradient"):
        check("peer", other, expected)


@pytest.mark.parametrize(("sensitivity", "accepted"), [(0.0, False), (0.001, False), (0.002, True)])
def test_a_loss_that_rounding_changes_may_differ_by_a_few_times_as_much(sensitivity: float, accepted: bool) -> None:
    other, expected = replace(EXPECTED, loss=2.01), replace(EXPECTED, sensitivity=(sensitivity, 1.0))
    if accepted:
        assert check("peer", other, expected) == 0
        return
    with pytest.raises(BenchmarkError, match="loss"):
        check("peer", other, expected)


def test_a_first_order_gradient_is_not_compared_with_an_exact_one() -> None:
    other = Computed(loss=2.0, gradient=GRADIENT | {"large": np.zeros(2)}, first_order=True)
    check("peer", other, EXPECTED)
    with pytest.raises(BenchmarkError, match="loss"):
        check("peer", replace(other, loss=3.0), EXPECTED)
