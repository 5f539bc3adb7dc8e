"""Affine layers over a meta-batch of tasks."""

from collections.abc import Callable

import tensorflow as tf

from maml_tf.interfaces import Tensor
from maml_tf.networks.factored import Factored, multiply_as_one_batch
from maml_tf.networks.shared import Shared, per_task
from maml_tf.networks.traced import Traced


def linear(inputs: Tensor, kernel: Tensor | Shared | Factored | Traced, bias: Tensor | Shared) -> Tensor:
    """Computes `inputs @ kernel + bias` for every task.

    Args:
        inputs: `[tasks, examples, features]`.
        kernel: `[features, units]` if shared, `[tasks, features, units]` if not, or another form of it.
        bias: `[units]` if shared, `[tasks, units]` if not.

    Returns:
        `[tasks, examples, units]`.
    """
    return _add_bias(_multiply(inputs, kernel), bias)


def _multiply(inputs: Tensor, kernel: Tensor | Shared | Factored | Traced) -> Tensor:
    if isinstance(kernel, Factored | Traced):
        return kernel.multiply(inputs)
    if isinstance(kernel, Shared) or kernel.shape.rank > 2:
        return tf.matmul(inputs, per_task(kernel))
    return multiply_as_one_batch(inputs, kernel)


def _add_bias(inputs: Tensor, bias: Tensor | Shared) -> Tensor:
    if isinstance(bias, Shared):
        return _add_shared_bias(inputs, bias.value, bias.offset)
    return inputs + (bias if bias.shape.rank == 1 else tf.expand_dims(bias, 1))


Gradient = Callable[[Tensor], tuple[Tensor, ...]]


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _add_shared_bias(inputs: Tensor, bias: Tensor, offset: Tensor) -> tuple[Tensor, Gradient]:
    # `offset` is zero, so the value needs none of it; its gradient is the sum of each task.
    # All of it is made of differentiable operations: second-order gradients stay exact.
    del offset

    def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
        each_task = tf.reduce_sum(upstream, axis=1)
        return upstream, tf.reduce_sum(each_task, axis=0), each_task

    return tf.nn.bias_add(inputs, bias), gradient
