"""Batch normalisation against NumPy, and its second derivatives."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import BatchNormalization
from maml_tf.networks import shared
from tests.maml_tf.reference import largest_difference

TASKS = 3


def drawn(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(list(shape)).normal(loc=2.0, scale=3.0, size=shape))


def by_numpy(inputs: Any, shift: Any, epsilon: float) -> Any:
    axes = tuple(range(1, inputs.ndim - 1))
    mean, variance = inputs.mean(axes, keepdims=True), inputs.var(axes, keepdims=True)
    return (inputs - mean) / np.sqrt(variance + epsilon) + shift


@pytest.mark.parametrize("epsilon", [1e-3, 1.0])
@pytest.mark.parametrize("shape", [(TASKS, 6, 4), (TASKS, 2, 3, 5, 4)])
def test_every_task_is_normalised_by_its_own_statistics(shape: tuple[int, ...], epsilon: float) -> None:
    inputs, shift = drawn(*shape), drawn(4)

    outputs = BatchNormalization(epsilon=epsilon).apply({"shift": shift}, inputs)

    np.testing.assert_allclose(outputs, by_numpy(inputs.numpy(), shift.numpy(), epsilon), rtol=1e-12)


@pytest.mark.parametrize("shape", [(TASKS, 6, 4), (TASKS, 2, 3, 5, 4)])
def test_every_task_can_have_its_own_shift(shape: tuple[int, ...]) -> None:
    inputs, shift = drawn(*shape), drawn(TASKS, 4)

    outputs = BatchNormalization().apply({"shift": shift}, inputs)

    spread = shift.numpy().reshape(TASKS, *[1] * (len(shape) - 2), 4)
    np.testing.assert_allclose(outputs, by_numpy(inputs.numpy(), spread, 1e-3), rtol=1e-12)


def test_a_shared_shift_has_a_gradient_for_each_task() -> None:
    inputs, declared = drawn(TASKS, 6, 4), shared(drawn(4), TASKS)

    with tf.GradientTape() as tape:
        tape.watch(declared.offset)
        outputs = BatchNormalization().apply({"shift": declared}, inputs)
        value = tf.reduce_sum(outputs * tf.reshape(tf.constant([1.0, 2.0, 3.0], tf.float64), [TASKS, 1, 1]))

    gradient = tape.gradient(value, declared.offset)
    np.testing.assert_allclose(gradient, np.outer([6.0, 12.0, 18.0], np.ones(4)), rtol=1e-12)


def test_the_default_epsilon_is_that_of_the_authors() -> None:
    assert BatchNormalization().epsilon == 1e-3


def test_the_shift_starts_at_zero() -> None:
    np.testing.assert_array_equal(BatchNormalization().initialize(5)["shift"], np.zeros(5))


def test_second_derivatives_are_exact() -> None:
    # `tf.nn.moments` would fail here: it stops the gradient at the mean inside the variance.
    probe, direction, width = drawn(TASKS, 4, 2), drawn(TASKS, 4, 2) / 7, 1e-6

    def slope(inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = BatchNormalization(epsilon=0.1).apply({"shift": tf.zeros([2], tf.float64)}, inputs)
            value = tf.reduce_sum(tf.sin(outputs))
        return tf.reduce_sum(tape.gradient(value, inputs) * direction)

    with tf.GradientTape() as outer:
        outer.watch(probe)
        value = slope(probe)
    exact = tf.reduce_sum(outer.gradient(value, probe) * direction)

    numeric = (slope(probe + width * direction) - slope(probe - width * direction)) / (2 * width)
    assert largest_difference(exact, numeric) < 1e-6
