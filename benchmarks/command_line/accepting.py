"""Accepting as a command: the records that may become baselines."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.catalogue import CATALOGUE
from benchmarks.errors import BenchmarkError, check_choice
from benchmarks.experiment import SCALES, Experiment
from benchmarks.records.record import Record
from benchmarks.records.store import RecordStore


def acceptable(experiments: Sequence[Experiment], folder: Path, scale: str | None) -> list[Record]:
    """Records of a folder: of these experiments, and of one scale if one is given.

    Raises:
        BenchmarkError: an unknown scale; or a record was made under another definition than the catalogue has now.
    """
    if scale is not None:
        check_choice("scale", scale, SCALES)
    wanted = {experiment.id for experiment in experiments}
    held = [record for record in RecordStore(folder).all() if record.experiment in wanted]
    chosen = [record for record in held if scale in (None, record.scale)]
    for record in chosen:
        _check_current(record)
    return chosen


def _check_current(record: Record) -> None:
    """An outdated record would take the place of a current baseline, and guard nothing."""
    now = CATALOGUE[record.experiment].definition(record.scale, record.reading)
    if record.definition != now:
        made = f"{record.name} was made under definition {record.definition}"
        raise BenchmarkError(f"{made}, but the catalogue now has {now}; run it again, or remove the record")
