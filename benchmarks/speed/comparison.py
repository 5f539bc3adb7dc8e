"""Speed as a ratio: our library and the authors' program are timed alternately, within one run."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.declaring.experiment import Experiment
from benchmarks.family import Race
from benchmarks.running.child import Child
from benchmarks.speed.contenders import environment, request


def contender(side: str, race: Race, experiment: Experiment) -> Child:
    """Starts a side of a race, "ours" or "authors"; it answers a number of meta-iterations with the time of one."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    started = environment(side, experiment) | quiet
    child = Child("benchmarks.speed.contenders", side, environment=started, log=Path(os.devnull))
    child.send(request(race, experiment))
    return child


def compare(
    race: Race, experiment: Experiment, iterations: int | None, rounds: int, quiet: bool = False
) -> dict[str, Any]:
    """Times both sides alternately.

    Args:
        race: What is timed.
        experiment: The experiment that the race names.
        iterations: Meta-iterations of our library in a round; None for the number that the race declares.
        rounds: Number of rounds that are counted, after one that warms up.
        quiet: Whether to show no progress.

    Returns:
        Seconds per meta-iteration of each round, the ratio of each round, the median ratio, and the duration of the
        experiment at the paper's scale.

    Raises:
        BenchmarkError: A side ended.
    """
    counts = {"ours": race.ours if iterations is None else iterations}
    counts["authors"] = race.theirs_for(counts["ours"])
    whole = experiment.settings("paper", "code")["training"]["iterations"]
    with ExitStack() as stack:
        sides = [(stack.enter_context(contender(side, race, experiment)), count) for side, count in counts.items()]
        advance = _progress(2 * (rounds + 1), quiet, stack)
        pairs = []
        for _ in range(rounds + 1):
            pair = []
            for side, count in sides:
                side.send(count)
                pair.append(side.receive())
                advance()
            pairs.append(pair)
    timed = np.array(pairs[1:])  # without the round that warms up
    ratios = timed[:, 1] / timed[:, 0]
    return {
        "experiment": race.experiment,
        "ours_seconds_per_iteration": timed[:, 0].tolist(),
        "authors_seconds_per_iteration": timed[:, 1].tolist(),
        "ratios": ratios.tolist(),
        "ratio": float(np.median(ratios)),
        "iterations_at_paper_scale": whole,
        "ours_seconds_at_paper_scale": float(np.median(timed[:, 0]) * whole),
    }


def print_result(result: dict[str, Any]) -> None:
    """Prints the comparison in words."""
    ours, authors = (np.median(result[f"{name}_seconds_per_iteration"]) for name in ("ours", "authors"))
    low, high = min(result["ratios"]), max(result["ratios"])
    print(f"ours            {1e3 * ours:8.4g} milliseconds per meta-iteration of {result['experiment']}")
    print(f"authors' graph  {1e3 * authors:8.4g} milliseconds per meta-iteration")
    print(f"ratio           {result['ratio']:8.3g} (from {low:.3g} to {high:.3g} in {len(result['ratios'])} rounds)")
    count, seconds = result["iterations_at_paper_scale"], result["ours_seconds_at_paper_scale"]
    print(f"{count:,} meta-iterations of our library: {seconds:,.1f} s")


def _progress(total: int, quiet: bool, stack: ExitStack) -> Callable[[], None]:
    from rich.console import Console
    from rich.progress import Progress

    bar = stack.enter_context(Progress(console=Console(stderr=True), disable=quiet, transient=True))
    task = bar.add_task("timing our library and the authors' graph", total=total)
    return lambda: bar.advance(task)
