"""Functions with a gradient of their own: right wherever they are differentiated, and nothing stays in memory."""

import gc
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from maml_tf import (
    MAML,
    MLP,
    BatchNormalization,
    Conv4,
    FewShotImages,
    InnerLoop,
    Training,
    softmax_cross_entropy,
    train,
)
from maml_tf.datasets import ImageClasses
from maml_tf.interfaces import Network, Tensor
from maml_tf.networks.own_gradient import with_gradient

POINT = np.array([0.5, -1.5, 2.0])


def power_and_double(inputs: Tensor, offset: Tensor) -> tuple[Tensor, Tensor]:
    del offset
    return inputs**3, 2 * inputs


def gradient(given: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
    slope = 3 * given[0] ** 2 * upstream[0] + 2 * upstream[1]
    return slope, 10 * slope  # no other derivative would give that to the second input, which is not used


OWN = with_gradient(power_and_double, gradient, outputs=2)


def value(inputs: Tensor, offset: Tensor) -> Tensor:
    power, double = OWN(inputs, offset)
    return tf.reduce_sum(power * double)  # 2 * inputs**4


def twice(function: Callable[[Tensor, Tensor], Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the gradients with respect to both inputs, and the derivative of the first one."""
    inputs, offset = tf.constant(POINT), tf.zeros_like(POINT)
    with tf.GradientTape() as outer:
        outer.watch(inputs)
        with tf.GradientTape() as inner:
            inner.watch([inputs, offset])
            result = function(inputs, offset)
        first, of_offset = inner.gradient(result, [inputs, offset])
    return first, of_offset, outer.gradient(first, inputs)


def in_a_loop(inputs: Tensor, offset: Tensor) -> Tensor:
    zero = tf.constant(0.0, tf.float64)
    return tf.while_loop(lambda done, _: done < 1, lambda done, _: (done + 1, value(inputs, offset)), [0, zero])[1]


@pytest.mark.parametrize(
    "differentiated",
    [
        lambda: twice(value),
        lambda: tf.function(twice)(value),
        lambda: twice(tf.function(value)),  # the tapes see one operation, the function
        lambda: tf.function(twice)(in_a_loop),
    ],
    ids=["eager", "tapes in a graph", "tapes around a graph", "tapes around a loop"],
)
def test_derivatives_are_those_of_the_function(differentiated: Callable[[], Any]) -> None:
    first, of_offset, second = differentiated()
    np.testing.assert_allclose(first, 8 * POINT**3, rtol=1e-12)
    np.testing.assert_allclose(of_offset, 80 * POINT**3, rtol=1e-12)
    np.testing.assert_allclose(second, 24 * POINT**2, rtol=1e-12)


NORMALIZATION = BatchNormalization(statistics="batch at hand")
IMAGES = ImageClasses(images=np.eye(8, dtype=np.uint8).repeat(9, 0).reshape(3, 3, 8, 8), names=("a", "b", "c"))
NETWORKS: list[Network] = [
    MLP(inputs=64, hidden=(4,), outputs=2, normalization=NORMALIZATION),
    Conv4(image=(8, 8, 1), outputs=2, filters=2, downsampling="stride", summary="mean", normalization=NORMALIZATION),
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: type(network).__name__)
def test_nothing_stays_in_memory_after_meta_training(network: Network) -> None:
    graphs: list[Any] = []

    class Remembered(FewShotImages):
        """Tasks that remember the graphs in which they were fetched."""

        def episodes(self, plan: Any) -> Any:
            graphs.append(weakref.ref(tf.compat.v1.get_default_graph()))
            return super().episodes(plan)

    tasks = Remembered(images=IMAGES, ways=2, shot=1, query=1)
    learner = MAML(
        network=network, loss=softmax_cross_entropy, inner_loop=InnerLoop(steps=1, learning_rate=0.1, keeps=("shift",))
    )
    registered = []
    for _ in range(2):
        train(learner, tasks, Training(iterations=1, meta_batch=1, chunk=1), progress=False)
        registered.append(len(ops.gradient_registry.list()))
    gc.collect()
    assert graphs
    assert not any(graph() for graph in graphs)
    assert registered[0] == registered[1]
