"""Adam against NumPy and against the optimizer of the authors' program."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Adam, SettingError

SHAPES = ([3], [2, 2])


def gradients(steps: int) -> list[list[np.ndarray]]:
    """Gradients of very different sizes, one list a step."""
    drawn = np.random.default_rng(0)
    scales = 10.0 ** drawn.integers(-6, 2, size=steps)
    return [[scale * drawn.normal(size=shape) for shape in SHAPES] for scale in scales]


def run(adam: Adam, steps: int = 12, dtype: str = "float64") -> list[np.ndarray]:
    """Parameters, all ones at first, after some steps."""
    variables = [tf.Variable(tf.ones(shape, dtype)) for shape in SHAPES]
    slots = adam.slots(variables)
    for number, each in enumerate(gradients(steps), start=1):
        casted = [tf.constant(gradient, dtype) for gradient in each]
        adam.update(variables, slots, casted, tf.constant(number, tf.int64))
    return [variable.numpy() for variable in variables]


def by_numpy(adam: Adam, steps: int = 12) -> list[np.ndarray]:
    """The formulas of Kingma and Ba, with epsilon outside the corrected root."""
    values = [np.ones(shape) for shape in SHAPES]
    first, second = ([np.zeros(shape) for shape in SHAPES] for _ in range(2))
    for number, each in enumerate(gradients(steps), start=1):
        bound = np.inf if adam.clip is None else adam.clip
        rate = adam.learning_rate * np.sqrt(1 - adam.beta2**number) / (1 - adam.beta1**number)
        for index, gradient in enumerate(np.clip(one, -bound, bound) for one in each):
            first[index] = adam.beta1 * first[index] + (1 - adam.beta1) * gradient
            second[index] = adam.beta2 * second[index] + (1 - adam.beta2) * gradient**2
            values[index] = values[index] - rate * first[index] / (np.sqrt(second[index]) + adam.epsilon)
    return values


VARIANTS = {
    "usual": Adam(),
    "learning rate": Adam(learning_rate=0.02),
    "beta1": Adam(beta1=0.5),
    "beta2": Adam(beta2=0.9),
    "epsilon": Adam(epsilon=1e-4),
    "clip": Adam(clip=1e-3),
}


@pytest.mark.parametrize("adam", VARIANTS.values(), ids=list(VARIANTS))
def test_updates_equal_the_formulas(adam: Adam) -> None:
    for found, expected in zip(run(adam), by_numpy(adam), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("adam", list(VARIANTS.values())[1:], ids=list(VARIANTS)[1:])
def test_every_setting_changes_the_result(adam: Adam) -> None:
    assert np.abs(run(adam)[0] - run(Adam())[0]).max() > 1e-5


def test_updates_equal_those_of_the_old_optimizer() -> None:
    old = tf.compat.v1.train.AdamOptimizer()
    variables = [tf.Variable(tf.ones(shape)) for shape in SHAPES]
    for each in gradients(12):
        pairs = zip([tf.constant(gradient, tf.float32) for gradient in each], variables, strict=True)
        old.apply_gradients(list(pairs))

    for found, variable in zip(run(Adam(), dtype="float32"), variables, strict=True):
        np.testing.assert_allclose(found, variable.numpy(), rtol=1e-6)


@pytest.mark.parametrize("bound", [None, 10.0])
def test_a_bound_that_is_not_reached_changes_nothing(bound: float | None) -> None:
    largest = max(np.abs(gradient).max() for each in gradients(3) for gradient in each)
    adam = Adam(clip=None if bound is None else bound * float(largest))

    np.testing.assert_array_equal(run(adam, steps=3)[0], run(Adam(), steps=3)[0])


def test_moments_start_at_zero_in_the_precision_of_the_parameters() -> None:
    slots = Adam().slots([tf.Variable(tf.ones(shape, tf.float64)) for shape in SHAPES])

    assert [list(slot.shape) for slot in slots] == [*SHAPES, *SHAPES]
    assert all(slot.dtype == tf.float64 and not np.any(slot.numpy()) for slot in slots)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be above 0, not 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0, not nan"),
        ({"epsilon": -1e-8}, "epsilon must be above 0, not -1e-08"),
        ({"clip": 0.0}, "clip must be above 0, not 0.0"),
        ({"beta1": 1.0}, "beta1 must be from 0 to below 1, not 1.0"),
        ({"beta2": -0.1}, "beta2 must be from 0 to below 1, not -0.1"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(Adam(), **change)
