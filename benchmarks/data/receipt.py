"""Receipts: the result of the last preparation of a data set."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A file beside the decoded images, valid as long as the files of the data set do not change.

    Attributes:
        files: Size and modification time of each file or folder, by its path.
        expected: Checksum of the manifest that the data set was verified against.
        verified: What was verified, in one line; None if the data set was refused.
        problem: Why it was refused, in one line; None if it was not.
    """

    files: dict[str, list[int]]
    expected: str
    verified: str | None
    problem: str | None

    @classmethod
    def of(
        cls, paths: Iterable[Path], expected: str, *, verified: str | None = None, problem: str | None = None
    ) -> "Receipt":
        """Returns a receipt for the files as they are now."""
        stats = {str(path.resolve()): os.stat(path) for path in paths}
        files = {path: [stat.st_size, stat.st_mtime_ns] for path, stat in stats.items()}
        return cls(files=files, expected=expected, verified=verified, problem=problem)

    def fits(self, paths: Iterable[Path], expected: str) -> bool:
        """Returns whether it was written for these files, unchanged, and for the same expected checksum."""
        try:
            now = Receipt.of(paths, expected)
        except OSError:
            return False
        return (self.files, self.expected) == (now.files, now.expected)

    def write(self, file: Path) -> None:
        """Writes the receipt; does nothing if the folder is not writable."""
        with contextlib.suppress(BenchmarkError):
            storage.write_json(file, asdict(self))

    @classmethod
    def read(cls, file: Path) -> "Receipt | None":
        """Reads a receipt; returns None if there is no file or if it is not a receipt."""
        try:
            return storage.checked(storage.read_json(file), cls, str(file))
        except BenchmarkError:
            return None
