"""Speed as a ratio: ours and the authors' program in turn, within one run."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import numpy as np

from benchmarks.contenders import ENVIRONMENTS
from benchmarks.errors import BenchmarkError

COMPARISONS = ("sinusoid",)
META_ITERATIONS = 70_000
_SLOWER = 20  # the authors' program makes this many times fewer iterations in a round, and still takes longer


class Contender:
    """A program in a process of its own, started with its own settings."""

    def __init__(self, name: str) -> None:
        """Starts it."""
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.contenders", name],
            env=os.environ | ENVIRONMENTS[name] | quiet,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def seconds(self, iterations: int) -> float:
        """Time of one meta-iteration, over so many.

        Raises:
            BenchmarkError: the process ended.
        """
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(f"{iterations}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the empty answer below says it
        answer = self._process.stdout.readline()
        if not answer:
            raise BenchmarkError(f"the timed process {self.name!r} ended with {self._process.wait()}", 1)
        return float(answer)


def compare(iterations: int, rounds: int, quiet: bool = False) -> dict[str, Any]:
    """Times both in turn.

    Returns:
        Seconds per meta-iteration of each round, the ratios round by round, and the median ratio.
    """
    theirs = max(50, iterations // _SLOWER)
    with ExitStack() as stack:
        ours, authors = (stack.enter_context(Contender(name)) for name in ("ours", "authors"))
        progress = _progress(2 * (rounds + 1), quiet, stack)
        pairs = []
        for _ in range(rounds + 1):
            pair = []
            for contender, count in ((ours, iterations), (authors, theirs)):
                pair.append(contender.seconds(count))
                progress()
            pairs.append(pair)
    timed = np.array(pairs[1:])  # the first round warms up
    ratios = timed[:, 1] / timed[:, 0]
    return {
        "ours_seconds_per_iteration": timed[:, 0].tolist(),
        "authors_seconds_per_iteration": timed[:, 1].tolist(),
        "ratios": ratios.tolist(),
        "ratio": float(np.median(ratios)),
        "ours_seconds_for_70000": float(np.median(timed[:, 0]) * META_ITERATIONS),
    }


def print_result(result: dict[str, Any]) -> None:
    """Prints the comparison for people."""
    ours, authors = (np.median(result[f"{name}_seconds_per_iteration"]) for name in ("ours", "authors"))
    low, high = min(result["ratios"]), max(result["ratios"])
    print(f"ours            {1e6 * ours:8.0f} microseconds a meta-iteration")
    print(f"authors' graph  {1e6 * authors:8.0f} microseconds a meta-iteration")
    print(f"ratio           {result['ratio']:8.1f} (from {low:.1f} to {high:.1f} in {len(result['ratios'])} rounds)")
    print(f"70,000 meta-iterations of ours: {result['ours_seconds_for_70000']:.1f} s")


def _progress(total: int, quiet: bool, stack: ExitStack) -> Callable[[], None]:
    from rich.console import Console
    from rich.progress import Progress

    bar = stack.enter_context(Progress(console=Console(stderr=True), disable=quiet, transient=True))
    task = bar.add_task("timing ours and the authors' graph in turn", total=total)
    return lambda: bar.advance(task)
