"""What the commands `check` and `accept` do with records, and what they print about them."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.catalogue import CATALOGUE
from benchmarks.command_line import missing_data
from benchmarks.command_line.options import readings_of
from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.errors import BenchmarkError, check_choice
from benchmarks.records import baselines
from benchmarks.records.correction import correct
from benchmarks.records.record import Record
from benchmarks.records.store import RecordStore
from benchmarks.records.verification import check_no_copies
from benchmarks.running import runner
from benchmarks.running.signals import INTERRUPTED
from benchmarks.verdicts import gate
from benchmarks.verdicts.gate_result import GateOutcome, GateResult, message


def make_fresh(
    experiments: Sequence[Experiment],
    *,
    scale: str,
    readings: Sequence[str],
    seeds: Sequence[int],
    device: str,
    out: Path,
) -> tuple[list[Record], list[str], list[str]]:
    """Makes fresh records and overwrites any that exist.

    Returns:
        Only the records made now, whatever else the folder holds; a message for each run that lacks its data; and one
        for each run that failed.

    Raises:
        BenchmarkError: A run was interrupted, or all that failed leave nothing to compare.
    """
    jobs = runner.plan(experiments, scale=scale, readings=readings, seeds=seeds, device=device, out=out, overwrite=True)
    missing_data.warn_about_cache(experiments)
    outcome = runner.run(jobs, workers=None, absent=missing_data.by_experiment(experiments, CATALOGUE))
    if outcome.failed and not outcome.records:
        raise BenchmarkError(outcome.failed[0], exit_status=1)
    if outcome.interrupted:
        raise BenchmarkError(outcome.interrupted[0], INTERRUPTED)
    store = RecordStore(out)
    return [store.read(path) for path in outcome.records], outcome.missing, outcome.failed


def load_fresh(
    experiments: Sequence[Experiment], folder: Path, scale: str | None, readings: Sequence[str] | None = None
) -> tuple[list[Record], list[str]]:
    """Reads the records of a folder that belong to these experiments, this scale and these readings, if given.

    Returns:
        The records, and one line for each file of the folder that is left out because it is faulty.
    """
    wanted = {experiment.id for experiment in experiments}
    records, problems = RecordStore(folder).readable()
    chosen = [
        record
        for record in records
        if record.experiment in wanted
        and scale in (None, record.scale)
        and (not readings or record.reading in readings)
    ]
    return chosen, problems


def acceptable(
    experiments: Sequence[Experiment],
    folder: Path,
    scale: str | None,
    reading: str | None = None,
    seeds: Sequence[int] = (),
) -> tuple[list[Record], list[str]]:
    """Reads the records of a folder that may become baselines.

    Args:
        experiments: Their experiments.
        folder: The folder.
        scale: Their scale; None for all.
        reading: Their reading; None for both.
        seeds: Their seeds; empty for all.

    Returns:
        The records, and one line for each file of the folder that is left out because it is faulty.

    Raises:
        BenchmarkError: The scale or reading is unknown, there is no record of a seed, or a record was made under
            another definition than the current one: as a baseline it would guard nothing.
    """
    if scale is not None:
        check_choice("scale", scale, SCALES)
    readings = None if reading is None else readings_of(reading)
    loaded, problems = load_fresh(experiments, folder, scale, readings)
    records = [record for record in loaded if not seeds or record.seed in seeds]
    if absent := sorted(set(seeds) - {record.seed for record in records}):
        raise BenchmarkError(f"'{folder}' has no such record with seed {absent[0]}")
    for record in records:
        current = CATALOGUE[record.experiment].definition(record.scale, record.reading)
        if record.definition != current:
            made = f"{record.name} was made under definition {record.definition}"
            raise BenchmarkError(f"{made}, but the catalogue now has {current}; run it again, or remove the record")
    return records, problems


def recompute(experiments: Sequence[Experiment], scale: str | None, reason: str, by: str) -> list[str]:
    """Corrects wrong summaries of the accepted baselines of these experiments, and of one scale if given.

    Returns:
        One line for each corrected summary.

    Raises:
        BenchmarkError: There is no reason or name, or a baseline cannot be read or written.
    """
    if scale is not None:
        check_choice("scale", scale, SCALES)
    folders = [baselines.FOLDER / experiment.id for experiment in experiments]
    paths = [path for folder in folders for path in sorted(folder.glob(f"{scale or '*'}-*.json"))]
    return [
        f"{path}: {correction.metric} of seed {correction.seed}"
        for path, corrections in correct(paths, reason=reason, by=by).items()
        for correction in corrections
    ]


def compare(fresh: Sequence[Record], folder: Path) -> tuple[list[GateResult], list[str]]:
    """Compares fresh records, which are in a folder, with the accepted baselines.

    Returns:
        The results of the gate, and one line for each baseline that is left out because it is faulty.

    Raises:
        BenchmarkError: A fresh record is a copy of another seed, fresh or accepted.
    """
    accepted, problems = _accepted()
    keys = {record.key for record in fresh}
    check_no_copies([*(record for record in accepted if record.key in keys), *fresh])
    results = gate.compare(accepted, fresh, lambda name, metric: CATALOGUE[name].better_of(metric), folder)
    return results, problems


def print_results(results: Sequence[GateResult], missing: Sequence[str], passes: bool) -> None:
    """Prints the results of the gate, a summary, and the number of runs that lacked data or packages.

    Args:
        results: The results.
        missing: A message for each run that lacked data or packages.
        passes: Whether to print also what passed.
    """
    for result in results:
        if passes or result.outcome != GateOutcome.PASS:
            subject = f"{result.experiment} {result.metric or ''} ({result.scale}, {result.reading})"
            print(f"{result.outcome:<16} {subject}: {result.detail}")
    print(message(results))
    if missing:
        print(f"gate: runs without data or packages: {len(missing)}, so it fails")


def results_json(results: Sequence[GateResult]) -> list[dict[str, Any]]:
    """Returns the results of the gate as plain data; numbers that are not finite become null."""

    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return [{key: plain(value) for key, value in asdict(result).items()} for result in results]


def _accepted() -> tuple[list[Record], list[str]]:
    held, problems = baselines.readable()
    return [record for baseline in held for record in baseline.records], problems
