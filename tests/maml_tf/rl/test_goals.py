"""Distributions over goals: ranges, seeds, and the authors' test goals."""

import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import SettingError
from maml_tf.rl import AuthorsTestGoals, DirectionGoals, FixedGoals, ThresholdDirections, UniformGoals

FEBRUARY = ThresholdDirections(low=0.1, high=0.8, threshold=0.4)
DISTRIBUTIONS = [UniformGoals(low=-0.5, high=0.5, size=2), DirectionGoals(), FEBRUARY]


def test_uniform_goals_fill_their_range_evenly() -> None:
    goals = UniformGoals(low=0.0, high=2.0, size=2).sample((0, 0), 2000).numpy()

    assert goals.shape == (2000, 2)
    assert goals.dtype == np.float32
    assert goals.min() >= 0.0
    assert goals.max() < 2.0
    for column in goals.T:
        np.testing.assert_allclose(np.histogram(column, bins=4, range=(0.0, 2.0))[0] / 2000, 0.25, atol=0.04)
    assert abs(np.corrcoef(goals, rowvar=False)[0, 1]) < 0.07


def test_directions_are_backward_and_forward_with_equal_probability() -> None:
    goals = DirectionGoals().sample((0, 0), 2000).numpy()

    assert goals.shape == (2000, 1)
    assert set(goals[:, 0]) == {-1.0, 1.0}
    assert abs(goals.mean()) < 0.08


def test_directions_below_the_threshold_are_backward() -> None:
    goals = FEBRUARY.sample((0, 0), 2000).numpy()

    assert goals.shape == (2000, 1)
    assert set(goals[:, 0]) == {-1.0, 1.0}
    assert (goals == -1).mean() == pytest.approx(3 / 7, abs=0.03)


@pytest.mark.parametrize("inner", DISTRIBUTIONS)
def test_fixed_goals_are_the_same_in_each_meta_iteration_of_a_run(inner: Any) -> None:
    fixed = FixedGoals(goals=inner, count=10)
    goals = fixed.sample((3, 0), 10).numpy()

    np.testing.assert_array_equal(goals, fixed.sample((3, 1), 10))
    np.testing.assert_array_equal(
        np.tile(goals, (2, 1)), fixed.sample((3, 7), 20), err_msg="two meta-iterations at once"
    )
    np.testing.assert_array_equal(goals[:4], fixed.sample((3, 0), 4))
    assert not np.array_equal(goals, fixed.sample((4, 0), 10)), "another seed of the run has other goals"
    assert not np.array_equal(goals, inner.sample((3, 0), 10)), "they are not those of the first meta-iteration"
    compiled = tf.function(lambda seed: fixed.sample(seed, 10))(tf.constant([3, 1]))
    np.testing.assert_array_equal(goals, compiled)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FixedGoals(goals=FEBRUARY, count=0), "count must be 1 or more, not 0"),
        (
            lambda: ThresholdDirections(low=0.0, high=1.0, threshold=2.0),
            r"threshold must be from 0\.0 to 1\.0, not 2\.0",
        ),
        (lambda: ThresholdDirections(low=1.0, high=0.0, threshold=0.5), "low must be below high"),
    ],
)
def test_goals_that_cannot_be_drawn_are_refused(make: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        make()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_seed_determines_the_goals_also_in_a_graph(distribution: Any) -> None:
    goals, others = (distribution.sample(seed, 30).numpy() for seed in ((3, 5), (3, 6)))
    compiled = tf.function(lambda seed: distribution.sample(seed, 30))(tf.constant([3, 5]))

    np.testing.assert_array_equal(goals, compiled)
    assert not np.array_equal(goals, others)
    np.testing.assert_array_equal(goals[:7], distribution.sample((3, 5), 7))


def test_the_test_goals_are_those_of_the_authors() -> None:
    goals = AuthorsTestGoals(low=-0.5, high=0.5, size=2).sample((0, 0), 40).numpy()

    np.testing.assert_allclose(goals[6], [-0.2955, 0.3781], atol=1e-4, err_msg="the goal of their Figure 4, bottom")
    np.testing.assert_array_equal(goals, AuthorsTestGoals(low=-0.5, high=0.5, size=2).sample((7, 9), 40))
    np.testing.assert_array_equal(goals[:3], AuthorsTestGoals(low=-0.5, high=0.5, size=2).sample((0, 0), 3))


@pytest.mark.parametrize(("settings", "forward"), [({"high": 2.0}, 18), ({"high": 3.0, "numpy_seed": 2}, 15)])
def test_the_test_directions_are_those_of_the_authors(settings: Any, forward: int) -> None:
    drawn = AuthorsTestGoals(low=0.0, **settings).sample((0, 0), 40).numpy()
    goals = AuthorsTestGoals(low=0.0, directions=True, **settings).sample((0, 0), 40).numpy()

    # Their returns, split by direction, have two clear groups of these sizes.
    assert [(goals == 1).sum(), (goals == -1).sum()] == [forward, 40 - forward]
    np.testing.assert_array_equal(goals == 1, drawn >= settings["high"] / 2)


def test_there_are_forty_test_goals() -> None:
    with pytest.raises(SettingError) as raised:
        AuthorsTestGoals(low=0.0, high=2.0).sample((0, 0), 41)
    assert str(raised.value) == "tasks must be at most 40, the authors' test goals, not 41"


@pytest.mark.parametrize("distribution", [UniformGoals, AuthorsTestGoals])
@pytest.mark.parametrize("bounds", [(1.0, 1.0), (2.0, 1.0), (0.0, math.nan), (0.0, math.inf)])
def test_an_impossible_range_is_refused(distribution: Any, bounds: tuple[float, float]) -> None:
    with pytest.raises(SettingError) as raised:
        distribution(low=bounds[0], high=bounds[1])
    assert str(raised.value) == f"low must be below high, and both finite, not {bounds[0]!r} and {bounds[1]!r}"


def test_a_wrong_size_is_refused() -> None:
    with pytest.raises(SettingError, match="size must be 1 or more, not 0"):
        UniformGoals(low=0.0, high=1.0, size=0)
    with pytest.raises(SettingError, match="size must be 1 for directions, not 2"):
        AuthorsTestGoals(low=0.0, high=1.0, size=2, directions=True)
