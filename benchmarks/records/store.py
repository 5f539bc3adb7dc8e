"""The store of records: one JSON file a record, and one `.npz` of raw values beside it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.record import Metric, Record, decode

__all__ = ["Metric", "Record", "RecordStore", "check_place", "pair_path", "stored_arrays"]

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class RecordStore:
    """A folder of records: `<folder>/<experiment>/<scale>-<reading>-seed<k>.json`."""

    folder: Path

    def path(self, experiment: str, scale: str, reading: str, seed: int) -> Path:
        """Where the JSON of a record lies.

        Raises:
            BenchmarkError: A name would lead out of the folder.
        """
        return pair_path(self.folder, experiment, f"{scale}-{reading}-seed{seed}")

    def write(self, record: Record, arrays: Mapping[str, NDArray[Any]], overwrite: bool = False) -> Path:
        """Writes a record and its arrays, both or neither, and returns where its JSON lies.

        Raises:
            BenchmarkError: The record exists and `overwrite` is false, or the folder cannot be written.
        """
        path = self.path(*record.key, record.seed)
        if path.exists() and not overwrite:
            raise BenchmarkError(f"{path} exists; pass --overwrite or choose another --out")
        storage.write_pair(path, record.to_json(), arrays)
        return path

    def lock(self, experiment: str, scale: str, reading: str, seed: int) -> AbstractContextManager[None]:
        """Holds a record for this process, from before the run until after `write`.

        The context raises a BenchmarkError with the other's process id if another process holds it. A
        lock which a dead process left behind is no obstacle.
        """
        path = self.path(experiment, scale, reading, seed)
        return storage.exclusive(path.with_suffix(".lock"), path)

    def read(self, path: Path) -> Record:
        """Reads one record; its arrays are checked now and loaded when first used.

        Raises:
            BenchmarkError: The file is corrupt, truncated or foreign, or its arrays are missing or others.
        """
        document = storage.read_json(path)
        return decode(document, path, stored_arrays(document, path))

    def all(self) -> Iterator[Record]:
        """Reads every record in the folder, in the order of their paths; none if there is no folder.

        What lies in hidden folders is passed over: there, runs in progress keep what they have done so far.

        Raises:
            BenchmarkError: As `read`; or a record lies where another belongs.
        """
        for path in sorted(self.folder.rglob("*.json")):
            if any(part.startswith(".") for part in path.relative_to(self.folder).parts):
                continue
            record = self.read(path)
            check_place(path, self.folder, record, f"{record.scale}-{record.reading}-seed{record.seed}")
            yield record


def pair_path(folder: Path, experiment: str, name: str) -> Path:
    """`<folder>/<experiment>/<name>.json`.

    Raises:
        BenchmarkError: A part is no plain name, so that the path could lead out of the folder.
    """
    for part in (*experiment.split("/"), name):
        if not _PART.fullmatch(part):
            raise BenchmarkError(f"{part!r} cannot name a file; allowed: letters, digits, '.', '_' and '-'")
    return folder / experiment / f"{name}.json"


def check_place(path: Path, folder: Path, record: Record, name: str) -> None:
    """Checks that `path` is where `pair_path` puts `name` of the record's experiment.

    Raises:
        BenchmarkError: It lies elsewhere: a copy, or a file moved by hand.
    """
    if path != folder / record.experiment / f"{name}.json":
        raise BenchmarkError(f"{path} does not lie where {name!r} of {record.experiment!r} belongs")


def stored_arrays(document: Mapping[str, Any], path: Path) -> storage.StoredArrays:
    """The arrays beside the JSON file `path`, with the checksum which that file states.

    Raises:
        BenchmarkError: The checksum is missing, or the arrays are missing or have another.
    """
    sha256 = document.get(storage.CHECKSUM_FIELD)
    if not isinstance(sha256, str):
        raise BenchmarkError(f"{path} is no record: it has no text {storage.CHECKSUM_FIELD!r}")
    archive = path.with_suffix(".npz")
    storage.checked_content(archive, sha256)
    return storage.StoredArrays(archive, sha256)
