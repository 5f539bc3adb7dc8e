"""How far rounding moves the meta-gradient of each task, against the same meta-gradient in double precision."""

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cores import available_cores
from benchmarks.running import launch
from benchmarks.running.child import Child
from benchmarks.speed.comparison import ENVIRONMENTS, prepared, progress_bar
from benchmarks.speed.problem import Problem
from benchmarks.speed.program import Assignment
from benchmarks.speed.sides import OURS, SIDES, Side, fitting
from benchmarks.speed.workload import Workload

TASKS = 12  # at least; whole meta-batches


@dataclass(frozen=True, kw_only=True)
class Rounding:
    """The errors of single tasks.

    Attributes:
        workload: Name of the workload.
        device: "cpu" or "gpu".
        errors: Relative errors of the meta-gradient, one for each task, by side.
    """

    workload: str
    device: str
    errors: Mapping[str, Sequence[float]]

    @property
    def rows(self) -> list[tuple[str, float, float]]:
        """Each side with the median and the largest of its errors."""
        return [(side, float(np.median(errors)), max(errors)) for side, errors in self.errors.items()]


def measure(workload: Workload, device: str = "cpu", *, quiet: bool = True) -> Rounding:
    """Compares the precisions in which this library can compute a workload, task by task.

    Args:
        workload: What is computed.
        device: "cpu" or "gpu".
        quiet: Whether to show no progress.

    Raises:
        BenchmarkError: A process ended.
    """
    problem = Problem.of(workload.settings)
    names = [name for name, side in SIDES.items() if side.ours and not side.first_order]
    names, _ = fitting([name for name in names if device == "gpu" or not SIDES[name].tf32], problem)
    errors: dict[str, list[float]] = {name: [] for name in names}
    draws = math.ceil(TASKS / problem.tasks)
    with ExitStack() as stack:
        advance = progress_bar(f"meta-gradients of {workload.name}", draws * (1 + len(names)), quiet, stack)
        for seed in range(draws):
            arrays = stack.enter_context(prepared(problem, seed)) / "arrays.npz"
            exact = _gradients(SIDES[OURS], workload, arrays, device, double=True)
            advance()
            for name in names:
                found = _gradients(SIDES[name], workload, arrays, device)
                errors[name] += (np.linalg.norm(found - exact, axis=1) / np.linalg.norm(exact, axis=1)).tolist()
                advance()
    return Rounding(workload=workload.name, device=device, errors=errors)


def _gradients(
    side: Side, workload: Workload, arrays: Path, device: str, *, double: bool = False
) -> NDArray[np.float64]:
    """Returns the meta-gradient of each task, `[tasks, numbers]`, computed in a process of its own."""
    environment = launch.environment(workload.experiment.runtime.operations, available_cores()) | ENVIRONMENTS[device]
    environment = environment | (launch.TF32 if side.tf32 else {})
    assignment = Assignment(
        settings=workload.settings, arrays=str(arrays), convolution_type=side.convolution_type, groups=None
    )
    target = arrays.with_name("gradients.npy")
    with Child("benchmarks.speed.rounding_process", environment=environment) as child:
        child.send({"assignment": asdict(assignment), "double": double, "target": str(target)})
        child.receive()
    gradients: NDArray[np.float64] = np.load(target)
    return gradients
