"""A run of meta-training, as it outlasts an interruption."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maml_tf.selection import PREFIX, Selection
from maml_tf.state import Snapshot, State


@dataclass(frozen=True, kw_only=True)
class Run:
    """What an interrupted run goes on from, kept as one.

    Attributes:
        state: what is meta-trained.
        selection: what chooses among states, if anything does.
        settings: numbers that a run keeps to its end, by name; a snapshot of a run with others is refused.
        iterations: where the run ends. It may be another end than before, but not one that lies behind.
    """

    state: State
    selection: Selection | None
    settings: Mapping[str, int]
    iterations: int

    def snapshot(self) -> Snapshot:
        """Copies everything to arrays, by name."""
        settings = {_SETTINGS + name: np.array(value) for name, value in self.settings.items()}
        return self.state.snapshot() | (self.selection.snapshot() if self.selection else {}) | settings

    def restore(self, snapshot: Snapshot) -> None:
        """Puts a snapshot back; one of an earlier version may lack the settings.

        Raises:
            ValueError: the snapshot is of another network, meta-optimizer or settings, or beyond the end.
        """
        for name, value in self.settings.items():
            kept = snapshot.get(_SETTINGS + name, value)
            if not np.array_equal(kept, value):
                raise ValueError(f"its {name} is {kept}, not {value}")
        parts = {name: array for name, array in snapshot.items() if not name.startswith(_SETTINGS)}
        if self.selection:
            self.selection.restore(parts)
            parts = {name: array for name, array in parts.items() if not name.startswith(PREFIX)}
        self.state.restore(parts)
        done = int(self.state.iteration.numpy())
        if done > self.iterations:
            raise ValueError(f"it has done {done} meta-iterations, more than {self.iterations}")


_SETTINGS = "training/"  # before the names of settings in a snapshot
