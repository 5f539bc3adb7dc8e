"""Convolutions over a meta-batch of tasks."""

from collections.abc import Callable
from functools import partial

import tensorflow as tf

from maml_tf.interfaces import Tensor
from maml_tf.networks.shared import Shared, per_task

Gradient = Callable[[Tensor], tuple[Tensor, ...]]


def convolve(inputs: Tensor, kernel: Tensor | Shared, stride: int) -> Tensor:
    """Convolves the images of every task, padded so that a stride of 1 keeps their size.

    A kernel that tasks share is applied to all images in one go. Where each task has its own, there is
    one convolution a task: several times faster on a processor than one product with all patches,
    which copies each pixel as often as the kernel has places.

    Args:
        inputs: `[tasks, examples, height, width, channels]`.
        kernel: `[rows, columns, channels, filters]` if shared, `[tasks, ...]` of these if not.
        stride: pixels from one output to the next.

    Returns:
        `[tasks, examples, ceil(height / stride), ceil(width / stride), filters]`.
    """
    if isinstance(kernel, Shared):
        return _convolve_shared(stride)(inputs, kernel.value, kernel.offset)
    if kernel.shape.rank == 4:
        return _as_one_batch(partial(tf.nn.conv2d, filters=kernel, strides=stride, padding="SAME"), inputs)
    return _each_task(partial(tf.nn.conv2d, strides=stride, padding="SAME"), inputs, kernel)


def _convolve_shared(stride: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    settings = {"strides": [1, stride, stride, 1], "padding": "SAME"}

    def filter_gradient(inputs: Tensor, upstream: Tensor, *, shape: list[int]) -> Tensor:
        return tf.raw_ops.Conv2DBackpropFilter(input=inputs, filter_sizes=shape, out_backprop=upstream, **settings)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def apply(inputs: Tensor, kernel: Tensor, offset: Tensor) -> tuple[Tensor, Gradient]:
        # As for affine layers: the value needs none of the offset, whose gradient is that of each task.
        del offset
        outputs = _as_one_batch(partial(tf.nn.conv2d, filters=kernel, strides=stride, padding="SAME"), inputs)

        def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
            each_filter = partial(filter_gradient, shape=kernel.shape)
            merged = _merge_tasks(inputs).shape
            input_gradient = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=merged, filter=kernel, out_backprop=_merge_tasks(upstream), **settings
            )
            return (
                tf.reshape(input_gradient, inputs.shape),
                each_filter(_merge_tasks(inputs), _merge_tasks(upstream)),
                _each_task(each_filter, inputs, upstream),
            )

        return outputs, gradient

    return apply  # type: ignore[no-any-return]


def add_bias(inputs: Tensor, bias: Tensor | Shared) -> Tensor:
    """Adds the bias of each filter: `[filters]` if shared, `[tasks, filters]` if not."""
    bias = per_task(bias)
    return inputs + (bias if bias.shape.rank == 1 else tf.reshape(bias, [bias.shape[0], 1, 1, 1, -1]))


def max_pool(inputs: Tensor) -> Tensor:
    """Keeps the largest of each 2 x 2 pixels, an odd last row and column left out: `[tasks, examples, ...]`."""
    return _as_one_batch(partial(tf.nn.max_pool2d, ksize=2, strides=2, padding="VALID"), inputs)


def _each_task(operation: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    return tf.stack([operation(*parts) for parts in zip(*map(tf.unstack, tensors), strict=True)])


def _as_one_batch(operation: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    outputs = operation(_merge_tasks(inputs))
    return tf.reshape(outputs, [*inputs.shape[:2], *outputs.shape[1:]])


def _merge_tasks(inputs: Tensor) -> Tensor:
    return tf.reshape(inputs, [-1, *inputs.shape[2:]])
