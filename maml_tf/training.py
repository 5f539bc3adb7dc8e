"""The meta-training loop."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import tensorflow as tf

from maml_tf.checkpoint import Checkpoint
from maml_tf.errors import Diverged, SettingError
from maml_tf.interfaces import Parameters, TaskDistribution, Tensor
from maml_tf.learners.learner import Learner
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class Training:
    """How long and on what to meta-train.

    Attributes:
        iterations: number of meta-iterations.
        meta_batch: tasks in each.
        seed: seed of the initialisation and of the tasks.
        chunk: meta-iterations between two looks from outside: progress, checkpoint, divergence. Their
            tasks are sampled together, so another chunk gives other tasks.
        unroll: meta-iterations in one turn of the loop inside the graph; more of them spread the cost
            of the turn and change nothing else.

    Raises:
        SettingError: a value is out of range.
    """

    iterations: int
    meta_batch: int
    seed: int = 0
    chunk: int = 500
    unroll: int = 2

    def __post_init__(self) -> None:
        for name, least in {"iterations": 0, "meta_batch": 1, "chunk": 1, "unroll": 1, "seed": 0}.items():
            if getattr(self, name) < least:
                raise SettingError(f"{name} must be {least} or more, not {getattr(self, name)!r}")


@dataclass(kw_only=True)
class Trained:
    """The outcome of meta-training.

    Attributes:
        parameters: the meta-trained initialisation.
        losses: `[chunks, 2]`, the meta-iteration at the end of each chunk and its mean loss.
        seconds: wall time of the loop, compilation included; summed over interrupted runs.
        seconds_per_iteration: median over chunks, without compilation.
    """

    parameters: Parameters
    losses: np.ndarray = field(repr=False)
    seconds: float
    seconds_per_iteration: float


Progress = Callable[[int, float], None]


def train(
    learner: Learner,
    tasks: TaskDistribution,
    training: Training,
    *,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """Meta-trains a learner on a task distribution.

    A run that was interrupted goes on from its checkpoint and ends with the same bits as one that
    was not. Whatever ends the loop early, the checkpoint then holds the last whole chunk.

    Args:
        learner: what to train.
        tasks: where the tasks come from.
        training: how long.
        progress: called after each chunk with the number of meta-iterations done and the mean loss.
        checkpoint: where to keep the state between chunks, if anywhere.

    Raises:
        Diverged: a loss was not finite.
    """
    state = learner.begin(training.seed)
    history = checkpoint.resume(state) if checkpoint else []
    whole = state.snapshot(), history
    compiled = tf.function(partial(_run_chunk, learner, tasks, training, state), autograph=False)
    try:
        for start, length in _chunks(int(state.iteration.numpy()), training):
            began = time.perf_counter()
            loss = float(compiled(tf.constant(start, tf.int64), length))
            if not np.isfinite(loss):
                raise Diverged(f"the loss became {loss} between meta-iterations {start} and {start + length}")
            history = [*history, (start + length, loss, time.perf_counter() - began)]
            # One assignment: whenever an interrupt comes, state and history are of the same moment.
            whole = state.snapshot(), history
            if checkpoint:
                checkpoint.save_if_due(*whole)
            if progress:
                progress(start + length, loss)
    except BaseException:
        if checkpoint:
            checkpoint.save(*whole)
        raise
    return _outcome(state, np.array(history, np.float64).reshape(-1, 3), training)


def _chunks(done: int, training: Training) -> Iterator[tuple[int, int]]:
    for start in range(done, training.iterations, training.chunk):
        yield start, min(training.chunk, training.iterations - start)


def _run_chunk(
    learner: Learner, tasks: TaskDistribution, training: Training, state: State, start: Tensor, length: int
) -> Tensor:
    count = length * training.meta_batch
    plan = tasks.sample(tf.stack([tf.constant(training.seed, tf.int64), start]), count)
    plan = tf.nest.map_structure(
        lambda tensor: tf.reshape(tensor, [length, training.meta_batch, *tensor.shape[1:]]), plan
    )

    def one(index: Tensor) -> Tensor:
        return learner.update(state, tasks.episodes(tf.nest.map_structure(lambda each: each[index], plan)))

    unroll = training.unroll if length % training.unroll == 0 else 1

    def turn(index: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
        for offset in range(unroll):
            # One iteration after another: the next one reads what this one writes.
            with tf.control_dependencies([total]):
                total += tf.cast(one(index + offset), total.dtype)
        return index + unroll, total

    _, total = tf.while_loop(
        lambda index, _: index < length, turn, [tf.constant(0), tf.constant(0.0)], parallel_iterations=1
    )
    return total / length


def _outcome(state: State, history: np.ndarray, training: Training) -> Trained:
    parameters = tf.nest.map_structure(tf.identity, state.parameters)
    lengths = np.diff(history[:, 0], prepend=0.0)
    rates = history[:, 2] / lengths
    typical = float(np.median(rates[1:] if len(rates) > 1 else rates)) if len(rates) else 0.0
    return Trained(
        parameters=parameters,
        losses=history[:, :2],
        seconds=float(history[:, 2].sum()),
        seconds_per_iteration=typical,
    )
