"""Losses and scores against NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

from maml_tf import accuracy, softmax_cross_entropy, squared_error
from tests.maml_tf.reference import largest_difference

TASKS, EXAMPLES = 2, 3


def drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(list(shape)).normal(size=shape)


@pytest.mark.parametrize("outputs", [1, 4])
def test_squared_error_is_averaged_over_outputs(outputs: int) -> None:
    predictions, target = drawn(TASKS, EXAMPLES, outputs), drawn(1, EXAMPLES, outputs)

    loss = squared_error(tf.constant(predictions), tf.constant(target))

    np.testing.assert_allclose(loss, np.mean((predictions - target) ** 2, axis=-1), rtol=1e-12)


def test_cross_entropy_equals_that_of_scipy() -> None:
    logits, target = 30 * drawn(TASKS, EXAMPLES, 5), np.eye(5)[[[0, 1, 4], [2, 2, 3]]]

    loss = softmax_cross_entropy(tf.constant(logits), tf.constant(target))

    np.testing.assert_allclose(loss, -np.sum(target * log_softmax(logits, axis=-1), axis=-1), rtol=1e-12)


def test_cross_entropy_has_the_derivatives_of_the_fused_kernel() -> None:
    logits, target = tf.constant(drawn(TASKS, EXAMPLES, 5)), tf.constant(np.eye(5)[[[0, 1, 4], [2, 2, 3]]])

    def second_derivative(loss: object) -> object:
        with tf.GradientTape() as outer:
            outer.watch(logits)
            with tf.GradientTape() as inner:
                inner.watch(logits)
                value = tf.reduce_sum(loss(logits))  # type: ignore[operator]
            slope = tf.reduce_sum(tf.sin(inner.gradient(value, logits)))
        return outer.gradient(slope, logits)

    actual = second_derivative(lambda value: softmax_cross_entropy(value, target))
    expected = second_derivative(lambda value: tf.nn.softmax_cross_entropy_with_logits(target, value))
    assert largest_difference(actual, expected) < 1e-12


def test_accuracy_is_0_or_100_per_cent() -> None:
    logits = tf.constant([[[0.1, 0.9], [0.9, 0.1]], [[5.0, -5.0], [-2.0, -1.0]]])
    target = tf.constant([[[0.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]])

    np.testing.assert_array_equal(accuracy(logits, target), [[100.0, 0.0], [100.0, 100.0]])


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_accuracy_of_diverged_outputs_is_undefined(broken: float) -> None:
    logits, target = tf.constant([[[broken, 0.0], [1.0, 0.0]]]), tf.constant([[[1.0, 0.0], [1.0, 0.0]]])

    np.testing.assert_array_equal(accuracy(logits, target), [[np.nan, 100.0]])
