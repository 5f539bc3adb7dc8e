"""The gate as a command: fresh records, accepted baselines, results."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.catalogue import CATALOGUE
from benchmarks.errors import BenchmarkError
from benchmarks.experiment import Better, Experiment
from benchmarks.judgement import gate
from benchmarks.records import baselines
from benchmarks.records.record import Record
from benchmarks.records.store import RecordStore
from benchmarks.running import runner


def run(
    experiments: Sequence[Experiment],
    *,
    scale: str,
    readings: Sequence[str],
    seeds: Sequence[int],
    device: str,
    out: Path,
) -> tuple[list[Record], list[str]]:
    """Makes fresh records, in place of any that are there.

    Returns:
        The records that were made now, whatever else the folder holds, and a message for each run that lacks its data.

    Raises:
        BenchmarkError: a run failed.
    """
    jobs = runner.plan(experiments, scale=scale, readings=readings, seeds=seeds, device=device, out=out, overwrite=True)
    outcome = runner.run(jobs, workers=None)
    if outcome.failed:
        raise BenchmarkError(outcome.failed[0], exit_status=1)
    store = RecordStore(out)
    return [store.read(path) for path in outcome.records], outcome.missing


def held(experiments: Sequence[Experiment], folder: Path, scale: str, readings: Sequence[str]) -> list[Record]:
    """All records of a folder that the words of the command mean."""
    wanted = {experiment.id for experiment in experiments}
    return [
        record
        for record in RecordStore(folder).all()
        if record.experiment in wanted and record.scale == scale and record.reading in readings
    ]


def compare(fresh: Sequence[Record]) -> list[gate.GateResult]:
    """Compares records with the accepted baselines."""
    return gate.compare(_accepted(), fresh, _better)


def print_results(results: Sequence[gate.GateResult], missing: Sequence[str]) -> None:
    """Prints each result and the sum of them, and how many runs lacked their data."""
    for result in results:
        what = f"{result.experiment} {result.metric or ''} ({result.scale}, {result.reading})"
        print(f"{result.outcome:<16} {what}: {result.detail}")
    print(gate.message(results))
    if missing:
        print(f"gate: runs without data: {len(missing)}, so it fails")


def to_json(results: Sequence[gate.GateResult]) -> list[dict[str, Any]]:
    """The results as plain data; a number that is not finite becomes null."""
    return [{key: _plain(value) for key, value in asdict(result).items()} for result in results]


def _accepted() -> list[Record]:
    return [record for baseline in baselines.load() for record in baseline.records]


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _better(experiment: str, metric: str) -> Better | None:
    return CATALOGUE[experiment].better_of(metric)
