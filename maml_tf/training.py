"""The meta-training loop."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from maml_tf.checkpoint import Checkpoint, Run
from maml_tf.errors import Diverged, SettingError
from maml_tf.evaluation import task_seeds
from maml_tf.interfaces import Episodes, TaskDistribution, Tensor, as_episodes
from maml_tf.learners.learner import Learner, SamplingLearner
from maml_tf.progress import ProgressLine
from maml_tf.selection import Selection
from maml_tf.state import State
from maml_tf.trained import Trained, outcome


@dataclass(frozen=True, kw_only=True)
class Training:
    """How long and on how many tasks to meta-train.

    Attributes:
        iterations: Number of meta-iterations.
        meta_batch: Number of tasks in each meta-iteration.
        seed: Seed of the initialisation and of the tasks.
        chunk: Number of meta-iterations that run without interruption. Between chunks there are progress, checkpoints,
            selection and the check for divergence. The tasks of a chunk are sampled together, so another chunk gives
            other tasks.
        unroll: Number of meta-iterations in one pass of the loop inside the graph. A larger number spreads the cost of
            a pass and changes nothing else.
        xla: Whether XLA compiles the meta-iterations of a chunk, after its tasks are drawn, into one program; for
            learners that are given examples. It is much faster on a GPU, which then needs no answer from the CPU within
            a chunk, and for very small networks on a CPU. For convolutions on a CPU it is slower and takes more memory.
            Results differ by rounding, and masks of dropout are others.

    Raises:
        SettingError: A value is out of range.
    """

    iterations: int
    meta_batch: int
    seed: int = 0
    chunk: int = 500
    unroll: int = 2
    xla: bool = False

    def __post_init__(self) -> None:
        for name, least in {"iterations": 0, "meta_batch": 1, "chunk": 1, "unroll": 1, "seed": 0}.items():
            if getattr(self, name) < least:
                raise SettingError(f"{name} must be {least} or more, not {getattr(self, name)!r}")


Progress = Callable[[int, float], None]
Chunk = Callable[[int, int], float]  # runs a number of meta-iterations from a first one, and returns their mean loss


def train(
    learner: Learner | SamplingLearner,
    tasks: TaskDistribution,
    training: Training,
    *,
    progress: Progress | Literal[False] | None = None,
    checkpoint: Checkpoint | None = None,
    selection: Selection | None = None,
) -> Trained:
    """Meta-trains a learner on a task distribution.

    A run that was interrupted resumes from its checkpoint and ends with the same bits as one that was not. Whatever
    ends the loop early, the checkpoint then holds the last complete chunk. A run may also be extended to more
    meta-iterations; its seed, meta-batch and chunk stay the same.

    Args:
        learner: The learner to train. A `SamplingLearner` draws its own examples, and runs eagerly.
        tasks: The task distribution.
        training: How long to train.
        progress: Called after each chunk with the number of meta-iterations done and the mean loss of the chunk. None
            shows them in one line if the standard error is a terminal, after two seconds; False shows nothing.
        checkpoint: The file that keeps the state between chunks, if any.
        selection: How to select among the states between chunks, if at all; each run needs a new one.

    Raises:
        CheckpointError: The checkpoint is damaged, has another run or other settings, or is beyond `iterations`.
        Diverged: A loss was not finite.
        SettingError: The tasks do not depend on the seed; the learner computes a meta-batch in parts and the chunk is
            not 1; the chunk does not divide `every` of the selection; or the selection was used before.
    """
    _check(learner, training, selection)
    state = learner.begin(training.seed)
    state.seed = training.seed
    run = Run(state=state, selection=selection, settings=_lasting(training), iterations=training.iterations)
    history = checkpoint.resume(run) if checkpoint else []
    resumed, whole = len(history), (run.snapshot(), history)
    run_chunk = _chunk_runner(learner, state, tasks, training)
    line = ProgressLine(training.iterations)
    try:
        ended = time.perf_counter()
        for start, length in _chunks(int(state.iteration.numpy()), training):
            loss, alone = _timed(run_chunk, start, length)
            if selection:
                selection.consider(learner, state, start + length)
            # Measured from one end to the next, so that all time that the loop takes is counted.
            before, ended = ended, time.perf_counter()
            history = [*history, (start + length, loss, ended - before, alone)]
            # One assignment, so that state and history always belong together when an interrupt comes.
            whole = run.snapshot(), history
            if checkpoint:
                # What follows the last chunk, such as a long test, may be interrupted.
                (checkpoint.save_if_due if start + length < training.iterations else checkpoint.save)(*whole)
            _show(progress, line, start + length, loss)
    except BaseException:
        if checkpoint:
            checkpoint.save(*whole)
        raise
    finally:
        line.close()
    return outcome(run, history, resumed)


def _check(learner: Learner | SamplingLearner, training: Training, selection: Selection | None) -> None:
    if getattr(learner, "tasks_at_once", None) and training.chunk > 1:
        # TensorFlow's graph optimizer puts temporary variables into loops, which collide in nested loops. A meta-batch
        # that must be split takes so long that the outer loop saves nothing.
        raise SettingError(f"tasks_at_once needs a chunk of 1, not {training.chunk!r}")
    if selection and selection.every % training.chunk:
        # States can be tested only between chunks.
        raise SettingError(
            f"selection.every must be a multiple of {training.chunk}, the chunk, not {selection.every!r}"
        )
    if selection and len(selection.scores):
        raise SettingError(
            f"selection must be a new one, not one with {len(selection.scores)} candidates of another run"
        )


def _lasting(training: Training) -> dict[str, int]:
    """Returns the settings that determine the tasks; `unroll` changes no bit."""
    return {name: getattr(training, name) for name in ("seed", "meta_batch", "chunk")}


def _show(progress: Progress | Literal[False] | None, line: ProgressLine, done: int, loss: float) -> None:
    report = line if progress is None else progress
    if report:
        report(done, loss)


def _timed(run_chunk: Chunk, start: int, length: int) -> tuple[float, float]:
    """Runs a chunk; returns its mean loss and the seconds it took."""
    began = time.perf_counter()
    loss = run_chunk(start, length)
    if not np.isfinite(loss):
        raise Diverged(f"the loss became {loss} between meta-iterations {start} and {start + length}")
    return loss, time.perf_counter() - began


def _chunks(done: int, training: Training) -> Iterator[tuple[int, int]]:
    for start in range(done, training.iterations, training.chunk):
        yield start, min(training.chunk, training.iterations - start)


def _chunk_runner(
    learner: Learner | SamplingLearner, state: State, tasks: TaskDistribution, training: Training
) -> Chunk:
    if isinstance(learner, SamplingLearner):
        return partial(_sampled_chunk, learner, state, tasks, training)
    compiled = tf.function(partial(_graph_chunk, partial(learner.update, state), tasks, training), autograph=False)
    return lambda start, length: float(compiled(tf.constant(start, tf.int64), length))


def _sampled_chunk(
    learner: SamplingLearner, state: State, tasks: TaskDistribution, training: Training, start: int, length: int
) -> float:
    """Runs a chunk of a learner that samples its own examples, eagerly."""
    plans = _plans(tasks, training, tf.constant(start, tf.int64), length)
    losses = []
    for index in range(length):
        plan = tf.nest.map_structure(lambda each: each[index], plans)  # noqa: B023
        seeds = task_seeds(training.seed, (start + index) * training.meta_batch, training.meta_batch)
        losses.append(float(learner.sample_and_update(state, plan, seeds)))
    return float(np.mean(losses))


def _graph_chunk(
    update: Callable[[Episodes], Tensor], tasks: TaskDistribution, training: Training, start: Tensor, length: int
) -> Tensor:
    """Runs a chunk as one graph: samples all tasks, then loops over the meta-iterations."""
    plans = _plans(tasks, training, start, length)
    loop = partial(_loop, update, tasks, training, length)
    # Drawing stays outside of XLA, which would draw other tasks.
    return tf.function(loop, autograph=False, jit_compile=True)(plans) if training.xla else loop(plans)


def _loop(
    update: Callable[[Episodes], Tensor], tasks: TaskDistribution, training: Training, length: int, plans: Any
) -> Tensor:
    """Runs the meta-iterations of a chunk one after another; returns their mean loss."""

    def one(index: Tensor) -> Tensor:
        return update(as_episodes(tasks.episodes(tf.nest.map_structure(lambda each: each[index], plans))))

    if length == 1:
        return one(tf.constant(0))
    # XLA would compile each copy in the pass of the loop by itself.
    unroll = training.unroll if length % training.unroll == 0 and not training.xla else 1

    def several(index: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
        for offset in range(unroll):
            # Meta-iterations are sequential: the next one reads what this one writes.
            with tf.control_dependencies([total]):
                total += tf.cast(one(index + offset), total.dtype)
        return index + unroll, total

    _, total = tf.while_loop(
        lambda index, _: index < length, several, [tf.constant(0), tf.constant(0.0)], parallel_iterations=1
    )
    return total / length


def _plans(tasks: TaskDistribution, training: Training, start: Tensor, length: int) -> Any:
    """Draws the tasks of a chunk: a nested structure of tensors `[length, meta_batch, ...]`."""
    seed = tf.stack([tf.constant(training.seed, tf.int64), start])
    plan = tasks.sample(seed, length * training.meta_batch)
    if not tf.executing_eagerly() and not seed.consumers():
        name = type(tasks).__name__
        raise SettingError(
            f"tasks must be drawn by TensorFlow operations of the seed, which {name}.sample does not use"
        )
    return tf.nest.map_structure(
        lambda tensor: tf.reshape(tensor, [length, training.meta_batch, *tensor.shape[1:]]), plan
    )


def input_seconds(tasks: TaskDistribution, training: Training) -> float:
    """Measures the time that one meta-iteration spends on sampling and fetching its tasks, the median of some chunks.

    The graph is the same as in meta-training, with an update that only reads the examples.
    """
    compiled = tf.function(partial(_graph_chunk, _read, tasks, training), autograph=False)
    compiled(tf.constant(0, tf.int64), training.chunk)
    seconds = []
    for _ in range(_TIMED_CHUNKS):
        began = time.perf_counter()
        float(compiled(tf.constant(0, tf.int64), training.chunk))  # waits for the result, on a GPU too
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds)) / training.chunk


def _read(episodes: Episodes) -> Tensor:
    # Any function of all examples, so that none of them is optimised away.
    return tf.add_n([tf.reduce_max(each) for each in (*episodes.support, *episodes.query)])


_TIMED_CHUNKS = 5  # the median of several is robust against a busy machine
