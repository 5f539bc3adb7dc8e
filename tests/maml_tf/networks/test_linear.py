"""The affine layer against the plain product of matrices, and its derivatives."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf.networks.linear import linear
from maml_tf.networks.shared import Shared
from tests.maml_tf.reference import largest_difference

TASKS, EXAMPLES = 3, 4
ROUNDING = 1e-13
Layer = Callable[[Any, Any, Any], Any]


def drawn(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(list(shape)).normal(size=shape))


def plain(inputs: Any, kernel: Any, bias: Any) -> Any:
    """Every task has its own copy of the parameters."""
    kernel, bias = (sum(each) if isinstance(each, Shared) else each for each in (kernel, bias))
    return tf.matmul(inputs, kernel) + (bias if len(bias.shape) == 1 else bias[:, tf.newaxis])


def derivatives(layer: Layer, form: str, features: int, units: int) -> list[Any]:
    """Outputs, first derivatives, and second derivatives through the gradient of each task."""
    inputs, kernel, bias = drawn(TASKS, EXAMPLES, features), drawn(features, units), drawn(units)
    offsets = [tf.zeros([TASKS, features, units], tf.float64), tf.zeros([TASKS, units], tf.float64)]
    if form == "own":
        kernel, bias = drawn(TASKS, features, units), drawn(TASKS, units)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([inputs, kernel, bias])
        with tf.GradientTape() as inner:
            inner.watch([inputs, kernel, bias, *offsets])
            chosen = [Shared(kernel, offsets[0]), Shared(bias, offsets[1])] if form == "shared" else [kernel, bias]
            outputs = layer(inputs, *chosen)
            # Not linear in the outputs, so that the derivatives of the gradient are not zero.
            value = tf.reduce_sum(tf.sin(outputs))
        handles = [inputs, kernel, bias, *(offsets if form == "shared" else [])]
        first = inner.gradient(value, handles)
        probed = [tf.reduce_sum(slope * drawn(*slope.shape)) for slope in first]
    second = [outer.gradient(each, [inputs, kernel, bias]) for each in probed]
    return [outputs, *first, *tf.nest.flatten(second)]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("features", "units"), [(1, 1), (1, 5), (3, 1), (3, 5)])
@pytest.mark.parametrize("form", ["one for all", "own", "shared"])
def test_values_and_derivatives_equal_the_plain_product(form: str, features: int, units: int, compiled: bool) -> None:
    if compiled:
        found = tf.function(lambda: derivatives(linear, form, features, units), autograph=False)()
    else:
        found = derivatives(linear, form, features, units)

    expected = derivatives(plain, form, features, units)

    assert len(found) == len(expected) == (1 + 5 + 5 * 3 if form == "shared" else 1 + 3 + 3 * 3)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert largest_difference(one, other) < ROUNDING


def test_shared_kernel_and_own_bias_go_together() -> None:
    inputs, kernel, bias = drawn(TASKS, EXAMPLES, 2), drawn(2, 5), drawn(TASKS, 5)
    shared_kernel = Shared(kernel, tf.zeros([TASKS, 2, 5], tf.float64))

    assert largest_difference(linear(inputs, shared_kernel, bias), plain(inputs, kernel, bias)) < ROUNDING
