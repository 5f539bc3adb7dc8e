"""What a run keeps until its record is written, so that it can be interrupted."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.running.finished_tests import FinishedTests
from benchmarks.running.sessions import Sessions


@dataclass(frozen=True, kw_only=True)
class UnfinishedRun:
    """A checkpoint of meta-training, the meta-tests that are done, and which processes made them.

    Attributes:
        checkpoint: the file with the state of meta-training; all else lies beside it.
        run: identifies the meta-training.
    """

    checkpoint: Path
    run: str

    @property
    def tests(self) -> FinishedTests:
        """The meta-tests that are done."""
        return FinishedTests.beside(self.checkpoint, self.run)

    @property
    def sessions(self) -> Sessions:
        """The processes that worked on it."""
        return Sessions.beside(self.checkpoint)

    def begin(self, facts: Mapping[str, Any], one_code: bool) -> None:
        """Notes that a process begins, which goes on from whatever is there.

        Args:
            facts: of the process, as for `Sessions.begin`.
            one_code: discard what other code left, and what was left by code that was not committed.

        Raises:
            BenchmarkError: the notes are damaged or cannot be written.
        """
        if one_code and not self.sessions.share(facts):
            self.discard()
        self.sessions.begin(facts, resumed=self.checkpoint.exists() or self.tests.folder.exists())

    def discard(self) -> None:
        """Removes all of it."""
        self.checkpoint.unlink(missing_ok=True)
        self.tests.discard()
        self.sessions.discard()
