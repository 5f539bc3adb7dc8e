"""Mean and variance against the naive formula, up to second derivatives."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf.networks.moments import Moments, moments
from tests.maml_tf.reference import largest_difference


def naive(inputs: Any, axes: list[int]) -> Moments:
    mean = tf.reduce_mean(inputs, axes, keepdims=True)
    return Moments(mean, tf.reduce_mean((inputs - mean) ** 2, axes, keepdims=True))


def derivatives(function: Any, axes: list[int]) -> list[Any]:
    """Value, gradient, and the gradient of the gradient along a direction."""
    random = np.random.default_rng(0)
    inputs, direction = (tf.constant(random.normal(2.0, size=[2, 3, 4, 5])) for _ in range(2))
    with tf.GradientTape() as outer:
        outer.watch(inputs)
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            mean, variance = function(inputs, axes)
            # Both enter together with the inputs, and none linearly.
            value = tf.reduce_sum(tf.sin(inputs * variance - mean) + mean**3)
        slope = inner.gradient(value, inputs)
        along = tf.reduce_sum(slope * direction)
    return [mean, variance, slope, outer.gradient(along, inputs)]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("axes", [[1], [1, 2], [2], []])
def test_values_and_derivatives_equal_those_of_the_naive_formula(axes: list[int], compiled: bool) -> None:
    if compiled:
        found = tf.function(lambda: derivatives(moments, axes), autograph=False)()
    else:
        found = derivatives(moments, axes)

    for one, other in zip(found, derivatives(naive, axes), strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", Moments._fields)
def test_a_moment_used_alone_has_its_gradient(name: str) -> None:
    inputs = tf.constant(np.random.default_rng(1).normal(size=[2, 6, 3]))

    def gradient(function: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = tf.reduce_sum(tf.exp(getattr(function(inputs, [1]), name)))
        return tape.gradient(value, inputs)

    assert largest_difference(gradient(moments), gradient(naive)) < 1e-13
