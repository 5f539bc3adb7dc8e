"""Convolution and pooling for GPUs, made of a few large operations for all tasks together.

A GPU takes about as long to start an operation as to compute one small convolution, and a meta-batch in which every
task has its own kernel would need one convolution for each task. The same sums are one product of matrices: each patch
of an image is a row of one matrix, each filter a column of the other. The product has a leading axis of tasks, its
derivatives of every order are such products again, and cuBLAS computes all tasks of each in one call.

Patches take as many times the memory of an image as a filter has pixels. A GPU copies them quickly, and XLA makes
them in one pass. On a CPU they are slower than one convolution per task.
"""

import tensorflow as tf

from maml_tf.interfaces import Tensor


def convolve(inputs: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """Convolves the images of every task, with padding that keeps their size if the stride is 1.

    Args:
        inputs: `[tasks, examples, height, width, channels]`.
        kernel: `[rows, columns, channels, filters]` if shared, `[tasks, rows, columns, channels, filters]` if not.
        stride: Distance in pixels from one output to the next.

    Returns:
        `[tasks, examples, ceil(height / stride), ceil(width / stride), filters]`.
    """
    rows, columns, channels, filters = kernel.shape[-4:]
    patches = _patches(inputs, (rows, columns), stride)
    shape = patches.shape[:-1]
    matrix = tf.reshape(kernel, [*kernel.shape[:-4], rows * columns * channels, filters])
    leading = [-1] if matrix.shape.rank == _SHARED_RANK else [shape[0], -1]
    outputs = tf.matmul(tf.reshape(patches, [*leading, patches.shape[-1]]), matrix)
    return tf.reshape(outputs, [*shape, filters])


def max_pool(inputs: Tensor) -> Tensor:
    """Takes the maximum over windows of 2 x 2 pixels with stride 2; an odd last row or column is dropped.

    Of equal pixels the first in reading order receives the gradient, as in `tf.nn.max_pool2d`.
    """
    height, width = (2 * (side // 2) for side in inputs.shape[2:4])
    top, bottom = (
        tf.maximum(inputs[:, :, row:height:2, 0:width:2], inputs[:, :, row:height:2, 1:width:2]) for row in (0, 1)
    )
    return tf.maximum(top, bottom)


def _patches(inputs: Tensor, sides: tuple[int, int], stride: int) -> Tensor:
    """Returns the pixels under a kernel at each of its places, `[tasks, examples, height, width, all pixels]`."""
    if stride == 1 and sides == (1, 1):
        return inputs
    outputs = [-(-size // stride) for size in inputs.shape[2:4]]
    padding = [_padding(*each, stride) for each in zip(inputs.shape[2:4], sides, strict=True)]
    padded = tf.pad(inputs, [[0, 0], [0, 0], *padding, [0, 0]])
    # The number of pixels from the first to the last place of the kernel, by axis.
    tall, wide = ((count - 1) * stride + 1 for count in outputs)
    return tf.concat(
        [
            padded[:, :, row : row + tall : stride, column : column + wide : stride]
            for row in range(sides[0])
            for column in range(sides[1])
        ],
        axis=-1,
    )


def _padding(size: int, side: int, stride: int) -> list[int]:
    """Returns how many zeros TensorFlow's padding "SAME" adds before and after an axis."""
    total = max((-(-size // stride) - 1) * stride + side - size, 0)
    return [total // 2, total - total // 2]


_SHARED_RANK = 2  # of the matrix of a kernel that all tasks share
