"""Sine waves: formula, ranges, seeds."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from maml_tf import Episodes, SettingError, Sinusoid

SINUSOID = Sinusoid(shot=5, query=7)
BOUNDED = ["amplitude", "phase", "inputs", "support_inputs"]
finite = st.floats(-100, 100)
ranges = st.tuples(finite, finite)


def arrays(episodes: Episodes) -> dict[str, np.ndarray]:
    amplitude, phase = episodes.descriptor.numpy().T[:, :, None, None]
    return {
        "amplitude": amplitude,
        "phase": phase,
        "support_inputs": episodes.support.inputs.numpy(),
        "inputs": episodes.query.inputs.numpy(),
    }


def changed(**settings: Any) -> Sinusoid:
    return replace(SINUSOID, **settings)


def is_within(values: np.ndarray, bounds: tuple[float, float]) -> bool:
    low, high = (np.float32(bound) for bound in bounds)
    return bool((values >= low).all() and (values <= high).all())


def test_the_defaults_are_those_of_the_paper() -> None:
    assert Sinusoid() == Sinusoid(shot=10, query=10, amplitude=(0.1, 5.0), phase=(0.0, math.pi), inputs=(-5.0, 5.0))


def test_shapes() -> None:
    episodes = SINUSOID.episodes(SINUSOID.sample((0, 0), 3))

    shapes = tf.nest.map_structure(lambda array: array.shape.as_list(), episodes)
    assert shapes.support == ([3, 5, 1], [3, 5, 1])
    assert shapes.query == ([3, 7, 1], [3, 7, 1])
    assert shapes.descriptor == [3, 2]


def test_targets_follow_the_formula() -> None:
    episodes = SINUSOID.sample((0, 0), 20)
    amplitude, phase = arrays(episodes)["amplitude"], arrays(episodes)["phase"]

    for inputs, targets in (episodes.support, episodes.query):
        np.testing.assert_allclose(targets, amplitude * np.sin(inputs.numpy() - phase), atol=1e-5)
        np.testing.assert_allclose(SINUSOID.truth(episodes.descriptor, inputs), targets, atol=1e-5)


def test_draws_fill_their_ranges_evenly() -> None:
    drawn = arrays(SINUSOID.sample((0, 0), 4000))

    for name, (low, high) in {
        "amplitude": (0.1, 5.0),
        "phase": (0.0, math.pi),
        "inputs": (-5.0, 5.0),
    }.items():
        shares = np.histogram(drawn[name], bins=5, range=(low, high))[0] / drawn[name].size
        assert is_within(drawn[name], (low, high))
        np.testing.assert_allclose(shares, 0.2, atol=0.03)


def test_draws_are_independent_of_one_another() -> None:
    drawn = arrays(SINUSOID.sample((0, 0), 4000))
    columns = np.hstack([values.reshape(4000, -1)[:, :2] for values in drawn.values()])

    correlations = np.corrcoef(columns, rowvar=False) - np.eye(columns.shape[1])

    assert columns.shape == (4000, 6)
    assert np.abs(correlations).max() < 0.07


@pytest.mark.parametrize("name", [name for name in BOUNDED if name != "support_inputs"])
def test_every_range_moves_its_draws_alone(name: str) -> None:
    usual, moved = (arrays(tasks.sample((0, 0), 50)) for tasks in (SINUSOID, changed(**{name: (7.0, 8.0)})))

    affected = {"inputs", "support_inputs"} if name == "inputs" else {name}
    for draw in BOUNDED:
        assert np.array_equal(moved[draw], usual[draw]) == (draw not in affected)
        assert is_within(moved[draw], (7.0, 8.0)) == (draw in affected)


def test_support_points_can_be_kept_in_one_half() -> None:
    usual, half = (arrays(tasks.sample((0, 0), 50)) for tasks in (SINUSOID, changed(support_inputs=(-5.0, 0.0))))

    assert is_within(half["support_inputs"], (-5.0, 0.0))
    assert not is_within(usual["support_inputs"], (-5.0, 0.0))
    np.testing.assert_array_equal(half["inputs"], usual["inputs"])


def test_the_same_seed_gives_the_same_tasks() -> None:
    one, other = (SINUSOID.sample((3, 5), 4) for _ in range(2))

    tf.nest.map_structure(np.testing.assert_array_equal, one, other)


@pytest.mark.parametrize("seed", [(3, 6), (4, 5), (5, 3), (3 + 2**32, 5), (3, 5 + 2**32)])
def test_another_seed_gives_other_tasks(seed: tuple[int, int]) -> None:
    drawn, others = (arrays(SINUSOID.sample(pair, 50)) for pair in ((3, 5), seed))

    for name in BOUNDED:
        assert np.intersect1d(drawn[name], others[name]).size == 0


def test_a_seed_may_be_a_tensor() -> None:
    drawn = SINUSOID.sample(tf.constant([3, 5]), 4)

    tf.nest.map_structure(np.testing.assert_array_equal, drawn, SINUSOID.sample((3, 5), 4))


def test_more_tasks_begin_with_the_same_ones() -> None:
    few, many = (SINUSOID.sample((0, 0), tasks) for tasks in (3, 700))

    # The rounding of the sine may depend on the place in the array.
    tf.nest.map_structure(lambda one, other: np.testing.assert_allclose(one, other[:3], atol=1e-5), few, many)


@given(amplitude=ranges, phase=ranges, inputs=ranges, support_inputs=st.none() | ranges)
def test_ranges_are_valid_exactly_if_low_is_below_high(**settings: Any) -> None:
    wrong = [bounds for bounds in settings.values() if bounds is not None and not bounds[0] < bounds[1]]
    if not wrong:
        Sinusoid(**settings)
        return
    with pytest.raises(SettingError, match="low < high") as raised:
        Sinusoid(**settings)
    assert repr(wrong[0]) in str(raised.value)


@given(
    name=st.sampled_from(BOUNDED),
    low=st.floats(-100, 99),
    width=st.floats(0.5, 100),
    seed=st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)),
)
def test_draws_lie_in_any_range(name: str, low: float, width: float, seed: tuple[int, int]) -> None:
    drawn = arrays(changed(**{name: (low, low + width)}).sample(seed, 3))

    assert is_within(drawn[name], (low, low + width))


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("bounds", [(1.0, 1.0), (2.0, 1.0), (0.0, math.nan), (math.nan, 0.0), (0.0, math.inf)])
def test_an_impossible_range_is_refused(name: str, bounds: tuple[float, float]) -> None:
    with pytest.raises(SettingError) as raised:
        changed(**{name: bounds})
    assert str(raised.value) == f"{name} must be a range (low, high) with low < high, not {bounds!r}"


@given(name=st.sampled_from(["shot", "query"]), size=st.integers(max_value=0))
def test_a_set_without_points_is_refused(name: str, size: int) -> None:
    with pytest.raises(SettingError, match=f"{name} must be 1 or more, not {size}"):
        changed(**{name: size})
