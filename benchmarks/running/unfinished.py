"""What a run keeps on disk until its record is written, so that it can be interrupted and resumed."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NotRequired, TypedDict

import numpy as np

from benchmarks.declaring.settings import definition_hash
from benchmarks.errors import BenchmarkError
from benchmarks.records.storage import StoredArrays, checked, read_json, write_json, write_pair

# The log entry for a process that left a checkpoint but no log.
UNKNOWN: Mapping[str, Any] = {"commit": "unknown", "dirty": True}


class _Entry(TypedDict):
    commit: str
    dirty: bool
    started: NotRequired[str]
    training_memory_bytes: NotRequired[float]
    peak_memory_bytes: NotRequired[float]


class _LogDocument(TypedDict):
    sessions: list[_Entry]


@dataclass(frozen=True, kw_only=True)
class _TestDocument:
    definition: str
    chosen: dict[str, float]
    arrays_sha256: str
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ProcessLog:
    """A JSON file beside the checkpoint, with one entry for each process that worked on the run.

    An entry has the `commit` and `dirty` flag of the code, and further facts such as threads and peak memory.

    Attributes:
        path: The file.
    """

    path: Path

    def entries(self) -> list[Mapping[str, Any]]:
        """Returns the entries, the one of the current process last.

        Raises:
            BenchmarkError: The file is damaged.
        """
        if not self.path.exists():
            return []
        with _with_remedy(self.path):
            document = read_json(self.path)
            checked(document, _LogDocument, f"{self.path} is no log of processes")
        return list(document["sessions"])

    def begin(self, facts: Mapping[str, Any], resumed: bool) -> None:
        """Adds an entry for the current process.

        Args:
            facts: `commit` and `dirty` of its code, and any other facts for the record.
            resumed: Whether the process continues the work of earlier ones; if not, their entries are removed.

        Raises:
            BenchmarkError: The file is damaged or cannot be written.
        """
        earlier = (self.entries() or [UNKNOWN]) if resumed else []
        self._write([*earlier, facts])

    def add(self, **facts: Any) -> None:
        """Adds facts to the entry of the current process.

        Raises:
            BenchmarkError: The file is damaged or cannot be written.
        """
        *earlier, current = self.entries() or [UNKNOWN]
        self._write([*earlier, {**current, **facts}])

    def largest(self, fact: str) -> Any:
        """Returns the largest value of a fact over the entries that have it, or None if none has it."""
        return max((entry[fact] for entry in self.entries() if fact in entry), default=None)

    def largest_of_all(self, fact: str) -> Any:
        """Returns the largest value of a fact, or None if an entry lacks it."""
        return self.largest(fact) if all(fact in entry for entry in self.entries()) else None

    def ran_same_code(self, facts: Mapping[str, Any]) -> bool:
        """Returns whether all entries and `facts` have the same commit, without uncommitted changes."""
        entries = [*(self.entries() or [UNKNOWN]), facts]
        return not any(entry["dirty"] or entry["commit"] != facts["commit"] for entry in entries)

    def discard(self) -> None:
        """Removes the file."""
        self.path.unlink(missing_ok=True)

    def _write(self, entries: Sequence[Mapping[str, Any]]) -> None:
        write_json(self.path, {"sessions": list(entries)})


@dataclass(frozen=True)
class TestScores:
    """The result of a meta-test, or of all meta-tests of a run.

    Attributes:
        scores: Per-task scores by metric id, each of shape [tasks].
        chosen: Settings that were tuned, such as the inner learning rate.
        seconds: Duration.
    """

    scores: Mapping[str, np.ndarray]
    chosen: Mapping[str, float]
    seconds: float
    __test__: ClassVar[bool] = False  # for pytest, which takes classes with such names for tests


@dataclass(frozen=True, kw_only=True)
class FinishedTests:
    """A folder beside the checkpoint with the scores of each meta-test that is finished.

    Attributes:
        folder: The folder.
        run: Identifies the meta-training; scores of another one are ignored.
    """

    folder: Path
    run: str

    def load(self, test: str, settings: Mapping[str, Any]) -> TestScores | None:
        """Returns the scores of a test that was finished under these settings, or None.

        Raises:
            BenchmarkError: The files are damaged.
        """
        path = self._path(test)
        if not path.exists():
            return None
        document, scores = self._read(path)
        if document.definition != self._definition(test, settings):
            return None
        return TestScores(scores, document.chosen, document.seconds)

    def check(self) -> None:
        """Reads everything.

        Raises:
            BenchmarkError: A file is damaged.
        """
        for path in self.folder.glob("*.json"):
            self._read(path)

    def save(self, test: str, settings: Mapping[str, Any], tested: TestScores) -> None:
        """Writes the scores of a test.

        Raises:
            BenchmarkError: The folder cannot be written.
        """
        document = {"definition": self._definition(test, settings), "chosen": tested.chosen, "seconds": tested.seconds}
        write_pair(self._path(test), document, tested.scores)

    def _read(self, path: Path) -> tuple[_TestDocument, dict[str, np.ndarray]]:
        with _with_remedy(self.folder):
            document = checked(read_json(path), _TestDocument, f"{path} is no finished meta-test")
            return document, dict(StoredArrays(path.with_suffix(".npz"), document.arrays_sha256))

    def discard(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, test: str) -> Path:
        return self.folder / f"{test}.json"

    def _definition(self, test: str, settings: Mapping[str, Any]) -> str:
        relevant = {"learner": settings["learner"], "score": settings["score"], "test": settings["tests"][test]}
        return definition_hash({"run": self.run, **relevant})


@dataclass(frozen=True, kw_only=True)
class UnfinishedRun:
    """The checkpoint of meta-training, the finished meta-tests, and the log of the processes that made them.

    Attributes:
        checkpoint: The checkpoint file; everything else lies beside it.
        run: Identifies the meta-training.
    """

    checkpoint: Path
    run: str

    @property
    def tests(self) -> FinishedTests:
        """The meta-tests that are finished."""
        return FinishedTests(folder=self.checkpoint.with_suffix(".tests"), run=self.run)

    @property
    def processes(self) -> ProcessLog:
        """The log of the processes that worked on the run."""
        return ProcessLog(path=self.checkpoint.with_suffix(".sessions.json"))

    def begin(self, facts: Mapping[str, Any], one_code: bool) -> None:
        """Adds the current process to the log; it resumes whatever is there.

        Args:
            facts: Facts about the process, as for `ProcessLog.begin`.
            one_code: Whether to discard what is damaged, or was left by other code or by code with uncommitted changes.

        Raises:
            BenchmarkError: The log is damaged or cannot be written.
        """
        if one_code and not self._is_of(facts):
            self.discard()
        self.processes.begin(facts, resumed=self.checkpoint.exists() or self.tests.folder.exists())

    def _is_of(self, facts: Mapping[str, Any]) -> bool:
        """Returns whether all of it is whole and of the code that the facts name."""
        try:
            self.tests.check()
            return self.processes.ran_same_code(facts)
        except BenchmarkError:
            return False

    def discard(self) -> None:
        """Removes all of it."""
        self.checkpoint.unlink(missing_ok=True)
        self.tests.discard()
        self.processes.discard()


@contextlib.contextmanager
def _with_remedy(path: Path) -> Iterator[None]:
    """Adds to errors about a damaged file what the user can do about it."""
    try:
        yield
    except BenchmarkError as error:
        raise BenchmarkError(f"{error}; remove {path}, or start the run anew with --overwrite") from None
