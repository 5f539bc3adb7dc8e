"""Plans the runs that a command asks for, and runs those that have no record yet."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from benchmarks.cores import available_cores
from benchmarks.declaring.experiment import READINGS, SCALES, Experiment
from benchmarks.errors import BenchmarkError, check_choice
from benchmarks.running.devices import check_device
from benchmarks.running.executor import Event, Executor
from benchmarks.running.job import Job
from benchmarks.running.local_processes import LocalProcesses
from benchmarks.running.plain_progress import display
from benchmarks.running.signals import exit_status

LARGEST_SEED = 2**31 - 1  # seeds of further random numbers are computed from it


@dataclass(kw_only=True)
class RunSummary:
    """How the runs of a command ended.

    Attributes:
        done: Records that were written.
        kept: Records that existed already, with the same definition.
        missing: Messages of runs whose data or optional packages are missing.
        failed: Messages of runs that failed.
        interrupted: Messages of runs whose worker process was stopped from outside; their state is kept.
    """

    done: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    interrupted: list[str] = field(default_factory=list)

    @property
    def records(self) -> list[Path]:
        """The requested records that exist now."""
        return self.kept + self.done

    def add(self, job: Job, event: Event) -> None:
        """Adds the last event of a job; ignores other events."""
        if event.kind == "done":
            self.done.append(Path(event.path))
        elif event.kind == "data missing":
            self.missing.append(event.message)
        elif event.kind == "failed":
            self.failed.append(f"{job.name}: {event.message}")
        elif event.kind == "interrupted":
            self.interrupted.append(f"{job.name}: its worker process was stopped; the same command resumes the run")


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
    """Returns the jobs for all combinations of experiment, reading and seed.

    An experiment that lacks a reading has no jobs for it.

    Raises:
        BenchmarkError: The scale, a reading or the device is unknown, there is no such device, a seed is negative,
            no experiment has the readings, all of them need optional packages that are missing, or `out` cannot be
            written.
    """
    check_choice("scale", scale, SCALES)
    check_device(device)
    for reading in readings:
        check_choice("reading", reading, READINGS)
    for seed in seeds:
        if not 0 <= seed <= LARGEST_SEED:
            raise BenchmarkError(f"a seed must be from 0 to {LARGEST_SEED}, not {seed}")
    _check_readings(experiments, readings)
    _check_extras(experiments)
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
            definition=definition,
            operations=experiment.runtime.operations,
            device=device,
            out=str(out),
            overwrite=overwrite,
            minutes=experiment.runtime.minutes.get(scale, 0.0),
        )
        for experiment in experiments
        for definition, reading in _distinct_readings(experiment, scale, readings).items()
        for seed in dict.fromkeys(seeds)
    ]


def _check_readings(experiments: Sequence[Experiment], readings: Sequence[str]) -> None:
    if experiments and not any(reading in experiment.readings for experiment in experiments for reading in readings):
        first = experiments[0]
        asked = " or ".join(map(repr, readings))
        raise BenchmarkError(f"{first.id} has no reading {asked}; choose from {', '.join(first.readings)}")


def _check_extras(experiments: Sequence[Experiment]) -> None:
    """Checks that not all experiments lack their optional packages; if only some do, these are left out and named."""
    lacking = [experiment for experiment in experiments if experiment.extra and experiment.extra.missing()]
    if lacking and len(lacking) == len(experiments):
        first, *others = lacking
        assert first.extra
        who = f"{first.id} and {len(others)} more need" if others else f"{first.id} needs"
        raise BenchmarkError(f"{who} {first.extra.problem}")


def _distinct_readings(experiment: Experiment, scale: str, readings: Sequence[str]) -> dict[str, str]:
    """Returns readings by definition; where text and code agree, one run serves both."""
    by_definition: dict[str, str] = {}
    for reading in (each for each in readings if each in experiment.readings):
        by_definition.setdefault(experiment.definition(scale, reading), reading)
    return by_definition


def run(
    jobs: Sequence[Job],
    workers: int | None,
    quiet: bool = False,
    executor: Executor | None = None,
    absent: Mapping[str, str] = MappingProxyType({}),
) -> RunSummary:
    """Runs the jobs that have no record yet.

    Args:
        jobs: The jobs.
        workers: Number of worker processes that run at the same time; None for one per CPU core.
        quiet: Whether to show no progress.
        executor: What runs the jobs; by default, `workers` local processes.
        absent: Which data or packages of an experiment are missing, by experiment id; its jobs are not started.

    Raises:
        BenchmarkError: A record exists but has another definition, and must not be overwritten; or Ctrl-C
            or a signal interrupted the runs, whose state is kept.
    """
    summary = RunSummary()
    remaining = [job for job in jobs if not _is_recorded(job, summary)]
    summary.missing += [absent[job.experiment] for job in remaining if job.experiment in absent]
    remaining = [job for job in remaining if job.experiment not in absent]
    if not remaining:
        return summary
    executor = executor or LocalProcesses(workers or available_cores(), Path(remaining[0].out) / ".logs")
    with display(remaining, quiet) as shown:

        def listen(job: Job, event: Event) -> None:
            shown.show(job, event)
            summary.add(job, event)

        try:
            executor.run(remaining, listen)
        except KeyboardInterrupt as interrupt:
            status = exit_status(interrupt)
            how = "starts all runs again" if remaining[0].overwrite else "resumes the runs"
            raise BenchmarkError(f"interrupted; the same command {how}", status) from None
    return summary


def _is_recorded(job: Job, summary: RunSummary) -> bool:
    if not job.is_recorded():
        return False
    summary.kept.append(job.record_path)
    return True
