"""What `run` prints at its end: how the runs ended, and the results beside those of the paper."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.command_line.missing_data import print_missing
from benchmarks.command_line.status_tables import print_rows, print_summary
from benchmarks.declaring.experiment import SCALES
from benchmarks.family import Catalogue, Family
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from benchmarks.records.store import RecordStore
from benchmarks.running.runner import RunSummary
from benchmarks.running.signals import INTERRUPTED
from benchmarks.verdicts.row import Row
from benchmarks.verdicts.status import rows


def print_outcome(outcome: RunSummary, out: Path) -> None:
    """Prints which runs failed or lacked data or packages, and a summary of all runs."""
    print_missing(outcome.missing)
    runs = sum(map(len, vars(outcome).values()))
    for message in outcome.failed if runs > 1 else ():  # of a single run, the display of progress has just printed it
        print(f"failed: {message}", file=sys.stderr)
    for message in outcome.interrupted:
        print(f"interrupted: {message}", file=sys.stderr)
    interrupted = f"{len(outcome.interrupted)} interrupted, " if outcome.interrupted else ""
    print(
        f"{len(outcome.done)} recorded, {len(outcome.kept)} already there, {len(outcome.failed)} failed, {interrupted}"
        f"{len(outcome.missing)} without data or packages; records in {out}"
    )


def exit_status(outcome: RunSummary) -> int:
    """Returns 1 if a run failed or everything is missing, 130 if one was interrupted from outside, otherwise 0.

    It is fine if the data for some experiments are missing, but a machine without any of them is set up wrong.
    """
    if outcome.failed:
        return 1
    if outcome.interrupted:
        return INTERRUPTED
    return 1 if outcome.missing and not outcome.records else 0


def print_results(outcome: RunSummary, catalogue: Catalogue) -> None:
    """Prints our number, the paper's and the verdict for each reference that the runs answer.

    References without a printed number, such as the points of a curve, are only counted.
    """
    found = [RecordStore(path.parent).read(path) for path in outcome.records]
    for reading, chosen in _by_reading(found).items():
        answered = _rows(chosen, reading, catalogue)
        printed = [row for row in answered if row.paper is not None or row.verdict.compares]
        if not answered:
            continue
        print(f"\n{chosen[0].scale} scale, {reading} reading:")
        if printed:
            print_rows(printed, total=False)
        others = [row for row in answered if row not in printed]
        if others:
            print_summary(others, total=False)
    scales = {record.scale for record in found}
    if found and SCALES[-1] not in scales:
        print(f"only runs at the {SCALES[-1]} scale are compared with the paper")


def _by_reading(records: Iterable[Record]) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.reading, []).append(record)
    return groups


def _rows(records: Sequence[Record], reading: str, catalogue: Catalogue) -> list[Row]:
    """Returns the rows that these records answer by themselves; claims need records of several experiments."""
    counted = Counter(record.experiment for record in records)
    experiments = tuple(replace(catalogue[name], primary=reading) for name in counted)  # type: ignore[arg-type]
    alone = Catalogue(families=(Family(experiments=experiments),))
    answered = {reference for experiment in experiments for reference in experiment.answers}
    return [row for row in rows(Measured((), records), alone) if row.reference in answered]
