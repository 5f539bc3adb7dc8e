"""Returns and advantages in closed form."""

from typing import Any

import numpy as np
import pytest

from maml_tf.rl import Trajectories
from maml_tf.rl.advantages import advantages_of, discounted_sums, samples_of

REWARDS = np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 0.0]])
MASK = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
PREDICTIONS = np.array([[0.5, -1.0, 2.0], [1.0, 0.25, 0.0]])


def standard(values: Any) -> Any:
    chosen = np.array(values)[MASK > 0]
    return (chosen - chosen.mean()) / chosen.std()


def test_discounted_sums() -> None:
    np.testing.assert_allclose(discounted_sums(REWARDS, 0.5), [[3.0, 4.0, 4.0], [5.5, 5.0, 0.0]])


def test_with_lambda_one_they_are_returns_minus_the_baseline() -> None:
    found = advantages_of(REWARDS, PREDICTIONS, MASK, 0.5, 1.0)
    np.testing.assert_allclose(found[MASK > 0], standard(discounted_sums(REWARDS, 0.5) - PREDICTIONS), rtol=1e-6)
    assert found[1, 2] == 0


def test_with_lambda_zero_they_are_errors_of_one_step() -> None:
    errors = REWARDS + 0.5 * np.array([[-1.0, 2.0, 0.0], [0.25, 0.0, 0.0]]) - PREDICTIONS
    np.testing.assert_allclose(
        advantages_of(REWARDS, PREDICTIONS, MASK, 0.5, 0.0)[MASK > 0], standard(errors), rtol=1e-6
    )


def test_lambda_between_discounts_the_errors() -> None:
    errors = REWARDS + 0.5 * np.array([[-1.0, 2.0, 0.0], [0.25, 0.0, 0.0]]) - PREDICTIONS
    expected = standard(discounted_sums(errors, 0.5 * 0.9))
    np.testing.assert_allclose(advantages_of(REWARDS, PREDICTIONS, MASK, 0.5, 0.9)[MASK > 0], expected, rtol=1e-6)


@pytest.mark.filterwarnings("error")
def test_equal_advantages_become_zeros() -> None:
    np.testing.assert_array_equal(advantages_of(MASK, np.zeros((2, 3)), MASK, 0.0, 1.0), np.zeros((2, 3)))


def test_each_task_is_treated_alone() -> None:
    class Constant:
        def predict(self, observations: Any, returns: Any, mask: Any) -> Any:
            return np.full(mask.shape, returns[mask > 0].mean()) * mask

    generator = np.random.default_rng(0)
    values = [generator.standard_normal((3, 2, 3, size)).astype(np.float32) for size in (2, 1, 2)]
    rewards = generator.standard_normal((3, 2, 3)).astype(np.float32)
    whole = Trajectories(values[0], values[1], rewards, np.stack([MASK] * 3).astype(np.float32), values[2])
    found = samples_of(whole, Constant(), 0.9, 1.0)
    alone = samples_of(Trajectories(*(each[1:2] for each in whole)), Constant(), 0.9, 1.0)

    assert found.observations.shape == (3, 6, 2)
    assert found.advantages.dtype == np.float32
    np.testing.assert_array_equal(found.observations[0, 4], values[0][0, 1, 1])
    for whole_values, own_values in zip(found, alone, strict=True):
        np.testing.assert_array_equal(whole_values[1:2], own_values)
