"""The speed of this library beside its peers: all sides solve the same problem, and are timed alternately in one run.

This library and one peer at a time are in memory, each in a process of its own. They take turns, because the speed of a
machine changes from one minute to the next.
"""

import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from benchmarks.cores import available_cores
from benchmarks.errors import BenchmarkError
from benchmarks.records import provenance
from benchmarks.records.baselines import now
from benchmarks.records.speed import Limit, SpeedRecord, summaries
from benchmarks.running import launch
from benchmarks.running.child import Child
from benchmarks.running.job import RUNS
from benchmarks.speed.agreement import Computed, check
from benchmarks.speed.counting import count
from benchmarks.speed.problem import Problem, draw
from benchmarks.speed.program import Assignment
from benchmarks.speed.sides import OURS, SIDES, Side
from benchmarks.speed.workload import Timing, Workload

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}
ENVIRONMENTS = {
    "cpu": QUIET | {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"},
    "gpu": QUIET | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"},  # the sides share the memory of the GPU
}
# What a user set so that TensorFlow finds its libraries must not mislead a framework that brings its own.
OTHER_FRAMEWORK = {"gpu": {"LD_LIBRARY_PATH": "", "XLA_FLAGS": ""}}
LOGS = RUNS / "speed" / "logs"
LEAST_ROUNDS = 2
MOST_IN_A_TURN = 5000
MEGABYTE = 1e6


class Contender:
    """A side in a process of its own; the parent's end."""

    def __init__(
        self, side: Side, workload: Workload, folder: Path, device: str = "cpu", *, expects: bool = False
    ) -> None:
        """Starts the process on a device and sends it the problem, whose tensors lie in `folder`.

        If others are compared with this side (`expects`), it also measures how sensitive its results are to rounding.
        """
        self._side, self._gradient = side, folder / "gradient.npz"
        chunk = workload.race.chunk if device == "cpu" else launch.AT_ONCE
        self._unit = chunk if side.ours else 1
        started: dict[str, str] = ENVIRONMENTS[device]
        if side.ours:
            started = launch.environment(workload.experiment.runtime.operations, available_cores()) | started
            started |= launch.TF32 if side.tf32 else {}
        elif side.packages:
            started = started | OTHER_FRAMEWORK.get(device, {})
        assignment = Assignment(
            settings=workload.settings,
            arrays=str(folder / "arrays.npz"),
            first_order=side.first_order,
            convolution_type=side.convolution_type,
            groups=workload.experiment.runtime.groups if device == "cpu" else None,
            graph_steps=workload.race.graph_steps,
            chunk=chunk,
        )
        log = LOGS / f"{side.module}.log"
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BenchmarkError(f"cannot write to {log.parent}: {error.strerror}") from None
        self._child = Child("benchmarks.speed.side_process", side.module, environment=started, log=log)
        sensitive = expects and side.ours
        self._child.send({"assignment": asdict(assignment), "gradient": str(self._gradient), "sensitivity": sensitive})
        self._count = 0
        self.versions: Mapping[str, str] = {}
        self.device = ""
        self.peak = 0

    def __enter__(self) -> Self:
        self._child.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._child.__exit__(*error)

    def compute(self) -> Computed:
        """Returns the loss and the meta-gradient.

        Raises:
            BenchmarkError: The process ended.
        """
        answer = self._child.receive()
        self.versions = answer["versions"]
        self.device = answer["device"]
        with np.load(self._gradient, allow_pickle=False) as archive:
            gradient = {name: archive[name] for name in archive.files}
        return Computed(
            loss=answer["loss"],
            gradient=gradient,
            first_order=self._side.first_order,
            rounds=self._side.rounds,
            sensitivity=tuple(answer["sensitivity"]),
        )

    def warm_up(self, turn: float) -> None:
        """Runs once to compile and once to set how many meta-iterations a turn of so many seconds has."""
        self._count = self._unit
        self.time()
        turns = turn / (self._unit * self.time())
        self._count = self._unit * max(1, min(round(turns), MOST_IN_A_TURN // self._unit))

    def time(self) -> float:
        """Runs a turn and returns the seconds of one meta-iteration.

        Raises:
            BenchmarkError: The process ended.
        """
        self._child.send(self._count)
        answer = self._child.receive()
        self.peak = answer["bytes"]
        return float(answer["seconds"])

    def profile(self) -> dict[str, float]:
        """Returns the seconds of each kind of operation in one meta-iteration, for this library after `warm_up`.

        Raises:
            BenchmarkError: The process ended.
        """
        self._child.send({"profile": self._count})
        return {str(operation): float(seconds) for operation, seconds in self._child.receive().items()}


@contextmanager
def prepared(problem: Problem, seed: int = 0) -> Iterator[Path]:
    """Provides a folder with the tensors of a problem, in `arrays.npz`."""
    with tempfile.TemporaryDirectory() as name:
        np.savez(Path(name) / "arrays.npz", **draw(problem, seed))  # type: ignore[arg-type]
        yield Path(name)


def compare(
    workload: Workload,
    peers: Sequence[str],
    timing: Timing,
    *,
    sides: Mapping[str, Side] = SIDES,
    left_out: Sequence[str] = (),
    command: str = "",
    quiet: bool = False,
    device: str = "cpu",
) -> SpeedRecord:
    """Times this library and its peers.

    Args:
        workload: What is compared.
        peers: Names of the peers.
        timing: How long is timed.
        sides: All sides by name.
        left_out: Why peers were left out, for the record.
        command: The command, for the record.
        quiet: Whether to show no progress.
        device: "cpu" or "gpu", on which all sides compute.

    Raises:
        BenchmarkError: A side ended, or computes another loss or meta-gradient than this library.
    """
    problem = Problem.of(workload.settings)
    measured = _Measured(left_out=list(left_out))
    ends = time.monotonic() + (timing.seconds or math.inf)
    with ExitStack() as stack:
        folder = stack.enter_context(prepared(problem))
        advance = progress_bar("timing this library and its peers", len(peers), quiet, stack)
        machine = stack.enter_context(Child("benchmarks.speed.limit", device, environment=ENVIRONMENTS[device]))
        ours = stack.enter_context(Contender(sides[OURS], workload, folder, device, expects=True))
        expected = ours.compute()
        ours.warm_up(timing.turn)
        for name in peers:
            if measured.rounds and time.monotonic() > ends:
                measured.left_out.append(f"{name} was not timed, because the time for this workload was over")
                continue
            with Contender(sides[name], workload, folder, device) as peer:
                measured.differences[name] = check(name, peer.compute(), expected)
                peer.warm_up(timing.turn)
                measured.add(name, ours, peer, _rounds(ours, peer, machine, timing))
            advance()
        limit = _limit(problem, _speeds(machine))
    record = _record(workload, problem, measured, limit, sides, command)
    return replace(record, device=ours.device) if device == "gpu" else record


@dataclass(kw_only=True)
class _Measured:
    """What has been measured so far, by name of the peer or side."""

    left_out: list[str]
    rounds: dict[str, list[list[float]]] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    differences: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, ours: Contender, peer: Contender, rounds: list[list[float]]) -> None:
        self.rounds[name] = rounds
        self.peaks |= {OURS: ours.peak / MEGABYTE, name: peer.peak / MEGABYTE}
        self.versions |= {**ours.versions, **peer.versions}


def _record(
    workload: Workload, problem: Problem, measured: _Measured, limit: Limit, sides: Mapping[str, Side], command: str
) -> SpeedRecord:
    first_order = [name for name in measured.rounds if sides[name].first_order]
    return SpeedRecord(
        workload=workload.name,
        experiment=workload.experiment.id,
        problem=asdict(problem),
        titles={name: sides[name].title for name in (OURS, *measured.rounds)},
        first_order=first_order,
        rounds_ms=measured.rounds,
        **summaries(measured.rounds, limit, first_order),
        peak_mb=measured.peaks,
        gradient_difference=measured.differences,
        limit=limit,
        left_out=measured.left_out,
        cores=available_cores(),
        versions=measured.versions,
        provenance=origin(command),
    )


def origin(command: str) -> dict[str, Any]:
    """Returns commit, command, time and host."""
    return {
        "commit": provenance.commit(),
        "dirty": provenance.is_dirty(),
        "command": command,
        "when": now(),
        "host": provenance.host(),
    }


def _rounds(ours: Contender, peer: Contender, machine: Child, timing: Timing) -> list[list[float]]:
    """Times both sides and the machine alternately; returns milliseconds of a meta-iteration of both, by round."""
    rounds: list[list[float]] = []
    ends = time.monotonic() + timing.pair
    while len(rounds) < timing.rounds and (len(rounds) < LEAST_ROUNDS or time.monotonic() < ends):
        rounds.append([1e3 * ours.time(), 1e3 * peer.time()])
        _speeds(machine)
    return rounds


def _speeds(machine: Child) -> tuple[float, float]:
    """Measures the machine; returns its best operations and bytes per second so far."""
    machine.send(None)
    operations, moved = machine.receive()
    return operations, moved


def _limit(problem: Problem, speeds: tuple[float, float]) -> Limit:
    exact, first_order = count(problem), count(problem, first_order=True)
    return Limit(
        operations=exact.operations,
        first_order_operations=first_order.operations,
        bytes=exact.bytes,
        first_order_bytes=first_order.bytes,
        operations_per_second=speeds[0],
        bytes_per_second=speeds[1],
    )


def progress_bar(title: str, total: int, quiet: bool, stack: ExitStack) -> Callable[[], None]:
    """Shows a bar until the end of `stack`; returns the function that tells it that one of `total` parts is done."""
    from rich.console import Console
    from rich.progress import Progress

    bar = stack.enter_context(Progress(console=Console(stderr=True), disable=quiet, transient=True))
    task = bar.add_task(title, total=total)
    return lambda: bar.advance(task)
