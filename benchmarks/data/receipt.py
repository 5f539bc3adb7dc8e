"""What became of a data set when it was last prepared."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A note beside the decoded images, valid as long as the files that it was written for stay as they are.

    Attributes:
        files: size and time of change of each file or folder, by its path.
        expected: checksum of what the data set was compared with.
        verified: what was verified, in one line; None if the data set was refused.
        problem: why it was refused, in one line; None if it was not.
    """

    files: dict[str, list[int]]
    expected: str
    verified: str | None
    problem: str | None

    @classmethod
    def of(
        cls, paths: Iterable[Path], expected: str, *, verified: str | None = None, problem: str | None = None
    ) -> "Receipt":
        """A receipt for files as they are now."""
        stamps = {str(path.resolve()): os.stat(path) for path in paths}
        files = {path: [stamp.st_size, stamp.st_mtime_ns] for path, stamp in stamps.items()}
        return cls(files=files, expected=expected, verified=verified, problem=problem)

    def fits(self, paths: Iterable[Path], expected: str) -> bool:
        """Whether it was written for these files, unchanged, and for the same expectation."""
        try:
            now = Receipt.of(paths, expected)
        except OSError:
            return False
        return (self.files, self.expected) == (now.files, now.expected)

    def write(self, file: Path) -> None:
        """Writes it whole or not at all; a folder that cannot be written is no error."""
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".writing-", dir=file.parent) as scratch:
                complete = Path(scratch, file.name)
                complete.write_text(json.dumps(asdict(self)), encoding="utf-8")
                complete.replace(file)

    @classmethod
    def read(cls, file: Path) -> "Receipt | None":
        """Reads it back, or gives None if it is not there or no receipt."""
        try:
            return cls(**json.loads(file.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
