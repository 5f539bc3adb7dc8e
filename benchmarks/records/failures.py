"""Runs that ended without a record, so that more can be said of them than that nothing was run."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.store import pair_path

How = Literal["failed", "diverged"]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How a run ended instead of in a record.

    Attributes:
        experiment: its id.
        scale: how much of it.
        reading: which side of a disagreement between text and code.
        seed: the seed.
        definition: hash of its settings.
        how: `diverged` if a loss of meta-training was not finite, else `failed`.
        message: what went wrong, in one line.
        when: the time, UTC.
    """

    experiment: str
    scale: str
    reading: str
    seed: int
    definition: str
    how: How
    message: str
    when: str

    def __post_init__(self) -> None:
        if self.how not in get_args(How):
            raise ValueError(f"'how' is {self.how!r:.80}; allowed: {', '.join(get_args(How))}")


@dataclass(frozen=True)
class FailureNotes:
    """Notes in a hidden folder of a folder of records, one a run.

    Attributes:
        records: the folder of records.
    """

    records: Path

    def keep(self, failure: Failure) -> None:
        """Writes a note, in place of an earlier one of the same run.

        Raises:
            BenchmarkError: the folder cannot be written.
        """
        storage.write_json(
            self._path(failure.experiment, failure.scale, failure.reading, failure.seed), asdict(failure)
        )

    def remove(self, experiment: str, scale: str, reading: str, seed: int) -> None:
        """Removes the note of a run that ended well after all."""
        self._path(experiment, scale, reading, seed).unlink(missing_ok=True)

    def all(self) -> Iterator[Failure]:
        """All notes in the order of their paths.

        Raises:
            BenchmarkError: a note is damaged.
        """
        for path in sorted(self._folder.rglob("*.json")):
            try:
                yield Failure(**storage.read_json(path))
            except (TypeError, ValueError) as error:
                raise BenchmarkError(f"{path} is no note of a failed run: {error}") from None

    @property
    def _folder(self) -> Path:
        return self.records / ".failed"

    def _path(self, experiment: str, scale: str, reading: str, seed: int) -> Path:
        return pair_path(self._folder, experiment, f"{scale}-{reading}-seed{seed}")
