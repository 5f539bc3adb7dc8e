"""Accepted baselines: the records that later runs are compared with, who accepted them and why."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage, store
from benchmarks.records.provenance import ROOT
from benchmarks.records.record import WEIGHTS, Record, RecordDocument, differing_data, restore_floats
from benchmarks.records.store import check_place, named, pair_path, stored_arrays
from benchmarks.records.verification import check_no_copies, verify

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
class Correction:
    """A summary of an accepted record that was wrong and was computed again from the raw values.

    Attributes:
        when: The time of the correction, UTC.
        by: Name of the person who corrected it.
        reason: Why it was wrong.
        seed: Seed of the record.
        metric: Metric id.
        before: The numbers of the summary that changed, as they were accepted.
    """

    when: str
    by: str
    reason: str
    seed: int
    metric: str
    before: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class BaselineDocument:
    """The file of a baseline.

    Attributes:
        schema: Version of this form.
        accepted: When the records were accepted, by whom and why.
        records: The records, ordered by seed.
        arrays_sha256: Checksum of the `.npz` file beside this one.
        corrections: Summaries that were corrected since.
    """

    schema: Literal[1] = 1
    accepted: Acceptance
    records: Annotated[list[RecordDocument], Meta(min_length=1)]
    arrays_sha256: str
    corrections: list[Correction] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The accepted records of one experiment, scale and reading: one definition, one record for each seed.

    Attributes:
        accepted: When the records were accepted, by whom and why.
        records: The records, ordered by seed.
        corrections: Summaries that were corrected since.
    """

    accepted: Acceptance
    records: tuple[Record, ...]
    corrections: tuple[Correction, ...] = ()


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


def readable(folder: Path = FOLDER) -> tuple[list[Baseline], list[str]]:
    """Returns what `load` would return if it left out faulty baselines, and one line for each that is left out."""
    paths = sorted(folder.rglob("*.json"))
    return store.readable(paths, lambda path: read(path, folder), "restore it with git")


def read(path: Path, folder: Path = FOLDER) -> Baseline:
    """Reads the baseline in the JSON file `path` inside `folder`.

    Raises:
        BenchmarkError: As `load`.
    """
    baseline = read_unverified(path)
    records = baseline.records
    _check_consistent(records, str(path))
    check_place(path, folder, records[0], f"{records[0].scale}-{records[0].reading}")
    with named(path):
        for record in records:
            verify(record)
        check_no_copies(records)
    return baseline


def read_unverified(path: Path) -> Baseline:
    """Reads a baseline without comparing its summaries with its raw values.

    Raises:
        BenchmarkError: The file is not a valid baseline, or its arrays are missing or do not match it.
    """
    document = storage.read_json(path)
    if isinstance(entries := document.get("records"), list):
        document["records"] = [restore_floats(entry) for entry in entries]
    stored = storage.checked(document, BaselineDocument, f"{path} is no baseline")
    arrays = stored_arrays(document, path)
    records = tuple(Record(**vars(entry), arrays=_SeedArrays(arrays, entry.seed)) for entry in stored.records)
    return Baseline(accepted=stored.accepted, records=records, corrections=tuple(stored.corrections))


def _path(folder: Path, record: Record) -> Path:
    return pair_path(folder, record.experiment, f"{record.scale}-{record.reading}")


def accept(
    records: Iterable[Record], *, reason: str, by: str, folder: Path = FOLDER, allow_dirty: bool = False
) -> list[Path]:
    """Makes records the baseline of their experiment, scale and reading.

    A baseline of the same definition and data keeps its other seeds; any other baseline is replaced.
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
    if not given:
        raise BenchmarkError("there is no record to accept; run the experiment first")
    check_words(reason, by)
    for record in given:
        _check_complete(record, allow_dirty)
    accepted = Acceptance(when=now(), by=by.strip(), reason=reason.strip())
    groups = [tuple(group) for _, group in itertools.groupby(given, key=lambda record: record.key)]
    merged = [_merged(group, accepted, folder) for group in groups]
    return [_write(baseline, folder) for baseline in merged]


def now() -> str:
    """Returns the time, UTC, as baselines state it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def check_words(reason: str, by: str) -> None:
    """Checks that there are a reason and a name.

    Raises:
        BenchmarkError: One of them is empty.
    """
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
    verify(record)


def _merged(fresh: Sequence[Record], accepted: Acceptance, folder: Path) -> Baseline:
    _check_consistent(fresh, "the selection")
    path = _path(folder, fresh[0])
    before = read(path, folder) if path.exists() else Baseline(accepted=accepted, records=())
    seeds = {record.seed for record in fresh}
    kept = [record for record in before.records if record.seed not in seeds and _belong_together(record, fresh[0])]
    merged = tuple(sorted((*kept, *fresh), key=lambda record: record.seed))
    check_no_copies(merged)
    kept_seeds = {record.seed for record in kept}
    corrected = tuple(correction for correction in before.corrections if correction.seed in kept_seeds)
    return Baseline(accepted=accepted, records=merged, corrections=corrected)


def _belong_together(one: Record, other: Record) -> bool:
    return one.definition == other.definition and not differing_data((one, other))


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


def _write(baseline: Baseline, folder: Path) -> Path:
    path = _path(folder, baseline.records[0])
    document = {
        "schema": BaselineDocument.schema,
        "accepted": asdict(baseline.accepted),
        "records": [record.to_json() for record in baseline.records],
        **({"corrections": [asdict(entry) for entry in baseline.corrections]} if baseline.corrections else {}),
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
