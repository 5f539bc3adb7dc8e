"""Normalisation, ReLU and max-pooling of a convolutional block in few passes over memory.

A block is limited by memory rather than by arithmetic: as separate operations, its first and second derivatives read
and write the large feature maps some twenty times. Here the value, the first derivative and the second derivative are
one compiled kernel each, with the formulas below. Derivatives of higher order come from `plain`, which is also the
reference that the tests compare with.

Notation, for one task and one feature: x are the n values that enter the block, m is their mean, v their variance, and
r = (v + epsilon)^(-1/2). Max-pooling takes p = S x, where S selects the first largest pixel of every window (S is the
identity without pooling). As S and the mask k of the ReLU are piecewise constant, the value is

    y = k (p r + s - m r)                                    with the shift s.

**First derivative.** Let d be the gradient with respect to y, g = k d, A = sum(g), and E = sum(g (p - m)), which is the
gradient with respect to r. With dm/dx = 1/n and dr/dx = -r^3 (x - m) / n, the gradients with respect to x and s are

    dx = r S'g + c (x - m) - r A / n,   c = -r^3 E / n,      ds = A.

**Second derivative.** Let u and w be the gradients with respect to dx and ds, q = S u, U = sum(u), X = sum(u (x - m))
and Q = sum(g q). Then dx and ds enter the objective as

    F = r Q + c X - r A U / n + w A.

Its derivatives by the direct occurrences of x, of m and of r are

    F_x = c u - (r^3 X / n) S'g,   F_m = r^3 X A / n - c U,   F_r = Q - A U / n - 3 r^2 E X / n,

so that the gradients with respect to x and d are

    F_x + F_m / n - F_r r^3 (x - m) / n      and      k (r q - (r^3 X / n) (p - m) - r U / n + w).
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import tensorflow as tf

from maml_tf.devices import on_gpu
from maml_tf.interfaces import Tensor
from maml_tf.networks.layers import max_pool
from maml_tf.networks.own_gradient import Function, with_gradient


class Block(NamedTuple):
    """What distinguishes one block from another.

    Attributes:
        pools: Whether it takes the maximum over windows of 2 x 2 pixels.
        epsilon: Added to the variance.
    """

    pools: bool
    epsilon: float


def is_faster(inputs: Tensor) -> bool:
    """Returns whether `fused` is faster than separate operations: for large feature maps of known shape on a CPU."""
    size = inputs.shape.num_elements()
    return size is not None and size >= _LARGE and tf.test.is_built_with_xla() and not on_gpu()


def plain(block: Block, inputs: Tensor, shift: Tensor) -> Tensor:
    """Computes what `fused` computes, with ordinary operations, whose derivatives of every order are exact."""
    mean = tf.reduce_mean(inputs, _SUMMED, keepdims=True)
    variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), _SUMMED, keepdims=True)
    scale = tf.math.rsqrt(variance + block.epsilon)
    largest = max_pool(inputs) if block.pools else inputs
    return tf.nn.relu(largest * scale + (shift - mean * scale))


def fused(block: Block, inputs: Tensor, shift: Tensor) -> Tensor:
    """Normalises the images of every task by their own mean and variance, adds the shift, applies ReLU, and pools.

    Args:
        block: The kind of block.
        inputs: `[tasks, examples, height, width, filters]`.
        shift: `[tasks, 1, 1, 1, filters]`.

    Returns:
        `[tasks, examples, height, width, filters]`; half the height and width, rounded down, if the block pools.
    """
    # The derivatives need what the value was computed from, but nothing is differentiated with respect to it.
    outputs, *kept = _compiled(_value, block, tf.stop_gradient(inputs), tf.stop_gradient(shift))
    return _with_derivatives(block)(inputs, shift, outputs, *kept)[0]


@cache
def _with_derivatives(block: Block) -> Function:
    """Returns the function of x, s and what `_value` computed that returns y."""

    def block_value(inputs: Tensor, shift: Tensor, outputs: Tensor, *kept: Tensor) -> tuple[Tensor, ...]:
        return (outputs,)

    def gradient(arguments: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor | None]:
        inputs, *constants = arguments
        # The mask of the ReLU is the only effect of the shift on the derivative, so it is a constant there.
        first = _first_derivative(block)(inputs, *upstream, *constants)
        return [*first, *[None] * (len(constants) - 1)]

    return with_gradient(block_value, gradient)


@cache
def _first_derivative(block: Block) -> Function:
    """Returns the function of x, d, s and what `_value` computed that returns dx and ds."""

    def block_first(inputs: Tensor, upstream: Tensor, shift: Tensor, *kept: Tensor) -> tuple[Tensor, ...]:
        return tuple(_compiled(_first, block, inputs, upstream, *kept))

    def gradient(arguments: Sequence[Tensor], further: Sequence[Tensor]) -> Sequence[Tensor | None]:
        inputs, upstream, *constants = arguments
        second = _second_derivative(block)(inputs, upstream, *further, *constants)
        return [*second, *[None] * len(constants)]

    return with_gradient(block_first, gradient, outputs=2)


@cache
def _second_derivative(block: Block) -> Function:
    """Returns the function that differentiates the first derivative; its own derivatives come from `plain`."""

    def block_second(
        inputs: Tensor, upstream: Tensor, of_inputs: Tensor, of_shift: Tensor, shift: Tensor, *kept: Tensor
    ) -> tuple[Tensor, ...]:
        selected = _compiled(_selected, block, of_inputs, inputs, kept[-1])[0] if block.pools else of_inputs
        return tuple(_compiled(_second, block, inputs, upstream, of_inputs, of_shift, selected, *kept))

    def gradient(arguments: Sequence[Tensor], further: Sequence[Tensor]) -> Sequence[Tensor | None]:
        variable, shift = list(arguments[:4]), arguments[4]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variable)
            values = _second_of_plain(block, shift, *variable)
        found = tape.gradient(values, variable, list(further), unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return [*found, *[None] * (len(arguments) - 4)]

    return with_gradient(block_second, gradient, outputs=2)


def _second_of_plain(
    block: Block, shift: Tensor, inputs: Tensor, upstream: Tensor, of_inputs: Tensor, of_shift: Tensor
) -> Sequence[Tensor]:
    with tf.GradientTape(watch_accessed_variables=False) as outer:
        outer.watch([inputs, upstream])
        with tf.GradientTape(watch_accessed_variables=False) as inner:
            inner.watch([inputs, shift])
            outputs = plain(block, inputs, shift)
        first = inner.gradient(outputs, [inputs, shift], upstream)
    return outer.gradient(first, [inputs, upstream], [of_inputs, of_shift])  # type: ignore[no-any-return]


def _value(block: Block, inputs: Tensor, shift: Tensor) -> Sequence[Tensor]:
    """Returns y, and what the derivatives need: m, r and p."""
    count = _count(inputs)
    mean = _sum(lambda x: x, inputs) / count
    # Two passes: a difference of two sums of squares would lose digits where the mean is large.
    variance = _sum(tf.math.squared_difference, inputs, mean) / count
    scale = tf.math.rsqrt(variance + block.epsilon)
    largest = inputs
    if block.pools:
        first, second, third, fourth = _pixels(inputs)
        largest = tf.maximum(tf.maximum(first, second), tf.maximum(third, fourth))
    return tf.nn.relu(largest * scale + (shift - mean * scale)), mean, scale, largest


def _first(
    block: Block, inputs: Tensor, upstream: Tensor, outputs: Tensor, mean: Tensor, scale: Tensor, largest: Tensor
) -> Sequence[Tensor]:
    """Returns dx and ds of the module's docstring."""
    count = _count(inputs)
    total = _sum(_masked, upstream, outputs)
    slope = -(scale**3) * _sum(_masked_product, upstream, outputs, largest, mean) / count
    scattered = _scatter(block, scale * _masked(upstream, outputs), inputs, largest)
    return scattered + (inputs * slope - (mean * slope + scale * total / count)), total


def _second(
    block: Block,
    inputs: Tensor,
    upstream: Tensor,
    of_inputs: Tensor,
    of_shift: Tensor,
    selected: Tensor,
    outputs: Tensor,
    mean: Tensor,
    scale: Tensor,
    largest: Tensor,
) -> Sequence[Tensor]:
    """Returns the gradients of F of the module's docstring with respect to x and d."""
    count = _count(inputs)
    total = _sum(_masked, upstream, outputs)
    of_scale = _sum(_masked_product, upstream, outputs, largest, mean)
    slope = -(scale**3) * of_scale / count
    sum_further = _sum(lambda u: u, of_inputs)
    product = _sum(lambda u, x, m: u * (x - m), of_inputs, inputs, mean)
    cubic = scale**3 * product / count
    by_mean = cubic * total - slope * sum_further
    by_scale = (
        _sum(lambda d, y, q: _masked(d, y) * q, upstream, outputs, selected)
        - total * sum_further / count
        - 3 * scale**2 * of_scale * product / count
    )
    curvature = -by_scale * scale**3 / count
    scattered = _scatter(block, -cubic * _masked(upstream, outputs), inputs, largest)
    by_inputs = scattered + of_inputs * slope + inputs * curvature + (by_mean / count - mean * curvature)
    by_upstream = selected * scale - largest * cubic + (mean * cubic - scale * sum_further / count + of_shift)
    return by_inputs, _masked(by_upstream, outputs)


def _masked(upstream: Tensor, outputs: Tensor) -> Tensor:
    return tf.where(outputs > 0, upstream, tf.zeros([], upstream.dtype))


def _masked_product(upstream: Tensor, outputs: Tensor, largest: Tensor, mean: Tensor) -> Tensor:
    return _masked(upstream, outputs) * (largest - mean)


def _pixels(images: Tensor) -> list[Tensor]:
    """Returns the four pixels of every window of 2 x 2, row by row; an odd last row or column is dropped."""
    height, width = (side // 2 * 2 for side in images.shape[2:4])
    return [images[:, :, row:height:2, column:width:2] for row in (0, 1) for column in (0, 1)]


def _is_first(images: Tensor, largest: Tensor) -> list[Tensor]:
    """Returns for each of `_pixels` where it is the first one that is largest, as in TensorFlow's max-pooling."""
    equal = [pixel >= largest for pixel in _pixels(images)]
    chosen, taken = [equal[0]], equal[0]
    for each in equal[1:]:
        chosen.append(each & ~taken)
        taken |= each
    return chosen


def _selected(block: Block, values: Tensor, images: Tensor, largest: Tensor) -> Sequence[Tensor]:
    """Computes S values; a kernel of its own, because the sums of `_second` would compute it once for each part."""
    del block
    pairs = zip(_is_first(images, largest), _pixels(values), strict=True)
    return [tf.add_n([tf.where(first, pixel, tf.zeros([], values.dtype)) for first, pixel in pairs])]


def _scatter(block: Block, values: Tensor, images: Tensor, largest: Tensor) -> Tensor:
    """Computes S' values: every value goes to the pixel that was largest."""
    if not block.pools:
        return values
    pixels = [tf.where(first, values, tf.zeros([], values.dtype)) for first in _is_first(images, largest)]
    tasks, examples, height, width, filters = values.shape
    rows = [tf.stack(pixels[row : row + 2], axis=4) for row in (0, 2)]
    scattered = tf.reshape(tf.stack(rows, axis=3), [tasks, examples, 2 * height, 2 * width, filters])
    rest = [side % 2 for side in images.shape[2:4]]
    return tf.pad(scattered, [[0, 0], [0, 0], [0, rest[0]], [0, rest[1]], [0, 0]])


def _sum(function: Callable[..., Tensor], *arguments: Tensor) -> Tensor:
    """Sums an elementwise function over all axes but those of tasks and filters.

    The compiler only uses vector instructions if it need not compute the function while it adds along the rows, so
    the function is first added up over parts of the rows.
    """
    rows = _count(arguments[0])
    parts = next(parts for parts in range(_PARTS, 0, -1) if rows % parts == 0)

    def part(argument: Tensor, place: int) -> Tensor:
        tasks, filters = argument.shape[0], argument.shape[-1]
        if _count(argument) == 1:
            return tf.reshape(argument, [tasks, 1, filters])
        return tf.reshape(argument, [tasks, parts, rows // parts, filters])[:, place]

    added = tf.add_n([function(*(part(argument, place) for argument in arguments)) for place in range(parts)])
    summed = tf.reduce_sum(added, axis=1)
    return tf.reshape(summed, [summed.shape[0], 1, 1, 1, summed.shape[-1]])


def _count(images: Tensor) -> int:
    return math.prod(images.shape[1:-1])


def _compiled(function: Callable[..., Sequence[Tensor]], block: Block, *arguments: Tensor) -> Sequence[Tensor]:
    shapes = tuple(tuple(argument.shape) for argument in arguments)
    kernel = _kernel(function, block, shapes, arguments[0].dtype)
    return kernel(*arguments)  # type: ignore[no-any-return]


@cache
def _kernel(function: Callable[..., Sequence[Tensor]], block: Block, shapes: Any, dtype: tf.DType) -> Any:
    del shapes, dtype  # one kernel for each; TensorFlow warns of a function that it traces for many shapes

    def apply(*arguments: Tensor) -> Sequence[Tensor]:
        return function(block, *arguments)

    return tf.function(apply, jit_compile=True, autograph=False)


_SUMMED = [1, 2, 3]  # examples, height, width
_PARTS = 16
_LARGE = 2**18  # elements; below, starting a kernel costs more than it saves
