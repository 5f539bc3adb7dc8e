"""The processes that make a run, one after another where it is interrupted: whose code they ran, what they needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.records.storage import read_json, write_json

# What is said of a state that was left without a word about who made it.
UNKNOWN: Mapping[str, Any] = {"commit": "unknown", "dirty": True}


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """A file beside a checkpoint with one entry a process, the present one last.

    Attributes:
        path: the file.
    """

    path: Path

    @classmethod
    def beside(cls, checkpoint: Path) -> "Sessions":
        """Those that belong to a checkpoint of meta-training."""
        return cls(path=checkpoint.with_suffix(".sessions.json"))

    def all(self) -> list[Mapping[str, Any]]:
        """The entries, oldest first.

        Raises:
            BenchmarkError: the file is damaged.
        """
        return list(read_json(self.path).get("sessions", [])) if self.path.exists() else []

    def begin(self, facts: Mapping[str, Any], resumed: bool) -> None:
        """Adds this process.

        Args:
            facts: `commit` and `dirty` of its code, and whatever else a record should tell.
            resumed: whether it goes on from what earlier ones left.

        Raises:
            BenchmarkError: the file is damaged or cannot be written.
        """
        earlier = (self.all() or [UNKNOWN]) if resumed else []
        self._write([*earlier, facts])

    def note(self, **facts: Any) -> None:
        """Adds to what is told of this process.

        Raises:
            BenchmarkError: the file is damaged or cannot be written.
        """
        *earlier, present = self.all() or [UNKNOWN]
        self._write([*earlier, {**present, **facts}])

    def largest(self, fact: str) -> Any:
        """The largest value of a fact among the processes that told it, None if none did."""
        return max((each[fact] for each in self.all() if fact in each), default=None)

    def largest_of_all(self, fact: str) -> Any:
        """The same, but None if there is a process that did not tell it."""
        return self.largest(fact) if all(fact in each for each in self.all()) else None

    def share(self, facts: Mapping[str, Any]) -> bool:
        """Whether all earlier processes ran the code of one with these facts, and all of it was committed."""
        entries = [*(self.all() or [UNKNOWN]), facts]
        return not any(each["dirty"] or each["commit"] != facts["commit"] for each in entries)

    def discard(self) -> None:
        """Removes the file."""
        self.path.unlink(missing_ok=True)

    def _write(self, entries: Sequence[Mapping[str, Any]]) -> None:
        write_json(self.path, {"sessions": list(entries)})
