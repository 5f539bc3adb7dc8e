"""Affine layers over a meta-batch of tasks."""

from collections.abc import Callable

import tensorflow as tf

from maml_tf.interfaces import Tensor
from maml_tf.networks.shared import Shared


def linear(inputs: Tensor, kernel: Tensor | Shared, bias: Tensor | Shared) -> Tensor:
    """Computes `inputs @ kernel + bias` for every task.

    Args:
        inputs: `[tasks, examples, features]`.
        kernel: `[features, units]` if shared, `[tasks, features, units]` if not.
        bias: `[units]` if shared, `[tasks, units]` if not.

    Returns:
        `[tasks, examples, units]`.
    """
    return _add_bias(_multiply(inputs, kernel), bias)


def _multiply(inputs: Tensor, kernel: Tensor | Shared) -> Tensor:
    if isinstance(kernel, Shared):
        return _multiply_shared(inputs, kernel.value, kernel.offset)
    if kernel.shape.rank == 2:
        return _as_one_batch(inputs, kernel)
    return tf.matmul(inputs, kernel)


def _add_bias(inputs: Tensor, bias: Tensor | Shared) -> Tensor:
    if isinstance(bias, Shared):
        return _add_shared_bias(inputs, bias.value, bias.offset)
    return inputs + (bias if bias.shape.rank == 1 else tf.expand_dims(bias, 1))


def _as_one_batch(inputs: Tensor, kernel: Tensor, transpose: bool = False) -> Tensor:
    # One large product is several times faster than one small product a task.
    merged = _merge_tasks(inputs)
    if inputs.shape[-1] == 1 and not transpose:
        outputs = merged * kernel  # with a single feature the general product is the slower way
    else:
        outputs = tf.matmul(merged, kernel, transpose_b=transpose)
    return tf.reshape(outputs, [*inputs.shape[:-1], outputs.shape[-1]])


def _merge_tasks(inputs: Tensor) -> Tensor:
    return tf.reshape(inputs, [-1, inputs.shape[-1]])


Gradient = Callable[[Tensor], tuple[Tensor, ...]]


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _multiply_shared(inputs: Tensor, kernel: Tensor, offset: Tensor) -> tuple[Tensor, Gradient]:
    # `offset` is zero, so the value needs none of it; its gradient is the product of each task.
    # All of it is made of differentiable operations: second-order gradients stay exact.
    del offset

    def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
        return (
            _as_one_batch(upstream, kernel, transpose=True),
            tf.matmul(_merge_tasks(inputs), _merge_tasks(upstream), transpose_a=True),
            tf.matmul(inputs, upstream, transpose_a=True),
        )

    return _as_one_batch(inputs, kernel), gradient


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _add_shared_bias(inputs: Tensor, bias: Tensor, offset: Tensor) -> tuple[Tensor, Gradient]:
    del offset

    def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
        each_task = tf.reduce_sum(upstream, axis=1)
        return upstream, tf.reduce_sum(each_task, axis=0), each_task

    return tf.nn.bias_add(inputs, bias), gradient
