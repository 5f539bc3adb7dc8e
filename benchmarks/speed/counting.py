"""How many operations a meta-iteration needs, counted from the network and the settings.

Counted are multiplications and additions of convolutions and matrix products, and the bytes of the feature maps that
they read and write. All other work (normalisation, activations, pooling, losses, the meta-optimizer) is left out, as if
it cost nothing. Kernels are not among the counted bytes, because they may stay in the cache.

A layer multiplies its inputs by its kernel. This product is done once to compute the outputs, once for the gradient of
the kernel and, except in the first layer, once for the gradient of the inputs. The exact meta-gradient also
differentiates these products of every inner step: each has two operands, so its derivative is two further products,
except with respect to the data.
"""

from dataclasses import dataclass
from itertools import pairwise

from benchmarks.speed.problem import SIDE, Problem

BYTES = 4  # of a number in single precision


@dataclass(frozen=True, kw_only=True)
class Layer:
    """The size of the product that a layer computes for one example.

    Attributes:
        multiplications: Multiplications of numbers, each followed by an addition.
        inputs: Numbers that enter.
        outputs: Numbers that leave.
    """

    multiplications: int
    inputs: int
    outputs: int


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What one meta-iteration needs at least.

    Attributes:
        operations: Multiplications and additions.
        bytes: Bytes read and written, if every product reads or writes its feature maps once.
    """

    operations: int
    bytes: int


def layers(problem: Problem) -> list[Layer]:
    """Returns the layers of the network from the first to the last."""
    if problem.image is None:
        return [_affine(*sizes) for sizes in pairwise((problem.inputs, *problem.hidden, problem.outputs))]
    channels = (problem.image[-1], *problem.hidden)
    blocks = [
        _convolution(before, before if problem.pooled else after, *sizes)
        for (before, after), sizes in zip(pairwise(problem.sides()), pairwise(channels), strict=True)
    ]
    return [*blocks, _affine(problem.features, problem.outputs)]


def count(problem: Problem, *, first_order: bool = False) -> Counts:
    """Counts one meta-iteration.

    Args:
        problem: The network and the settings.
        first_order: Whether second derivatives are left out.
    """
    operations = moved = 0
    for position, layer in enumerate(layers(problem)):
        first = position == 0
        examples = problem.support_size * problem.steps
        inner = _products(first) + (0 if first_order else _second_order_products(first))
        products = examples * inner + problem.query_size * _products(first)
        operations += problem.tasks * products * 2 * layer.multiplications
        moved += problem.tasks * products * (layer.inputs + layer.outputs)
    return Counts(operations=operations, bytes=BYTES * moved)


def _products(first: bool) -> int:
    """Products for outputs and gradients: outputs, gradient of the kernel, gradient of the inputs."""
    return 2 if first else 3


def _second_order_products(first: bool) -> int:
    """Products that differentiate those of an inner step: two for each, without those that lead to the data."""
    return 2 if first else 6


def _affine(inputs: int, outputs: int) -> Layer:
    return Layer(multiplications=inputs * outputs, inputs=inputs, outputs=outputs)


def _convolution(before: tuple[int, int], after: tuple[int, int], channels: int, filters: int) -> Layer:
    pixels = after[0] * after[1]
    return Layer(
        multiplications=pixels * SIDE * SIDE * channels * filters,
        inputs=before[0] * before[1] * channels,
        outputs=pixels * filters,
    )
