"""Where the time of this library goes, by kind of operation."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.speed.comparison import Contender, prepared
from benchmarks.speed.problem import Problem
from benchmarks.speed.sides import OURS, SIDES
from benchmarks.speed.workload import Workload

TURN = 1.0  # seconds that are profiled


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """The time of one meta-iteration by kind of operation.

    Attributes:
        workload: Name of the workload.
        device: "cpu" or "gpu".
        ms: Milliseconds of each kind of operation, the longest first. On a CPU they are summed over threads.
    """

    workload: str
    device: str
    ms: Mapping[str, float]

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        """Each kind of operation with its milliseconds and its share of all."""
        total = sum(self.ms.values())
        return [(operation, each, each / total) for operation, each in self.ms.items()]


def break_down(workload: Workload, device: str = "cpu") -> Breakdown:
    """Profiles this library, in a process of its own as in a comparison.

    Raises:
        BenchmarkError: The process ended, for example because nothing was recorded.
    """
    with prepared(Problem.of(workload.settings)) as folder, Contender(SIDES[OURS], workload, folder, device) as ours:
        ours.compute()
        ours.warm_up(TURN)
        seconds = ours.profile()
    return Breakdown(workload=workload.name, device=device, ms={name: 1e3 * each for name, each in seconds.items()})
