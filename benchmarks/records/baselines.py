"""Accepted baselines: the records that later runs are compared with, who accepted them and why."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.provenance import ROOT
from benchmarks.records.record import WEIGHTS, Record, RecordDocument, differing_data, restore_floats
from benchmarks.records.store import check_place, pair_path, stored_arrays

FOLDER = ROOT / "reference_results" / "baselines"


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """When records were accepted as a baseline, by whom and why.

    Attributes:
        when: The time, UTC.
        by: Name of the person who accepted them.
        reason: Why these numbers are accepted.
    """

    when: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BaselineDocument:
    """The file of a baseline.

    Attributes:
        schema: Version of this form.
        accepted: When the records were accepted, by whom and why.
        records: The records, ordered by seed.
        arrays_sha256: Checksum of the `.npz` file beside this one.
    """

    schema: Literal[1] = 1
    accepted: Acceptance
    records: Annotated[list[RecordDocument], Meta(min_length=1)]
    arrays_sha256: str


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The accepted records of one experiment, scale and reading: one definition, one record for each seed."""

    accepted: Acceptance
    records: tuple[Record, ...]


class _SeedArrays(Mapping[str, NDArray[Any]]):
    """The arrays of one seed of a baseline, without the prefix of the seed in their names."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], seed: int) -> None:
        self._arrays = arrays
        self._prefix = _prefix(seed)

    def __getitem__(self, key: str) -> NDArray[Any]:
        return self._arrays[self._prefix + key]

    def __iter__(self) -> Iterator[str]:
        return (key.removeprefix(self._prefix) for key in self._arrays if key.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _prefix(seed: int) -> str:
    return f"seed-{seed}/"


def load(folder: Path = FOLDER) -> list[Baseline]:
    """Reads all accepted baselines in the order of their paths; returns none if there is no folder.

    Raises:
        BenchmarkError: A file is not a valid baseline, or is not at the path that belongs to it.
    """
    return [read(path, folder) for path in sorted(folder.rglob("*.json"))]


def read(path: Path, folder: Path = FOLDER) -> Baseline:
    """Reads the baseline in the JSON file `path` inside `folder`.

    Raises:
        BenchmarkError: As `load`.
    """
    document = storage.read_json(path)
    if isinstance(entries := document.get("records"), list):
        document["records"] = [restore_floats(entry) for entry in entries]
    stored = storage.checked(document, BaselineDocument, f"{path} is no baseline")
    arrays = stored_arrays(document, path)
    records = tuple(Record(**vars(entry), arrays=_SeedArrays(arrays, entry.seed)) for entry in stored.records)
    _check_consistent(records, str(path))
    check_place(path, folder, records[0], f"{records[0].scale}-{records[0].reading}")
    return Baseline(accepted=stored.accepted, records=records)


def _path(folder: Path, record: Record) -> Path:
    return pair_path(folder, record.experiment, f"{record.scale}-{record.reading}")


def accept(
    records: Iterable[Record], *, reason: str, by: str, folder: Path = FOLDER, allow_dirty: bool = False
) -> list[Path]:
    """Makes records the baseline of their experiment, scale and reading.

    A baseline of the same definition keeps its other seeds; a baseline of another definition is replaced.
    Nothing is written unless everything can be accepted.

    Args:
        records: Records of any number of experiments, with their arrays.
        reason: Why these numbers are accepted.
        by: Name of the person who accepts them.
        folder: Folder of the baselines.
        allow_dirty: Whether to accept records of code that was not committed.

    Returns:
        The JSON files that were written.

    Raises:
        BenchmarkError: There is no record, reason or name; a record is incomplete or its code was not
            committed; the definitions of one baseline differ; or a record is a copy of another seed.
    """
    given = sorted(records, key=lambda record: (record.key, record.seed))
    _check_words(given, reason, by)
    for record in given:
        _check_complete(record, allow_dirty)
    accepted = Acceptance(when=datetime.now(UTC).isoformat(timespec="seconds"), by=by.strip(), reason=reason.strip())
    groups = [tuple(group) for _, group in itertools.groupby(given, key=lambda record: record.key)]
    merged = [_merged(group, folder) for group in groups]
    return [_write(Baseline(accepted=accepted, records=group), folder) for group in merged]


def _check_words(records: Sequence[Record], reason: str, by: str) -> None:
    if not records:
        raise BenchmarkError("there is no record to accept; run the experiment first")
    if not reason.strip():
        raise BenchmarkError(f"the reason is {reason!r}; say why these numbers are accepted")
    if not by.strip():
        raise BenchmarkError(f"the name of the person who accepts is {by!r}; give a name")


def _check_complete(record: Record, allow_dirty: bool) -> None:
    name = record.name
    if not record.metrics:
        raise BenchmarkError(f"{name} is incomplete: it has no metric")
    for metric, summary in record.metrics.items():
        if record.tasks(metric).size != summary.tasks:
            size = record.tasks(metric).size
            raise BenchmarkError(f"{name} is incomplete: it holds {size} of {summary.tasks} tasks of {metric!r}")
    if not record.provenance.get("commit") or not isinstance(record.provenance.get("dirty"), bool):
        raise BenchmarkError(f"{name} is incomplete: its provenance has no 'commit' or no 'dirty'")
    if record.provenance["dirty"] and not allow_dirty:
        raise BenchmarkError(f"{name} was made with uncommitted code; commit it and run again")


def _merged(fresh: Sequence[Record], folder: Path) -> tuple[Record, ...]:
    _check_consistent(fresh, "the selection")
    path = _path(folder, fresh[0])
    kept: Sequence[Record] = read(path, folder).records if path.exists() else ()
    seeds = {record.seed for record in fresh}
    kept = [r for r in kept if r.definition == fresh[0].definition and r.seed not in seeds]
    merged = tuple(sorted((*kept, *fresh), key=lambda record: record.seed))
    _check_no_copies(merged)
    return merged


def _check_consistent(records: Sequence[Record], where: str) -> None:
    """Checks that there are records, that they share one key, definition and data, and that no seed repeats."""
    if not records:
        raise BenchmarkError(f"{where} holds no record")
    if len({record.key for record in records}) > 1:
        raise BenchmarkError(f"{where} mixes {', '.join(sorted({record.name for record in records}))}")
    definitions = sorted({record.definition for record in records})
    if len(definitions) > 1:
        raise BenchmarkError(f"{where} mixes the definitions {', '.join(definitions)} of {records[0].name}")
    if differing := differing_data(records):
        raise BenchmarkError(f"{where} mixes the data of {records[0].name}: {differing}")
    seeds = [record.seed for record in records]
    repeated = sorted({seed for seed in seeds if seeds.count(seed) > 1})
    if repeated:
        raise BenchmarkError(f"{where} holds seed {repeated[0]} of {records[0].name} more than once")


def _check_no_copies(records: Sequence[Record]) -> None:
    """Checks that no two seeds agree in every raw value: such records are copies."""
    seen: dict[bytes, Record] = {}
    for record in records:
        tasks = [record.tasks(metric) for metric in sorted(record.metrics)]
        if not any(np.isfinite(values).any() for values in tasks):
            continue
        other = seen.setdefault(b"|".join(values.tobytes() for values in tasks), record)
        if other is not record:
            raise BenchmarkError(
                f"{record.name} has the same raw values as seed {other.seed}: one is a copy of the other"
            )


def _write(baseline: Baseline, folder: Path) -> Path:
    path = _path(folder, baseline.records[0])
    document = {
        "schema": BaselineDocument.schema,
        "accepted": asdict(baseline.accepted),
        "records": [record.to_json() for record in baseline.records],
    }
    # Weights stay with the record: no comparison needs them, and they would make up most of a baseline.
    arrays = {
        _prefix(record.seed) + key: values
        for record in baseline.records
        for key, values in record.arrays.items()
        if not key.startswith(WEIGHTS)
    }
    storage.write_pair(path, document, arrays)
    return path
