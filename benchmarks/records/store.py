"""The folder of records: a JSON file and an `.npz` for each run, and a note for each run that failed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar

from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.record import Record, decode
from benchmarks.records.verification import check_no_copies, verify

Value = TypeVar("Value")
How = Literal["failed", "diverged"]


class _PairDocument(TypedDict):
    arrays_sha256: str


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class RecordStore:
    """A folder of records: `<folder>/<experiment>/<scale>-<reading>-seed<k>.json`."""

    folder: Path

    def path(self, experiment: str, scale: str, reading: str, seed: int) -> Path:
        """Returns the path of the JSON file of a record.

        Raises:
            BenchmarkError: A name would lead out of the folder.
        """
        return pair_path(self.folder, experiment, f"{scale}-{reading}-seed{seed}")

    def write(self, record: Record, arrays: Mapping[str, NDArray[Any]], overwrite: bool = False) -> Path:
        """Writes a record and its arrays, both or neither, and returns the path of its JSON file.

        Raises:
            BenchmarkError: The record exists and `overwrite` is false, or the folder cannot be written.
        """
        path = self.path(*record.key, record.seed)
        if path.exists() and not overwrite:
            raise BenchmarkError(f"{path} exists; pass --overwrite or choose another --out")
        storage.write_pair(path, record.to_json(), arrays)
        return path

    def lock(self, experiment: str, scale: str, reading: str, seed: int) -> AbstractContextManager[None]:
        """Returns a context that reserves a record for this process; enter it before the run starts.

        A lock file that a dead process left behind is no obstacle.

        Raises:
            BenchmarkError: Another process holds the lock, on entering; the message gives its process id.
        """
        path = self.path(experiment, scale, reading, seed)
        return storage.exclusive(path.with_suffix(".lock"), path)

    def read(self, path: Path) -> Record:
        """Reads one record.

        Raises:
            BenchmarkError: The file is not a valid record, its arrays are missing or do not match it, or what it states
                does not follow from its arrays, settings and command.
        """
        document = storage.read_json(path)
        record = decode(document, path, stored_arrays(document, path))
        with named(path):
            verify(record)
        return record

    def all(self) -> Iterator[Record]:
        """Reads every record in the folder in the order of their paths; yields none if there is no folder.

        Hidden folders are skipped: unfinished runs keep their intermediate results there.

        Raises:
            BenchmarkError: As `read`; or a record is not at the path that belongs to it, or is a copy of another seed.
        """
        yield from map(self._reader(), self._paths())

    def readable(self) -> tuple[list[Record], list[str]]:
        """Returns what `all` would yield if it left out faulty records, and one line for each that is left out."""
        return readable(self._paths(), self._reader(), "run it again with --overwrite, or remove its file")

    def _paths(self) -> list[Path]:
        paths = sorted(self.folder.rglob("*.json"))
        return [path for path in paths if not _hidden(path.relative_to(self.folder))]

    def _reader(self) -> Callable[[Path], Record]:
        """Returns a function that reads a record and compares it with those that it has read before."""
        earlier: list[Record] = []

        def read(path: Path) -> Record:
            record = self.read(path)
            check_place(path, self.folder, record, f"{record.scale}-{record.reading}-seed{record.seed}")
            with named(path):
                check_no_copies([*(other for other in earlier if other.key == record.key), record])
            earlier.append(record)
            return record

        return read


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A run that ended without a record.

    Attributes:
        experiment: Id of the experiment.
        scale: "smoke", "desktop" or "paper".
        reading: "text" or "code".
        seed: The seed.
        definition: Hash of the settings.
        how: "diverged" if a loss of meta-training was not finite, else "failed".
        message: The error, in one line.
        when: The time, UTC.
    """

    experiment: str
    scale: str
    reading: str
    seed: int
    definition: str
    how: How
    message: str
    when: str


@dataclass(frozen=True)
class FailureNotes:
    """Notes of failed runs, in a hidden folder inside the folder of records; one note for each run.

    Attributes:
        records: The folder of records.
    """

    records: Path

    def keep(self, failure: Failure) -> None:
        """Writes a note, which replaces an earlier one of the same run.

        Raises:
            BenchmarkError: The folder cannot be written.
        """
        path = self._path(failure.experiment, failure.scale, failure.reading, failure.seed)
        storage.write_json(path, asdict(failure))

    def remove(self, experiment: str, scale: str, reading: str, seed: int) -> None:
        """Removes the note of a run that has succeeded since; does nothing if there is none."""
        self._path(experiment, scale, reading, seed).unlink(missing_ok=True)

    def all(self) -> Iterator[Failure]:
        """Reads every note in the order of their paths.

        Raises:
            BenchmarkError: A note is not valid.
        """
        yield from map(self._read, self._paths())

    def readable(self) -> tuple[list[Failure], list[str]]:
        """Returns what `all` would yield if it left out faulty notes, and one line for each that is left out."""
        return readable(self._paths(), self._read, "remove its file")

    def _paths(self) -> list[Path]:
        return sorted(path for path in self._folder.rglob("*.json") if not _hidden(path.relative_to(self._folder)))

    @staticmethod
    def _read(path: Path) -> Failure:
        return storage.checked(storage.read_json(path), Failure, f"{path} is no note of a failed run")

    @property
    def _folder(self) -> Path:
        return self.records / ".failed"

    def _path(self, experiment: str, scale: str, reading: str, seed: int) -> Path:
        return pair_path(self._folder, experiment, f"{scale}-{reading}-seed{seed}")


def readable(paths: Iterable[Path], read: Callable[[Path], Value], remedy: str) -> tuple[list[Value], list[str]]:
    """Reads files; one that is faulty does not keep the others from being read.

    Args:
        paths: The files.
        read: Reads one file, or raises BenchmarkError.
        remedy: What the user can do about a faulty file.

    Returns:
        The values of the files that can be read; one line for each other file, with the remedy.
    """
    values, problems = [], []
    for path in paths:
        try:
            values.append(read(path))
        except BenchmarkError as error:
            problems.append(f"{error}; it is left out: {remedy}")
    return values, problems


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Puts the name of a file in front of errors about its content."""
    try:
        yield
    except BenchmarkError as error:
        raise BenchmarkError(f"{path}: {error}", error.exit_status) from None


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def pair_path(folder: Path, experiment: str, name: str) -> Path:
    """Returns `<folder>/<experiment>/<name>.json`.

    Raises:
        BenchmarkError: A part is not a plain name, so the path could lead out of the folder.
    """
    for part in (*experiment.split("/"), name):
        if not _NAME.fullmatch(part):
            raise BenchmarkError(f"{part!r} cannot name a file; allowed: letters, digits, '.', '_' and '-'")
    return folder / experiment / f"{name}.json"


def check_place(path: Path, folder: Path, record: Record, name: str) -> None:
    """Checks that `path` is where `pair_path` puts `name` of the experiment of `record`.

    Raises:
        BenchmarkError: It is elsewhere, because the file was copied or moved by hand.
    """
    if path != folder / record.experiment / f"{name}.json":
        raise BenchmarkError(f"{path} does not lie where {name!r} of {record.experiment!r} belongs")


def stored_arrays(document: Mapping[str, Any], path: Path) -> storage.StoredArrays:
    """Returns the arrays beside the JSON file `path`, whose content is `document`.

    Raises:
        BenchmarkError: The JSON states no checksum, or the arrays are missing or have another checksum.
    """
    sha256 = storage.checked(document, _PairDocument, f"{path} is no record")["arrays_sha256"]
    archive = path.with_suffix(".npz")
    storage.checked_content(archive, sha256)
    return storage.StoredArrays(archive, sha256)
