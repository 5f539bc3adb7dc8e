"""How fast single convolutions are, in a process of its own: as in this library on a CPU, and as products of patches.

Run as `python -m benchmarks.speed.layer_rates`. A request is a list of convolutions, each as the keyword arguments of
`Convolution`. The answer has, for each of them and for each of `WAYS`, the seconds of each of `PASSES` for one task.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.running import launch
from benchmarks.running.child import serve
from benchmarks.speed.problem import SIDE, Problem

PASSES = ("outputs", "gradient of the inputs", "gradient of the kernel")
WAYS = ("convolution", "patches")
_TASKS = 8  # with kernels of their own, as after an inner step
_REPEATS = 5


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """The size of a convolution for one task.

    Attributes:
        examples: Number of images.
        side: Height and width of the images.
        channels: Channels of the images.
        filters: Number of filters.
        stride: Distance in pixels from one output to the next.
    """

    examples: int
    side: tuple[int, int]
    channels: int
    filters: int
    stride: int

    @property
    def operations(self) -> int:
        """Multiplications and additions of one pass."""
        height, width = (-(-side // self.stride) for side in self.side)
        return 2 * self.examples * height * width * SIDE**2 * self.channels * self.filters


def convolutions(problem: Problem) -> list[Convolution]:
    """Returns the convolutions of a network on the support set of a task; none if the network has none."""
    if not problem.image:
        return []
    channels = pairwise((problem.image[-1], *problem.hidden))
    return [
        Convolution(
            examples=problem.support_size,
            side=side,
            channels=before,
            filters=after,
            stride=1 if problem.pooled else 2,
        )
        for side, (before, after) in zip(problem.sides()[:-1], channels, strict=True)
    ]


def measured(convolution: Convolution) -> dict[str, dict[str, float]]:
    """Returns the seconds of each pass for one task, by way and pass; the best of a few repetitions."""
    from maml_tf.networks import layers, patches

    ways: Mapping[str, Callable[..., Any]] = {WAYS[0]: layers.convolve, WAYS[1]: patches.convolve}
    return {
        # XLA takes patches in one pass, and TensorFlow in one pass for each pixel of the kernel.
        way: {each: _seconds(convolution, convolve, each, compiled=way == WAYS[1]) for each in PASSES}
        for way, convolve in ways.items()
    }


def _seconds(convolution: Convolution, convolve: Callable[..., Any], what: str, *, compiled: bool) -> float:
    import tensorflow as tf

    shape = [_TASKS, convolution.examples, *convolution.side, convolution.channels]
    inputs = tf.random.stateless_normal(shape, [0, 0])
    kernel = tf.random.stateless_normal([_TASKS, SIDE, SIDE, convolution.channels, convolution.filters], [0, 1])
    upstream = tf.random.stateless_normal(convolve(inputs, kernel, convolution.stride).shape, [0, 2])

    @tf.function(autograph=False, jit_compile=compiled)  # type: ignore[untyped-decorator]
    def one_pass(inputs: Any, kernel: Any, upstream: Any) -> Any:
        # A convolution is linear in each of its arguments, so a gradient needs no outputs, and they are not computed.
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([inputs, kernel])
            outputs = convolve(inputs, kernel, convolution.stride)
        if what == PASSES[0]:
            return outputs
        return tape.gradient(outputs, inputs if what == PASSES[1] else kernel, upstream)

    one_pass(inputs, kernel, upstream)
    return min(_timed(lambda: one_pass(inputs, kernel, upstream)) for _ in range(_REPEATS)) / _TASKS


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work().numpy()
    return time.perf_counter() - began


def main() -> None:
    """Answers requests until the parent closes."""
    requests, answer = serve()
    launch.start_tensorflow()
    for request in requests:
        answer([measured(Convolution(**each)) for each in request])


if __name__ == "__main__":
    main()
