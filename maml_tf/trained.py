"""The outcome of meta-training."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from maml_tf.checkpoint import History, Run
from maml_tf.interfaces import Parameters


@dataclass(kw_only=True, repr=False)
class Trained:
    """The outcome of meta-training.

    Attributes:
        parameters: The meta-trained initialisation.
        selected: The parameters that were best on meta-validation tasks; without a selection, the same as `parameters`.
        validation: Meta-iteration and score of each candidate of the selection, `[candidates, 2]`.
        losses: Last meta-iteration and mean loss of each chunk, `[chunks, 2]`.
        seconds: Wall time of the loop up to the end of the last chunk, including compilation and meta-validation;
            summed over interrupted runs.
        seconds_per_iteration: Wall time of one meta-iteration without meta-validation, the median over chunks. Chunks
            that were compiled (the first of each length, in the first run and in the present one) are left out unless
            there are no others. 0 without a chunk.
    """

    parameters: Parameters
    selected: Parameters
    validation: np.ndarray
    losses: np.ndarray
    seconds: float
    seconds_per_iteration: float

    def __repr__(self) -> str:
        count = sum(int(np.size(value)) for value in tf.nest.flatten(self.parameters))
        done, loss = self.losses[-1] if len(self.losses) else (0, float("nan"))
        return (
            f"Trained({count:,} parameters, {int(done):,} meta-iterations, last loss {loss:.4g}, {self.seconds:.1f} s)"
        )


def outcome(run: Run, history: History, resumed: int) -> Trained:
    """Returns the outcome of a run whose first `resumed` chunks an earlier process did."""
    parameters = tf.nest.map_structure(tf.identity, run.state.parameters)
    return Trained(
        parameters=parameters,
        selected=run.selection.best(run.state) if run.selection else parameters,
        validation=run.selection.scores if run.selection else np.empty([0, 2]),
        losses=np.array([(done, loss) for done, loss, *_ in history], np.float64).reshape(-1, 2),
        seconds=sum((seconds for _, _, seconds, _ in history), 0.0),
        seconds_per_iteration=_seconds_per_iteration(history, resumed),
    )


def _seconds_per_iteration(history: History, resumed: int) -> float:
    """Returns the median over chunks that were not compiled, as far as this is known; 0 without a chunk."""
    lengths = np.diff([done for done, *_ in history], prepend=0)
    rates = np.array([alone for *_, alone in history]) / lengths
    # Each process compiles the first chunk of each length. The first process and the present one are known.
    compiled = [begun + np.unique(lengths[begun:], return_index=True)[1] for begun in (0, resumed)]
    others = np.delete(rates, np.concatenate(compiled))
    return float(np.median(others if len(others) else rates)) if history else 0.0
