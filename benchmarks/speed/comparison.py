"""Speed as a ratio: ours and the authors' program in turn, within one run."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import numpy as np

from benchmarks.catalogue import CATALOGUE
from benchmarks.errors import BenchmarkError
from benchmarks.speed.contenders import environment
from benchmarks.speed.races import RACES


class Contender:
    """A side of a race in a process of its own, started with its own settings."""

    def __init__(self, side: str, race: str) -> None:
        """Starts it."""
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        self.side = side
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.speed.contenders", side, race],
            env=os.environ | environment(side, RACES[race]) | quiet,
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
            raise BenchmarkError(f"the timed process {self.side!r} ended with {self._process.wait()}", 1)
        return float(answer)


def compare(race: str, iterations: int | None, rounds: int, quiet: bool = False) -> dict[str, Any]:
    """Times both sides in turn.

    Args:
        race: its name.
        iterations: meta-iterations of ours in a round; None for those that the race declares.
        rounds: that count; one more comes first and warms up.
        quiet: shows no progress.

    Returns:
        Seconds per meta-iteration of each round, the ratios round by round, the median ratio, and what the
        experiment takes at the paper's scale.

    Raises:
        BenchmarkError: there is no such race, or a side ended.
    """
    if race not in RACES:
        raise BenchmarkError(f"unknown comparison {race!r}; choose from {', '.join(RACES)}")
    declared = RACES[race]
    mine = declared.ours if iterations is None else iterations
    theirs = declared.theirs_for(mine)
    whole = CATALOGUE[declared.experiment].settings("paper", "code")["training"]["iterations"]
    with ExitStack() as stack:
        ours, authors = (stack.enter_context(Contender(side, race)) for side in ("ours", "authors"))
        progress = _progress(2 * (rounds + 1), quiet, stack)
        pairs = []
        for _ in range(rounds + 1):
            pair = []
            for contender, count in ((ours, mine), (authors, theirs)):
                pair.append(contender.seconds(count))
                progress()
            pairs.append(pair)
    timed = np.array(pairs[1:])  # the first round warms up
    ratios = timed[:, 1] / timed[:, 0]
    return {
        "experiment": declared.experiment,
        "ours_seconds_per_iteration": timed[:, 0].tolist(),
        "authors_seconds_per_iteration": timed[:, 1].tolist(),
        "ratios": ratios.tolist(),
        "ratio": float(np.median(ratios)),
        "iterations_at_paper_scale": whole,
        "ours_seconds_at_paper_scale": float(np.median(timed[:, 0]) * whole),
    }


def print_result(result: dict[str, Any]) -> None:
    """Prints the comparison for people."""
    ours, authors = (np.median(result[f"{name}_seconds_per_iteration"]) for name in ("ours", "authors"))
    low, high = min(result["ratios"]), max(result["ratios"])
    print(f"ours            {1e3 * ours:8.4g} milliseconds a meta-iteration of {result['experiment']}")
    print(f"authors' graph  {1e3 * authors:8.4g} milliseconds a meta-iteration")
    print(f"ratio           {result['ratio']:8.3g} (from {low:.3g} to {high:.3g} in {len(result['ratios'])} rounds)")
    count, seconds = result["iterations_at_paper_scale"], result["ours_seconds_at_paper_scale"]
    print(f"{count:,} meta-iterations of ours: {seconds:,.1f} s")


def _progress(total: int, quiet: bool, stack: ExitStack) -> Callable[[], None]:
    from rich.console import Console
    from rich.progress import Progress

    bar = stack.enter_context(Progress(console=Console(stderr=True), disable=quiet, transient=True))
    task = bar.add_task("timing ours and the authors' graph in turn", total=total)
    return lambda: bar.advance(task)
