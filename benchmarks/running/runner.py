"""Making runs: which are wanted, which are there already, how they go."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.catalogue import CATALOGUE
from benchmarks.errors import BenchmarkError, check_choice
from benchmarks.experiment import READINGS, SCALES, Experiment
from benchmarks.running.job import Job
from benchmarks.running.pool import Pool
from benchmarks.running.progress import Bars

DEVICES = ("auto", "cpu", "gpu")
INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended


@dataclass(kw_only=True)
class Outcome:
    """How the runs went.

    Attributes:
        done: records that were written.
        kept: records that were there already, of the same definition.
        missing: messages of runs whose data are missing.
        failed: messages of runs that failed.
    """

    done: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def records(self) -> list[Path]:
        """All records that were asked for and are there."""
        return self.kept + self.done


def plan(
    experiments: Sequence[Experiment],
    *,
    scale: str,
    readings: Sequence[str],
    seeds: Sequence[int],
    device: str,
    out: Path,
    overwrite: bool,
) -> list[Job]:
    """All runs that a command asks for.

    Raises:
        BenchmarkError: an unknown scale, reading or device, a negative seed, or a folder that cannot be written.
    """
    check_choice("scale", scale, SCALES)
    check_choice("device", device, DEVICES)
    for reading in readings:
        check_choice("reading", reading, READINGS)
    for seed in seeds:
        if seed < 0:
            raise BenchmarkError(f"a seed must be 0 or more, not {seed}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchmarkError(f"cannot write to {out}: {error.strerror}") from None
    if not os.access(out, os.W_OK):
        raise BenchmarkError(f"cannot write to {out}")
    return [
        Job(
            experiment=experiment.id,
            scale=scale,
            reading=reading,
            seed=seed,
            device=device,
            out=str(out),
            overwrite=overwrite,
        )
        for experiment in experiments
        for reading in _different(experiment, scale, readings)
        for seed in dict.fromkeys(seeds)
    ]


def _different(experiment: Experiment, scale: str, readings: Sequence[str]) -> list[str]:
    """Readings that differ in this experiment; where text and code agree, one run serves both."""
    by_definition: dict[str, str] = {}
    for reading in readings:
        by_definition.setdefault(experiment.definition(scale, reading), reading)
    return list(by_definition.values())


def run(jobs: Sequence[Job], workers: int | None, quiet: bool = False) -> Outcome:
    """Makes the runs that are not there yet, with a progress bar each.

    Raises:
        BenchmarkError: a record is there but of another definition, and is not to be overwritten; or Ctrl-C
            interrupted the runs, whose state is kept.
    """
    outcome = Outcome()
    wanted = [job for job in jobs if not _is_there(job, outcome)]
    if not wanted:
        return outcome
    slots = workers or len(os.sched_getaffinity(0))
    with Bars(quiet=quiet) as bars:

        def listen(job: Job, event: dict[str, Any]) -> None:
            bars.show(job, event)
            _note(outcome, job, event)

        pool = Pool(wanted, slots, Path(wanted[0].out) / ".logs", listen)
        try:
            pool.run()
        except KeyboardInterrupt:
            raise BenchmarkError("interrupted; the same command goes on from here", INTERRUPTED) from None
    return outcome


def _note(outcome: Outcome, job: Job, event: dict[str, Any]) -> None:
    if event["event"] == "done":
        outcome.done.append(Path(event["path"]))
    elif event["event"] == "data missing":
        outcome.missing.append(event["message"])
    elif event["event"] == "failed":
        outcome.failed.append(f"{job.name}: {event['message']}")


def _is_there(job: Job, outcome: Outcome) -> bool:
    definition = CATALOGUE[job.experiment].definition(job.scale, job.reading)
    path = job.record_path
    if job.overwrite or not path.exists():
        return False
    if job.store.read(path).definition != definition:
        raise BenchmarkError(f"{path} holds another definition of {job.name}; pass --overwrite or choose another --out")
    outcome.kept.append(path)
    return True
