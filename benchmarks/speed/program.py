"""What every side of a speed comparison offers, and what it is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.declaring.settings import Settings
from benchmarks.speed.problem import Arrays, Problem


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What a side is given; plain data, so that it can be sent to another process.

    Attributes:
        settings: From `Experiment.settings`.
        arrays: Path of the `.npz` file with the tensors that `problem.draw` returned.
        first_order: Whether the side drops second derivatives.
        convolution_type: Type in which our library computes convolutions; None for the type of the parameters.
        groups: Groups of tasks of our library; see `benchmarks.running.launch.in_groups`.
        graph_steps: Inner steps in the authors' graph.
        chunk: Meta-iterations of our library without interruption; a turn is a multiple of it.
    """

    settings: Settings
    arrays: str
    first_order: bool = False
    convolution_type: str | None = None
    groups: int | None = 1
    graph_steps: int = 0
    chunk: int = 1

    @property
    def problem(self) -> Problem:
        """The problem that the settings describe."""
        return Problem.of(self.settings)

    def read(self) -> Arrays:
        """Returns the tensors."""
        with np.load(Path(self.arrays), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}


class Program(Protocol):
    """One side: it computes one meta-gradient, and it runs meta-iterations."""

    def loss_and_gradient(self) -> tuple[float, Arrays]:
        """Returns the loss and the meta-gradient at the given parameters, before clipping; called before `run`.

        The gradient has the names and shapes of `Problem.shapes`.
        """

    def run(self, count: int) -> Any:
        """Runs a number of meta-iterations, each with a step of Adam, and waits until they are done."""

    def device_bytes(self) -> int:
        """Returns the peak of the memory of tensors on a GPU in bytes; 0 if the side computes on the CPU."""
