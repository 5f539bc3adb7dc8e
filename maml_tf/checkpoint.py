"""Checkpoints of meta-training."""

import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib.npyio import NpzFile

from maml_tf.errors import MAMLError, SettingError
from maml_tf.state import Snapshot

# Of each chunk: meta-iterations done at its end, mean loss, seconds, seconds of meta-training alone.
History = list[tuple[int, float, float, float]]


class Restorable(Protocol):
    """What a checkpoint can be put back into, such as a `State`."""

    def restore(self, snapshot: Snapshot) -> None:
        """Puts a snapshot back; raises ValueError if it is of something else."""


class CheckpointError(MAMLError):
    """A checkpoint that is damaged or of another run; the message names the file."""


@dataclass(kw_only=True)
class Checkpoint:
    """One file that holds the latest state of a run, replaced atomically.

    Attributes:
        path: the file, an `.npz`; a string becomes a path.
        run: identifies the run; a checkpoint of another run is refused rather than continued.
        every: seconds between two checkpoints; 0 for one after every chunk.

    Raises:
        SettingError: `every` is below 0.
    """

    path: Path
    run: str
    every: float = 30.0
    _saved: float = field(default_factory=time.monotonic, init=False)

    def __post_init__(self) -> None:
        self.path = Path(self.path)
        if not self.every >= 0:
            raise SettingError(f"every must be 0 or more, not {self.every!r}")

    def resume(self, state: Restorable) -> History:
        """Puts the state of an earlier run back, if there is one, and returns its history.

        Raises:
            CheckpointError: the file cannot be read or belongs to another run.
        """
        if not self.path.exists():
            return []
        try:
            with open(self.path, "rb") as file, NpzFile(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            run, history = str(arrays.pop("run")), _as_history(arrays.pop("history"))
        except Exception as error:  # damaged bytes raise a dozen kinds
            raise CheckpointError(f"{self.path} is not a whole checkpoint ({error}); delete it") from error
        if run != self.run:
            raise CheckpointError(f"{self.path} belongs to run {run!r}, not {self.run!r}; delete it")
        try:
            state.restore(arrays)
        except ValueError as error:
            raise CheckpointError(f"{self.path} does not fit this run ({error}); delete it") from error
        return history

    def save_if_due(self, snapshot: Snapshot, history: History) -> None:
        """Saves if `every` seconds have passed."""
        if time.monotonic() - self._saved >= self.every:
            self.save(snapshot, history)

    def save(self, snapshot: Snapshot, history: History) -> None:
        """Writes the file; a reader sees the old one or the new one, never a part."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, suffix=".npz")
        try:
            with os.fdopen(handle, "wb") as file:
                rows = np.array(history).reshape(-1, _COLUMNS)
                arrays: dict[str, Any] = {"run": self.run, "history": rows, **snapshot}
                np.savez(file, **arrays)
            os.replace(temporary, self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._saved = time.monotonic()

    def discard(self) -> None:
        """Removes the file of a finished run."""
        self.path.unlink(missing_ok=True)


def _as_history(rows: np.ndarray) -> History:
    if rows.shape[1:] == (_COLUMNS - 1,):  # of an earlier version, which did not tell meta-training apart
        rows = np.concatenate([rows, rows[:, -1:]], axis=1)
    return [(int(done), float(loss), float(seconds), float(alone)) for done, loss, seconds, alone in rows]


_COLUMNS = 4  # of a history
