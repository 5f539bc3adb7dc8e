"""Convolutions of a meta-batch against one convolution after another, and their derivatives."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf.networks import Shared
from maml_tf.networks.convolution import add_bias, convolve, max_pool
from tests.maml_tf.reference import largest_difference

TASKS, EXAMPLES = 3, 2
ROUNDING = 1e-13


def drawn(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(list(shape)).normal(size=shape))


def one_after_another(inputs: Any, kernel: Any, stride: int) -> Any:
    """Every task has its own copy of the kernel."""
    kernel = sum(kernel) if isinstance(kernel, Shared) else kernel
    kernels = tf.broadcast_to(kernel, [TASKS, *kernel.shape[-4:]])
    return tf.stack([tf.nn.conv2d(inputs[task], kernels[task], stride, "SAME") for task in range(TASKS)])


def derivatives(operation: Any, form: str, stride: int) -> list[Any]:
    """Outputs, first derivatives, and second derivatives through the gradient of each task."""
    inputs, kernel, offset = (
        drawn(TASKS, EXAMPLES, 5, 4, 2),
        drawn(3, 3, 2, 3),
        tf.zeros([TASKS, 3, 3, 2, 3], "float64"),
    )
    if form == "own":
        kernel = drawn(TASKS, 3, 3, 2, 3)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([inputs, kernel])
        with tf.GradientTape() as inner:
            inner.watch([inputs, kernel, offset])
            outputs = operation(inputs, Shared(kernel, offset) if form == "shared" else kernel, stride)
            # Not linear in the outputs, so that the derivatives of the gradient are not zero.
            value = tf.reduce_sum(tf.sin(outputs))
        first = inner.gradient(value, [inputs, kernel, *([offset] if form == "shared" else [])])
        probed = [tf.reduce_sum(slope * drawn(*slope.shape)) for slope in first]
    second = [outer.gradient(each, [inputs, kernel]) for each in probed]
    return [outputs, *first, *tf.nest.flatten(second)]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("form", ["one for all", "own", "shared"])
def test_values_and_derivatives_equal_one_convolution_after_another(form: str, stride: int, compiled: bool) -> None:
    if compiled:
        found = tf.function(lambda: derivatives(convolve, form, stride), autograph=False)()
    else:
        found = derivatives(convolve, form, stride)

    expected = derivatives(one_after_another, form, stride)

    assert len(found) == len(expected) == (1 + 3 + 3 * 2 if form == "shared" else 1 + 2 + 2 * 2)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert largest_difference(one, other) < ROUNDING


def test_a_bias_is_added_to_its_filter() -> None:
    inputs, bias, own = drawn(TASKS, EXAMPLES, 2, 2, 4), drawn(4), drawn(TASKS, 4)

    np.testing.assert_array_equal(add_bias(inputs, bias), inputs.numpy() + bias.numpy())
    expected = inputs.numpy() + own.numpy()[:, None, None, None]
    np.testing.assert_array_equal(add_bias(inputs, own), expected)
    np.testing.assert_array_equal(add_bias(inputs, Shared(tf.zeros([4], tf.float64), own)), expected)


def test_pooling_keeps_the_largest_and_leaves_odd_edges_out() -> None:
    inputs = tf.reshape(tf.range(15.0), [1, 1, 3, 5, 1])

    np.testing.assert_array_equal(max_pool(inputs), [[[[[6.0], [8.0]]]]])
