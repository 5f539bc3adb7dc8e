"""What the commands `run`, `check` and `accept` do with records, and what they print about them."""

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.errors import BenchmarkError, check_choice
from benchmarks.records import baselines
from benchmarks.records.record import Record
from benchmarks.records.store import RecordStore
from benchmarks.running import runner
from benchmarks.verdicts import gate


def print_outcome(outcome: runner.RunSummary, out: Path) -> None:
    """Prints which runs failed or lacked their data, and a summary of all runs."""
    print_missing(outcome.missing)
    for message in outcome.failed:
        print(f"failed: {message}", file=sys.stderr)
    print(
        f"{len(outcome.done)} recorded, {len(outcome.kept)} already there, {len(outcome.failed)} failed, "
        f"{len(outcome.missing)} without data; records in {out}"
    )


def print_missing(messages: Sequence[str]) -> None:
    """Prints which runs lacked their data, to standard error."""
    for message in messages:
        print(f"data missing: {message}", file=sys.stderr)


def exit_status(outcome: runner.RunSummary) -> int:
    """Returns 1 if a run failed or if there are no records because all data are missing, otherwise 0.

    It is fine if the data for some experiments are missing, but a machine without any of them is set up wrong.
    """
    return 1 if outcome.failed or (outcome.missing and not outcome.records) else 0


def make_fresh(
    experiments: Sequence[Experiment],
    *,
    scale: str,
    readings: Sequence[str],
    seeds: Sequence[int],
    device: str,
    out: Path,
) -> tuple[list[Record], list[str]]:
    """Makes fresh records and overwrites any that exist.

    Returns:
        Only the records made now, whatever else the folder holds, and a message for each run that lacks its data.

    Raises:
        BenchmarkError: A run failed.
    """
    jobs = runner.plan(experiments, scale=scale, readings=readings, seeds=seeds, device=device, out=out, overwrite=True)
    outcome = runner.run(jobs, workers=None)
    if outcome.failed:
        raise BenchmarkError(outcome.failed[0], exit_status=1)
    store = RecordStore(out)
    return [store.read(path) for path in outcome.records], outcome.missing


def load_fresh(
    experiments: Sequence[Experiment], folder: Path, scale: str | None, readings: Sequence[str] | None = None
) -> list[Record]:
    """Returns the records of a folder that belong to these experiments, this scale and these readings, if given."""
    wanted = {experiment.id for experiment in experiments}
    return [
        record
        for record in RecordStore(folder).all()
        if record.experiment in wanted
        and scale in (None, record.scale)
        and (not readings or record.reading in readings)
    ]


def acceptable(experiments: Sequence[Experiment], folder: Path, scale: str | None) -> list[Record]:
    """Returns the records of a folder that may become baselines: of these experiments, and of one scale if given.

    Raises:
        BenchmarkError: The scale is unknown, or a record was made under another definition than the current one: as
            a baseline it would guard nothing.
    """
    if scale is not None:
        check_choice("scale", scale, SCALES)
    records = load_fresh(experiments, folder, scale)
    for record in records:
        current = CATALOGUE[record.experiment].definition(record.scale, record.reading)
        if record.definition != current:
            made = f"{record.name} was made under definition {record.definition}"
            raise BenchmarkError(f"{made}, but the catalogue now has {current}; run it again, or remove the record")
    return records


def compare(fresh: Sequence[Record]) -> list[gate.GateResult]:
    """Compares fresh records with the accepted baselines."""
    return gate.compare(_accepted(), fresh, lambda experiment, metric: CATALOGUE[experiment].better_of(metric))


def print_results(results: Sequence[gate.GateResult], missing: Sequence[str]) -> None:
    """Prints the results of the gate, a summary, and the number of runs that lacked their data."""
    for result in results:
        subject = f"{result.experiment} {result.metric or ''} ({result.scale}, {result.reading})"
        print(f"{result.outcome:<16} {subject}: {result.detail}")
    print(gate.message(results))
    if missing:
        print(f"gate: runs without data: {len(missing)}, so it fails")


def results_json(results: Sequence[gate.GateResult]) -> list[dict[str, Any]]:
    """Returns the results of the gate as plain data; numbers that are not finite become null."""

    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return [{key: plain(value) for key, value in asdict(result).items()} for result in results]


def _accepted() -> list[Record]:
    return [record for baseline in baselines.load() for record in baseline.records]
