"""Checkpoints of meta-training: what an interrupted run resumes from, and the file that holds it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib.npyio import NpzFile

from maml_tf.errors import MAMLError, SettingError
from maml_tf.files import replaced_atomically
from maml_tf.selection import PREFIX, Selection
from maml_tf.state import Snapshot, State

# One row per chunk: meta-iterations done at its end, mean loss, seconds, seconds of meta-training alone.
History = list[tuple[int, float, float, float]]


class Restorable(Protocol):
    """What a checkpoint can restore, such as a `State`."""

    def restore(self, snapshot: Snapshot) -> None:
        """Restores a snapshot; raises ValueError if it belongs to something else."""


class CheckpointError(MAMLError):
    """A checkpoint is damaged or belongs to another run; the message names the file."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that a run of meta-training needs to resume.

    Attributes:
        state: The state that is meta-trained.
        selection: The selection of parameters on meta-validation tasks, if there is one.
        settings: Numbers by name that must not change during a run; a snapshot with other numbers is refused.
        iterations: Number of meta-iterations after which the run ends. It may change when a run resumes, but not to
            fewer than are already done.
    """

    state: State
    selection: Selection | None
    settings: Mapping[str, int]
    iterations: int

    def snapshot(self) -> Snapshot:
        """Copies everything to arrays, by name."""
        settings = {_SETTINGS + name: np.array(value) for name, value in self.settings.items()}
        settings[_NAMES] = np.array(self.state.names)
        return self.state.snapshot() | (self.selection.snapshot() if self.selection else {}) | settings

    def restore(self, snapshot: Snapshot) -> None:
        """Restores a snapshot; one of an earlier version may lack the settings and the names of the parameters.

        Raises:
            ValueError: The snapshot has another network, meta-optimizer or settings, or is beyond the end.
        """
        for name, value in self.settings.items():
            kept = snapshot.get(_SETTINGS + name, value)
            if not np.array_equal(kept, value):
                raise ValueError(f"its {name} is {kept}, not {value}")
        self._check_names(snapshot.get(_NAMES, np.array(self.state.names)).tolist())
        arrays = {name: array for name, array in snapshot.items() if not name.startswith(_SETTINGS)}
        if self.selection:
            self.selection.restore(arrays)
            arrays = {name: array for name, array in arrays.items() if not name.startswith(PREFIX)}
        self.state.restore(arrays)
        done = int(self.state.iteration.numpy())
        if done > self.iterations:
            raise ValueError(f"it has done {done} meta-iterations, more than {self.iterations}")

    def _check_names(self, kept: list[str]) -> None:
        # Arrays are kept in the order of the names. Keras numbers layers without a name of their own, so a model that
        # is built again may have the same layers in another order.
        for before, name in zip_longest(kept, self.state.names):
            if before != name:
                raise ValueError(f"its parameter {before!r} is {name!r} here; give the layers of a Keras model names")


@dataclass(kw_only=True)
class Checkpoint:
    """A file that holds the latest state of a run and is replaced atomically.

    Attributes:
        path: The file, an `.npz`; a string becomes a path.
        run: Identifies the run; a checkpoint of another run is refused.
        every: Seconds between two checkpoints; 0 saves after every chunk.

    Raises:
        SettingError: `every` is negative, or `run` is no string.
    """

    path: Path
    run: str
    every: float = 30.0
    _saved: float = field(default_factory=time.monotonic, init=False)

    def __post_init__(self) -> None:
        self.path = Path(self.path)
        if not isinstance(self.run, str):
            raise SettingError(f"run must be a string, not {self.run!r}")
        if not self.every >= 0:
            raise SettingError(f"every must be 0 or more, not {self.every!r}")

    def resume(self, state: Restorable) -> History:
        """Restores the state of an earlier run, if there is one, and returns its history.

        Raises:
            CheckpointError: The file cannot be read or belongs to another run.
        """
        if not self.path.exists():
            return []
        try:
            with open(self.path, "rb") as file, NpzFile(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            run, history = str(arrays.pop("run")), _as_history(arrays.pop("history"))
        except OSError as error:
            raise CheckpointError(f"{self.path} cannot be read ({error.strerror or error})") from error
        except Exception as error:  # damaged bytes raise a dozen kinds of errors
            raise CheckpointError(f"{self.path} is not a whole checkpoint ({error}); delete it") from error
        if run != self.run:
            raise CheckpointError(f"{self.path} belongs to run {run!r}, not {self.run!r}; delete it")
        try:
            state.restore(arrays)
        except ValueError as error:
            raise CheckpointError(f"{self.path} does not fit this run ({error}); delete it") from error
        return history

    def save_if_due(self, snapshot: Snapshot, history: History) -> None:
        """Saves if `every` seconds have passed since the last time."""
        if time.monotonic() - self._saved >= self.every:
            self.save(snapshot, history)

    def save(self, snapshot: Snapshot, history: History) -> None:
        """Writes the file; readers see the old file or the new one, never a part."""
        rows = np.array(history).reshape(-1, _COLUMNS)
        arrays: dict[str, Any] = {"run": self.run, "history": rows, **snapshot}
        with replaced_atomically(self.path) as file:
            np.savez(file, **arrays)
        self._saved = time.monotonic()

    def discard(self) -> None:
        """Removes the file of a finished run."""
        self.path.unlink(missing_ok=True)


def _as_history(rows: np.ndarray) -> History:
    if rows.shape[1:] == (_COLUMNS - 1,):  # an earlier version did not time meta-training separately
        rows = np.concatenate([rows, rows[:, -1:]], axis=1)
    return [(int(done), float(loss), float(seconds), float(alone)) for done, loss, seconds, alone in rows]


_COLUMNS = 4  # number of columns of a history
_SETTINGS = "training/"  # prefix of the names of settings in a snapshot
_NAMES = f"{_SETTINGS}names"  # the names of the parameters
