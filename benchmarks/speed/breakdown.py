"""Where the time of this library goes: by kind of operation, and what limits the convolutions and matrix products."""

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace

import numpy as np

from benchmarks.running import launch
from benchmarks.running.child import Child
from benchmarks.speed.comparison import ENVIRONMENTS, Contender, prepared, progress_bar
from benchmarks.speed.counting import count
from benchmarks.speed.layer_rates import Convolution, convolutions
from benchmarks.speed.problem import Problem
from benchmarks.speed.sides import OURS, SIDES
from benchmarks.speed.workload import Workload

TURN = 1.0  # seconds that are profiled
ROUNDS = 3
PRODUCTS = re.compile(r"Conv2D|(Batch|Fused|_Fused)?MatMul|dot")


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How fast one thread computes a convolution on the support set of a task.

    Attributes:
        convolution: The size of the convolution.
        seconds: By way and by pass; see `benchmarks.speed.layer_rates`.
    """

    convolution: Convolution
    seconds: Mapping[str, Mapping[str, float]]

    def gflops(self, way: str) -> dict[str, float]:
        """Returns the rate of each pass in GFLOP/s."""
        return {each: self.convolution.operations / 1e9 / seconds for each, seconds in self.seconds[way].items()}


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """The time of one meta-iteration by kind of operation.

    Attributes:
        workload: Name of the workload.
        device: "cpu" or "gpu".
        time_ms: Milliseconds of one meta-iteration, without a profiler.
        ms: Milliseconds of each kind of operation, the longest first. On a CPU they are summed over threads.
        products_ms: Milliseconds that convolutions and matrix products need at least, at the rate of the best matrix
            product of this machine; None on a GPU, whose kernels have names of their own.
        layers: Rates of the convolutions of the network; none on a GPU.
    """

    workload: str
    device: str
    time_ms: float
    ms: Mapping[str, float]
    products_ms: float | None = None
    layers: Sequence[Rates] = ()

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        """Each kind of operation with its milliseconds and its share of all."""
        total = sum(self.ms.values())
        return [(operation, each, each / total) for operation, each in self.ms.items()]

    @property
    def share_of_products(self) -> float:
        """Share of convolutions and matrix products."""
        return sum(share for operation, _, share in self.shares if PRODUCTS.match(operation))

    @property
    def best_ms(self) -> float | None:
        """Milliseconds of one meta-iteration if its products ran at the best rate, and all else as now."""
        if self.products_ms is None:
            return None
        return self.time_ms * (1 - self.share_of_products) + self.products_ms


def break_down(workload: Workload, device: str = "cpu", *, quiet: bool = True) -> Breakdown:
    """Profiles this library, in a process of its own as in a comparison.

    Args:
        workload: What is profiled.
        device: "cpu" or "gpu".
        quiet: Whether to show no progress.

    Raises:
        BenchmarkError: The process ended, for example because nothing was recorded.
    """
    problem = Problem.of(workload.settings)
    with ExitStack() as stack:
        advance = progress_bar(f"profile of {workload.name}", 4 if device == "cpu" else 3, quiet, stack)
        folder = stack.enter_context(prepared(problem))
        with Contender(SIDES[OURS], workload, folder, device) as ours:
            ours.compute()
            advance()
            ours.warm_up(TURN)
            time_ms = 1e3 * float(np.median([ours.time() for _ in range(ROUNDS)]))
            advance()
            ms = {name: 1e3 * seconds for name, seconds in ours.profile().items()}
            advance()
        found = Breakdown(workload=workload.name, device=device, time_ms=time_ms, ms=ms)
        if device != "cpu":
            return found
        # Only now, because this library must have all cores while it is timed.
        return replace(found, products_ms=1e3 * count(problem).operations / _best_rate(), layers=_rates(problem))


def _best_rate() -> float:
    """Returns the operations per second of the best matrix product with all cores."""
    with Child("benchmarks.speed.limit", "cpu", environment=ENVIRONMENTS["cpu"]) as machine:
        for _ in range(ROUNDS):
            machine.send(None)
            operations, _ = machine.receive()
    return float(operations)


def _rates(problem: Problem) -> list[Rates]:
    chosen = convolutions(problem)
    if not chosen:
        return []
    # "medium" operations have one thread each, and their memory is kept: only the computation is timed.
    with Child(
        "benchmarks.speed.layer_rates", environment=launch.environment("medium", 1) | ENVIRONMENTS["cpu"]
    ) as child:
        child.send([asdict(each) for each in chosen])
        return [Rates(convolution=each, seconds=seconds) for each, seconds in zip(chosen, child.receive(), strict=True)]
