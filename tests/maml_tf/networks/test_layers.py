"""Layers over a meta-batch against the plain computation, task by task, and their derivatives."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf.networks import Shared, shared
from maml_tf.networks.layers import add_filter_bias, convolve, linear, max_pool
from tests.maml_tf.reference import largest_difference

TASKS, EXAMPLES = 3, 4
ROUNDING = 1e-13
Layer = Callable[..., Any]


def drawn(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(list(shape)).normal(size=shape))


def kernel_per_task(kernel: Any, rank: int) -> Any:
    kernel = sum(kernel) if isinstance(kernel, Shared) else kernel
    return tf.broadcast_to(kernel, [TASKS, *kernel.shape[-rank:]])


def plain_linear(inputs: Any, kernel: Any, bias: Any) -> Any:
    bias = sum(bias) if isinstance(bias, Shared) else bias
    return tf.matmul(inputs, kernel_per_task(kernel, 2)) + (bias if len(bias.shape) == 1 else bias[:, tf.newaxis])


def plain_convolution(inputs: Any, kernel: Any, stride: int) -> Any:
    kernels = kernel_per_task(kernel, 4)
    return tf.stack([tf.nn.conv2d(inputs[task], kernels[task], stride, "SAME") for task in range(TASKS)])


LAYERS: dict[str, tuple[Layer, Layer, tuple[int, ...], list[tuple[int, ...]]]] = {
    f"linear, {features} to {units}": (linear, plain_linear, (features,), [(features, units), (units,)])
    for features, units in [(1, 1), (1, 5), (3, 1), (3, 5)]
} | {
    f"convolution, stride {stride}": (
        partial(convolve, stride=stride),
        partial(plain_convolution, stride=stride),
        (5, 4, 2),
        [(3, 3, 2, 3)],
    )
    for stride in (1, 2)
}
"""Each layer, the same layer in plain operations, the shape of an input, and the shapes of the parameters."""


def derivatives(layer: Layer, inputs: Any, parameters: list[Any], form: str) -> list[Any]:
    """Returns outputs, first derivatives, and second derivatives through the gradient of every task."""
    offsets = [shared(value, TASKS).offset for value in parameters] if form == "shared" else []
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([inputs, *parameters])
        with tf.GradientTape() as inner:
            inner.watch([inputs, *parameters, *offsets])
            outputs = layer(inputs, *(map(Shared, parameters, offsets) if offsets else parameters))
            # Not linear in the outputs, so that the derivatives of the gradient are not zero.
            value = tf.reduce_sum(tf.sin(outputs))
        first = inner.gradient(value, [inputs, *parameters, *offsets])
        probed = [tf.reduce_sum(slope * drawn(*slope.shape)) for slope in first]
    second = [outer.gradient(probe, [inputs, *parameters]) for probe in probed]
    return [outputs, *first, *tf.nest.flatten(second)]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("form", ["one for all", "own", "shared"])
@pytest.mark.parametrize("name", LAYERS)
def test_values_and_derivatives_equal_those_of_the_plain_layer(name: str, form: str, compiled: bool) -> None:
    layer, plain, input_shape, shapes = LAYERS[name]
    inputs = drawn(TASKS, EXAMPLES, *input_shape)
    parameters = [drawn(*([TASKS] if form == "own" else []), *shape) for shape in shapes]

    def computed() -> list[Any]:
        return derivatives(layer, inputs, parameters, form)

    actual = tf.function(computed, autograph=False)() if compiled else computed()

    expected = derivatives(plain, inputs, parameters, form)
    gradients, watched = 1 + len(shapes) * (2 if form == "shared" else 1), 1 + len(shapes)
    assert len(actual) == len(expected) == 1 + gradients + gradients * watched
    for one, other in zip(actual, expected, strict=True):
        assert one.shape == other.shape
        assert largest_difference(one, other) < ROUNDING


@pytest.mark.parametrize("form", ["one for all", "own", "shared"])
def test_a_convolution_in_bfloat16_rounds_itself_and_its_derivatives(form: str) -> None:
    inputs, kernel = drawn(TASKS, EXAMPLES, 5, 4, 2), drawn(*([TASKS] if form == "own" else []), 3, 3, 2, 3)
    layer = partial(convolve, stride=2, convolution_type="bfloat16")

    found = derivatives(layer, inputs, [kernel], form)

    expected = derivatives(partial(plain_convolution, stride=2), inputs, [kernel], form)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype == tf.float64
        # A number loses 2^-9 of itself at most; the sine of the outputs and its derivatives amplify that.
        assert 0 < tf.norm(one - other) < 0.05 * tf.norm(other)
    np.testing.assert_array_equal(found[0], tf.cast(found[0], tf.bfloat16))


def test_a_shared_kernel_goes_with_a_bias_per_task() -> None:
    inputs, kernel, bias = drawn(TASKS, EXAMPLES, 2), drawn(2, 5), drawn(TASKS, 5)

    outputs = linear(inputs, shared(kernel, TASKS), bias)

    assert largest_difference(outputs, plain_linear(inputs, kernel, bias)) < ROUNDING


def test_a_bias_is_added_to_its_filter() -> None:
    inputs, bias, own = drawn(TASKS, EXAMPLES, 2, 2, 4), drawn(4), drawn(TASKS, 4)

    np.testing.assert_array_equal(add_filter_bias(inputs, bias), inputs.numpy() + bias.numpy())
    expected = inputs.numpy() + own.numpy()[:, None, None, None]
    np.testing.assert_array_equal(add_filter_bias(inputs, own), expected)
    np.testing.assert_array_equal(add_filter_bias(inputs, Shared(tf.zeros([4], tf.float64), own)), expected)


def test_pooling_takes_the_maximum_and_drops_odd_edges() -> None:
    inputs = tf.reshape(tf.range(15.0), [1, 1, 3, 5, 1])

    np.testing.assert_array_equal(max_pool(inputs), [[[[[6.0], [8.0]]]]])
