"""Affine and convolutional layers over a meta-batch of tasks."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import tensorflow as tf

from maml_tf.devices import on_gpu
from maml_tf.errors import SettingError
from maml_tf.interfaces import Tensor
from maml_tf.networks import patches
from maml_tf.networks.forms import Factored, Shared, Traced, multiply_as_one_batch, per_task, sum_over_tasks
from maml_tf.networks.own_gradient import Function, with_gradient


def linear(inputs: Tensor, kernel: Tensor | Shared | Factored | Traced, bias: Tensor | Shared) -> Tensor:
    """Computes `inputs @ kernel + bias` for every task.

    Args:
        inputs: `[tasks, examples, features]`.
        kernel: `[features, units]` if shared, `[tasks, features, units]` if not, or another form of either.
        bias: `[units]` if shared, `[tasks, units]` if not.

    Returns:
        `[tasks, examples, units]`.
    """
    outputs = _multiply(inputs, kernel)
    if isinstance(bias, Shared):
        return _add_shared_bias(outputs, bias.value, bias.offset)[0]
    return outputs + (bias if bias.shape.rank == 1 else tf.expand_dims(bias, 1))


def check_type(inputs: Tensor, bias: Tensor | Shared) -> None:
    """Checks that inputs have the type of the parameters, of which a bias is one.

    Raises:
        SettingError: They have another type; NumPy's default, for example, is float64.
    """
    needed, found = (tf.as_dtype(each.dtype) for each in (bias.value if isinstance(bias, Shared) else bias, inputs))
    if needed != found:
        raise SettingError(f"inputs must be {needed.name}, like the parameters, not {found.name}: use tf.cast")


def convolve(inputs: Tensor, kernel: Tensor | Shared, stride: int, convolution_type: str | None = None) -> Tensor:
    """Convolves the images of every task, with padding that keeps their size if the stride is 1.

    A kernel that all tasks share is applied to all images at once. If every task has its own kernel, there is one
    convolution per task. On a CPU this is several times faster than one product with all patches, which copies every
    pixel once for each element of the kernel; on a GPU it is the other way round, see `maml_tf.networks.patches`.

    Args:
        inputs: `[tasks, examples, height, width, channels]`.
        kernel: `[rows, columns, channels, filters]` if shared, `[tasks, rows, columns, channels, filters]` if not.
        stride: Distance in pixels from one output to the next.
        convolution_type: Type to which inputs, kernel and outputs are rounded, and so the gradients of all three; None
            to compute in the type of the inputs.

    Returns:
        `[tasks, examples, ceil(height / stride), ceil(width / stride), filters]`, of the type of the inputs.
    """
    if convolution_type:
        rounded = partial(tf.cast, dtype=convolution_type)
        kernel = Shared(*map(rounded, kernel)) if isinstance(kernel, Shared) else rounded(kernel)
        return tf.cast(convolve(rounded(inputs), kernel, stride), inputs.dtype)
    if on_gpu():
        return patches.convolve(inputs, per_task(kernel), stride)
    if isinstance(kernel, Shared):
        return _convolve_shared(stride)(inputs, kernel.value, kernel.offset)[0]
    if kernel.shape.rank == 4:
        return _as_one_batch(partial(tf.nn.conv2d, filters=kernel, strides=stride, padding="SAME"), inputs)
    return _task_by_task(partial(tf.nn.conv2d, strides=stride, padding="SAME"), inputs, kernel)


def add_filter_bias(inputs: Tensor, bias: Tensor | Shared) -> Tensor:
    """Adds the bias of each filter to feature maps; it is `[filters]` if shared and `[tasks, filters]` if not."""
    bias = per_task(bias)
    return inputs + (bias if bias.shape.rank == 1 else tf.reshape(bias, [bias.shape[0], 1, 1, 1, -1]))


def max_pool(inputs: Tensor) -> Tensor:
    """Takes the maximum over windows of 2 x 2 pixels with stride 2; an odd last row or column is dropped."""
    if on_gpu():
        return patches.max_pool(inputs)
    return _as_one_batch(partial(tf.nn.max_pool2d, ksize=2, strides=2, padding="VALID"), inputs)


def _multiply(inputs: Tensor, kernel: Tensor | Shared | Factored | Traced) -> Tensor:
    if isinstance(kernel, Factored | Traced):
        return kernel.multiply(inputs)
    if isinstance(kernel, Shared) or kernel.shape.rank > 2:
        return tf.matmul(inputs, per_task(kernel))
    return multiply_as_one_batch(inputs, kernel)


def _bias_added(inputs: Tensor, bias: Tensor, offset: Tensor) -> tuple[Tensor]:
    # `offset` is zero, so the value does not need it; its gradient is the sum over the examples of each task.
    del offset
    return (tf.nn.bias_add(inputs, bias),)


def _gradient_of_bias_added(inputs: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
    del inputs
    offset_gradient = tf.reduce_sum(upstream[0], axis=1)
    return upstream[0], sum_over_tasks(offset_gradient), offset_gradient


@cache
def _convolve_shared(stride: int) -> Function:
    settings = {"strides": [1, stride, stride, 1], "padding": "SAME"}

    def convolved(inputs: Tensor, kernel: Tensor, offset: Tensor) -> tuple[Tensor]:
        # As in `_bias_added`, the value does not need the offset; its gradient is the gradient of each task.
        del offset
        return (_as_one_batch(partial(tf.nn.conv2d, filters=kernel, strides=stride, padding="SAME"), inputs),)

    def filter_gradient(inputs: Tensor, upstream: Tensor, *, shape: list[int]) -> Tensor:
        return tf.raw_ops.Conv2DBackpropFilter(input=inputs, filter_sizes=shape, out_backprop=upstream, **settings)

    def gradient(given: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
        inputs, kernel, _ = given
        kernel_gradient = partial(filter_gradient, shape=kernel.shape)
        merged = _merge_tasks(inputs).shape
        input_gradient = tf.raw_ops.Conv2DBackpropInput(
            input_sizes=merged, filter=kernel, out_backprop=_merge_tasks(upstream[0]), **settings
        )
        return (
            tf.reshape(input_gradient, inputs.shape),
            kernel_gradient(_merge_tasks(inputs), _merge_tasks(upstream[0])),
            _task_by_task(kernel_gradient, inputs, upstream[0]),
        )

    return with_gradient(convolved, gradient)


def _task_by_task(operation: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    return tf.stack([operation(*slices) for slices in zip(*map(tf.unstack, tensors), strict=True)])


def _as_one_batch(operation: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    outputs = operation(_merge_tasks(inputs))
    return tf.reshape(outputs, [*inputs.shape[:2], *outputs.shape[1:]])


def _merge_tasks(inputs: Tensor) -> Tensor:
    return tf.reshape(inputs, [-1, *inputs.shape[2:]])


_add_shared_bias = with_gradient(_bias_added, _gradient_of_bias_added)
