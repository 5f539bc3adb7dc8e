"""Meta-tests that a run has finished, kept until its record is written: an interrupted one goes on with the next."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.definition import definition_hash
from benchmarks.records.storage import CHECKSUM_FIELD, StoredArrays, read_json, write_pair


class Outcome(NamedTuple):
    """What a meta-test gave.

    Attributes:
        scores: per task by metric id, `[tasks]`.
        chosen: settings that were chosen by themselves.
        seconds: that it took.
    """

    scores: Mapping[str, np.ndarray]
    chosen: Mapping[str, float]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class FinishedTests:
    """A folder with a record of each finished test.

    Attributes:
        folder: the folder.
        run: identifies the meta-training; what another one left is passed over.
    """

    folder: Path
    run: str

    @classmethod
    def beside(cls, checkpoint: Path, run: str) -> "FinishedTests":
        """Those that belong to a checkpoint of meta-training."""
        return cls(folder=checkpoint.with_suffix(".tests"), run=run)

    def of(self, test: str, settings: Mapping[str, Any]) -> Outcome | None:
        """What a test gave, if it was finished under these settings.

        Raises:
            BenchmarkError: its files are damaged.
        """
        path = self._path(test)
        if not path.exists():
            return None
        document = read_json(path)
        if document.get("definition") != self._definition(test, settings):
            return None
        scores = dict(StoredArrays(path.with_suffix(".npz"), document[CHECKSUM_FIELD]))
        return Outcome(scores, document["chosen"], document.get("seconds", 0.0))

    def keep(self, test: str, settings: Mapping[str, Any], tested: Outcome) -> None:
        """Keeps what a test gave.

        Raises:
            BenchmarkError: the folder cannot be written.
        """
        document = {"definition": self._definition(test, settings), "chosen": tested.chosen, "seconds": tested.seconds}
        write_pair(self._path(test), document, tested.scores)

    def discard(self) -> None:
        """Removes them all."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, test: str) -> Path:
        return self.folder / f"{test}.json"

    def _definition(self, test: str, settings: Mapping[str, Any]) -> str:
        matters = {"learner": settings["learner"], "score": settings["score"], "test": settings["tests"][test]}
        return definition_hash({"run": self.run, **matters})
