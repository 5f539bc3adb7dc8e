"""Convolution and pooling for GPUs, made of a few large operations for all tasks together.

A GPU takes about as long to start an operation as to compute one small convolution, and a meta-batch in which every
task has its own kernel would need one convolution for each task. The same sums are one product of matrices: each patch
of an image is a row of one matrix, each filter a column of the other. The product has a leading axis of tasks, its
derivatives of every order are such products again, and cuBLAS computes all tasks of each in one call.

Patches take as many times the memory of an image as a filter has pixels. A GPU copies them quickly, and XLA makes
them in one pass. On a CPU they are slower than one convolution per task.

Two linear functions have gradients of their own, exact at every order. The gradient of taking patches is to add each
patch back to its place, and the other way round; TensorFlow's would write an array of the size of all patches for each
pixel of the kernel. The gradient of a kernel is a sum over all places of all images, which a GPU would add up one after
another; it is divided into parts that are computed side by side.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import tensorflow as tf

from maml_tf.interfaces import Tensor
from maml_tf.networks.own_gradient import Function, with_gradient


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
    window = Window(size=tuple(inputs.shape[2:4]), sides=(rows, columns), stride=stride)
    patches = inputs if window.is_pixel else _taken(window)(inputs)[0]
    # A kernel that all tasks share makes one task of them.
    matrix = tf.reshape(kernel, [-1, rows * columns * channels, filters])
    outputs = _multiply(tf.reshape(patches, [matrix.shape[0], -1, matrix.shape[1]]), matrix)[0]
    return tf.reshape(outputs, [*patches.shape[:-1], filters])


def max_pool(inputs: Tensor) -> Tensor:
    """Takes the maximum over windows of 2 x 2 pixels with stride 2; an odd last row or column is dropped.

    Of equal pixels the first in reading order receives the gradient, as in `tf.nn.max_pool2d`.
    """
    height, width = (2 * (side // 2) for side in inputs.shape[2:4])
    top, bottom = (
        tf.maximum(inputs[:, :, row:height:2, 0:width:2], inputs[:, :, row:height:2, 1:width:2]) for row in (0, 1)
    )
    return tf.maximum(top, bottom)


class Window(NamedTuple):
    """The places of a kernel on an image.

    Attributes:
        size: Height and width of the image.
        sides: Height and width of the kernel.
        stride: Distance in pixels from one place to the next.
    """

    size: tuple[int, ...]
    sides: tuple[int, ...]
    stride: int

    @property
    def is_pixel(self) -> bool:
        """Whether the patches are the pixels of the image."""
        return self.sides == (1, 1) and self.stride == 1

    @property
    def padding(self) -> list[list[int]]:
        """How many zeros TensorFlow's padding "SAME" adds before and after each axis."""
        totals = [
            max((count - 1) * self.stride + side - size, 0)
            for count, side, size in zip(self._counts, self.sides, self.size, strict=True)
        ]
        return [[total // 2, total - total // 2] for total in totals]

    @property
    def slices(self) -> Iterator[tuple[list[int], list[int]]]:
        """First pixel, and the one after the last, that each pixel of the kernel meets in the padded image."""
        tall, wide = ((count - 1) * self.stride + 1 for count in self._counts)
        for row in range(self.sides[0]):
            for column in range(self.sides[1]):
                yield [row, column], [row + tall, column + wide]

    @property
    def _counts(self) -> list[int]:
        return [-(-size // self.stride) for size in self.size]


@cache
def _taken(window: Window) -> Function:
    """Returns the function that takes the pixels under a kernel at each of its places.

    It maps `[tasks, examples, height, width, channels]` to `[tasks, examples, places, places, all pixels]`.
    """

    def patches_taken(images: Tensor) -> tuple[Tensor]:
        padded = tf.pad(images, [[0, 0], [0, 0], *window.padding, [0, 0]])
        step = window.stride
        parts = [padded[:, :, top:bottom:step, left:right:step] for (top, left), (bottom, right) in window.slices]
        return (tf.concat(parts, axis=-1),)

    def gradient(given: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
        del given
        return _added(window)(upstream[0])

    return with_gradient(patches_taken, gradient)


@cache
def _added(window: Window) -> Function:
    """Returns the function that adds each pixel of each patch to its place in the image."""

    def patches_added(patches: Tensor) -> tuple[Tensor]:
        parts = tf.split(patches, window.sides[0] * window.sides[1], axis=-1)
        tasks, examples, *_, channels = parts[0].shape
        sizes = [size + sum(zeros) for size, zeros in zip(window.size, window.padding, strict=True)]
        padded = tf.add_n(
            [
                tf.raw_ops.StridedSliceGrad(
                    shape=[tasks, examples, *sizes, channels],
                    begin=[0, 0, *begin, 0],
                    end=[tasks, examples, *end, channels],
                    strides=[1, 1, window.stride, window.stride, 1],
                    dy=part,
                )
                for part, (begin, end) in zip(parts, window.slices, strict=True)
            ]
        )
        (top, _), (left, _) = window.padding
        return (padded[:, :, top : top + window.size[0], left : left + window.size[1]],)

    def gradient(given: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
        del given
        return _taken(window)(upstream[0])

    return with_gradient(patches_added, gradient)


def _product(left: Tensor, right: Tensor) -> tuple[Tensor]:
    """Multiplies `[tasks, rows, inner]` with `[tasks, inner, columns]`."""
    return (tf.matmul(left, right),)


def _of_product(given: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
    left, right = given
    by_left = _multiply(upstream[0], tf.linalg.matrix_transpose(right))
    return *by_left, *_multiply_transposed(left, upstream[0])


def _transposed_product(left: Tensor, right: Tensor) -> tuple[Tensor]:
    """Multiplies the transposed `[tasks, rows, inner]` with `[tasks, rows, columns]`; there are many rows."""
    tasks, rows, inner = left.shape
    parts = _parts(rows)
    divided = [tf.reshape(each, [tasks * parts, rows // parts, each.shape[-1]]) for each in (left, right)]
    products = tf.matmul(*divided, transpose_a=True)
    return (tf.reduce_sum(tf.reshape(products, [tasks, parts, inner, right.shape[-1]]), axis=1),)


def _of_transposed_product(given: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
    left, right = given
    by_left = _multiply(right, tf.linalg.matrix_transpose(upstream[0]))
    return *by_left, *_multiply(left, upstream[0])


def _parts(rows: int) -> int:
    """Returns into how many equal parts a sum over rows is divided; 1 if all fitting parts are very short."""
    fitting = next(length for length in range(min(rows, _LONGEST), 0, -1) if rows % length == 0)
    return rows // fitting if fitting >= _SHORTEST else 1


_multiply = with_gradient(_product, _of_product)
_multiply_transposed = with_gradient(_transposed_product, _of_transposed_product)
_LONGEST, _SHORTEST = 512, 32  # rows that one part adds up
