"""The meta-training loop."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import tensorflow as tf

from maml_tf.checkpoint import Checkpoint, History
from maml_tf.errors import Diverged, SettingError
from maml_tf.interfaces import Episodes, Parameters, TaskDistribution, Tensor
from maml_tf.learners.learner import Learner
from maml_tf.run import Run
from maml_tf.selection import Selection


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
        selected: the one that was best on meta-validation tasks; without a selection, the same.
        validation: `[candidates, 2]`, meta-iteration and score of each candidate.
        losses: `[chunks, 2]`, the meta-iteration at the end of each chunk and its mean loss.
        seconds: wall time of the loop up to the end of the last chunk, compilation and meta-validation
            included; summed over interrupted runs.
        seconds_per_iteration: of meta-training alone, the median over chunks. The first chunk of each length
            is left out, because it is compiled, both of the first run and of the one that went on from it;
            compilation is included only where no other chunk is left. 0 without a chunk.
    """

    parameters: Parameters
    selected: Parameters
    validation: np.ndarray = field(repr=False)
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
    selection: Selection | None = None,
) -> Trained:
    """Meta-trains a learner on a task distribution.

    A run that was interrupted goes on from its checkpoint and ends with the same bits as one that
    was not. Whatever ends the loop early, the checkpoint then holds the last whole chunk. A run may also be
    taken further, by more iterations; its seed, meta-batch and chunk stay what they were.

    Args:
        learner: what to train.
        tasks: where the tasks come from.
        training: how long.
        progress: called after each chunk with the number of meta-iterations done and the mean loss.
        checkpoint: where to keep the state between chunks, if anywhere.
        selection: how to choose among the states between chunks, if at all; it is a matter of this run,
            not to be used for another one.

    Raises:
        CheckpointError: the checkpoint is damaged, of another run or of other settings, or beyond `iterations`.
        Diverged: a loss was not finite.
        SettingError: the tasks do not depend on the seed; the learner computes a meta-batch in parts and a chunk
            has several meta-iterations; the chunk does not divide the `every` of the selection; or the selection
            has been used.
    """
    _check(learner, training, selection)
    state = learner.begin(training.seed)
    lasting = {name: getattr(training, name) for name in _LASTING}
    run = Run(state=state, selection=selection, settings=lasting, iterations=training.iterations)
    history = checkpoint.resume(run) if checkpoint else []
    resumed, whole = len(history), (run.snapshot(), history)
    compiled = tf.function(partial(_run_chunk, partial(learner.update, state), tasks, training), autograph=False)
    try:
        ended = time.perf_counter()
        for start, length in _chunks(int(state.iteration.numpy()), training):
            loss, alone = _timed(compiled, start, length)
            if selection:
                selection.consider(learner, state, start + length)
            # From one end to the next, so that nothing that the loop does is left out.
            before, ended = ended, time.perf_counter()
            history = [*history, (start + length, loss, ended - before, alone)]
            # One assignment: whenever an interrupt comes, state and history are of the same moment.
            whole = run.snapshot(), history
            if checkpoint:
                checkpoint.save_if_due(*whole)
            if progress:
                progress(start + length, loss)
    except BaseException:
        if checkpoint:
            checkpoint.save(*whole)
        raise
    return _outcome(run, history, resumed)


def _check(learner: Learner, training: Training, selection: Selection | None) -> None:
    if getattr(learner, "tasks_at_once", None) and training.chunk > 1:
        # TensorFlow's optimiser of graphs puts temporary variables into loops, which collide where a loop is
        # inside of another one; a meta-batch that needs parts is no small matter, so that no loop is missed.
        raise SettingError(f"tasks_at_once needs a chunk of 1, not {training.chunk!r}")
    if selection and selection.every % training.chunk:
        # Between chunks alone there is a state to look at.
        raise SettingError(
            f"selection.every must be a multiple of {training.chunk}, the chunk, not {selection.every!r}"
        )
    if selection and len(selection.scores):
        raise SettingError(
            f"selection must be a new one, not one with {len(selection.scores)} candidates of another run"
        )


def _timed(compiled: Callable[..., Tensor], start: int, length: int) -> tuple[float, float]:
    """The mean loss of a chunk, and the seconds that it took."""
    began = time.perf_counter()
    loss = float(compiled(tf.constant(start, tf.int64), length))
    if not np.isfinite(loss):
        raise Diverged(f"the loss became {loss} between meta-iterations {start} and {start + length}")
    return loss, time.perf_counter() - began


def input_seconds(tasks: TaskDistribution, training: Training) -> float:
    """Time that one meta-iteration spends on sampling and fetching its tasks, the median of several chunks.

    The same graph as in meta-training, with examples that are only looked at.
    """
    compiled = tf.function(partial(_run_chunk, _look, tasks, training), autograph=False)
    compiled(tf.constant(0, tf.int64), training.chunk)
    taken = []
    for _ in range(_LOOKS):
        began = time.perf_counter()
        float(compiled(tf.constant(0, tf.int64), training.chunk))  # waits for the result, also of a GPU
        taken.append(time.perf_counter() - began)
    return float(np.median(taken)) / training.chunk


def _look(episodes: Episodes) -> Tensor:
    # Anything that needs all examples, so that none of them is left out.
    return tf.add_n([tf.reduce_max(each) for each in (*episodes.support, *episodes.query)])


def _chunks(done: int, training: Training) -> Iterator[tuple[int, int]]:
    for start in range(done, training.iterations, training.chunk):
        yield start, min(training.chunk, training.iterations - start)


def _run_chunk(
    update: Callable[[Episodes], Tensor], tasks: TaskDistribution, training: Training, start: Tensor, length: int
) -> Tensor:
    count = length * training.meta_batch
    seed = tf.stack([tf.constant(training.seed, tf.int64), start])
    plan = tasks.sample(seed, count)
    if not tf.executing_eagerly() and not seed.consumers():
        name = type(tasks).__name__
        raise SettingError(
            f"tasks must be drawn by TensorFlow operations of the seed, which {name}.sample does not use"
        )
    plan = tf.nest.map_structure(
        lambda tensor: tf.reshape(tensor, [length, training.meta_batch, *tensor.shape[1:]]), plan
    )

    def one(index: Tensor) -> Tensor:
        return update(tasks.episodes(tf.nest.map_structure(lambda each: each[index], plan)))

    if length == 1:
        return one(tf.constant(0))
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


def _outcome(run: Run, history: History, resumed: int) -> Trained:
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
    """The median over chunks without the compiled ones, as far as these are known; 0 without a chunk."""
    lengths = np.diff([done for done, *_ in history], prepend=0)
    rates = np.array([alone for *_, alone in history]) / lengths
    # Each process compiles the first chunk of each length: known of the first process and of this one.
    compiled = [begun + np.unique(lengths[begun:], return_index=True)[1] for begun in (0, resumed)]
    others = np.delete(rates, np.concatenate(compiled))
    return float(np.median(others if len(others) else rates)) if history else 0.0


_LASTING = ("seed", "meta_batch", "chunk")  # settings that decide which tasks come; `unroll` changes no bit
_LOOKS = 5  # chunks whose input side is timed; a single one may meet a busy machine
