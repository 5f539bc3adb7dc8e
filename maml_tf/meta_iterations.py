"""The meta-iterations of some chunks as one graph, which draws their tasks and computes one update after another."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from maml_tf.errors import SettingError
from maml_tf.evaluation import task_seeds
from maml_tf.interfaces import Episodes, TaskDistribution, Tensor, as_episodes
from maml_tf.learners.learner import Learner, SamplingLearner
from maml_tf.schedule import Call, Training
from maml_tf.state import State

Runner = Callable[[Call], NDArray[np.float64]]  # returns the mean loss of each chunk


def runner(learner: Learner | SamplingLearner, state: State, tasks: TaskDistribution, training: Training) -> Runner:
    """Returns the function that runs the chunks of a call: as one graph, but eagerly for learners that sample."""
    if isinstance(learner, SamplingLearner):
        return partial(_sampled_chunk, learner, state, tasks, training)
    double = any(each.dtype == tf.float64 for each in tf.nest.flatten(state.parameters))
    precision = tf.float64 if double else tf.float32
    graph = partial(_graph_chunks, partial(learner.update, state), tasks, training, precision)
    compiled = tf.function(graph, autograph=False)
    return lambda call: compiled(tf.constant(call.start, tf.int64), call.chunks, call.length).numpy()


def _sampled_chunk(
    learner: SamplingLearner, state: State, tasks: TaskDistribution, training: Training, call: Call
) -> NDArray[np.float64]:
    """Runs a chunk of a learner that samples its own examples, eagerly."""
    plans = _plans(tasks, training, tf.constant(call.start, tf.int64), call.length)
    losses = []
    for index in range(call.length):
        plan = tf.nest.map_structure(lambda each: each[index], plans)  # noqa: B023
        seeds = task_seeds(training.seed, (call.start + index) * training.meta_batch, training.meta_batch)
        losses.append(float(learner.sample_and_update(state, plan, seeds)))
    return np.array([np.mean(losses)])


def _graph_chunks(
    update: Callable[[Episodes], Tensor],
    tasks: TaskDistribution,
    training: Training,
    precision: tf.DType,
    start: Tensor,
    chunks: int,
    length: int,
) -> Tensor:
    """Runs chunks as one graph: draws all tasks, then loops over the meta-iterations; returns the loss of each."""
    # Drawing stays outside of XLA, which would draw other tasks. It is many small operations, too many for a GPU.
    with tf.device("CPU" if training.xla else None):
        plans = [_plans(tasks, training, start + index * length, length) for index in range(chunks)]
    chunk = partial(_loop, update, tasks, training, precision, length)

    def several(plans: list[Any]) -> Tensor:
        if chunks == 1:
            return tf.cast(chunk(plans[0]), tf.float64)[tf.newaxis]
        stacked = tf.nest.map_structure(lambda *each: tf.stack(each), *plans)
        # In double precision, so that a loss of either precision keeps its bits. Chunks are sequential.
        signature = tf.TensorSpec([], tf.float64)
        return tf.map_fn(
            lambda each: tf.cast(chunk(each), tf.float64), stacked, parallel_iterations=1, fn_output_signature=signature
        )

    return tf.function(several, autograph=False, jit_compile=True)(plans) if training.xla else several(plans)


def _loop(
    update: Callable[[Episodes], Tensor],
    tasks: TaskDistribution,
    training: Training,
    precision: tf.DType,
    length: int,
    plans: Any,
) -> Tensor:
    """Runs the meta-iterations of a chunk one after another; returns their mean loss, added up in this precision."""

    def one(index: Tensor) -> Tensor:
        plan = tf.nest.map_structure(lambda each: each[index], plans)
        episodes = as_episodes(tasks.episodes(plan))
        if not tf.executing_eagerly() and not _uses(episodes, plan):
            raise _not_drawn(tasks, "the plan", "episodes")
        return update(episodes)

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
        lambda index, _: index < length, several, [tf.constant(0), tf.zeros([], precision)], parallel_iterations=1
    )
    return total / length


def _plans(tasks: TaskDistribution, training: Training, start: Tensor, length: int) -> Any:
    """Draws the tasks of a chunk: a nested structure of tensors `[length, meta_batch, ...]`."""
    seed = tf.stack([tf.constant(training.seed, tf.int64), start])
    plan = tasks.sample(seed, length * training.meta_batch)
    if not tf.executing_eagerly() and not seed.consumers():
        raise _not_drawn(tasks, "the seed", "sample")
    return tf.nest.map_structure(
        lambda tensor: tf.reshape(tensor, [length, training.meta_batch, *tensor.shape[1:]]), plan
    )


def _uses(episodes: Episodes, plan: Any) -> bool:
    """Returns whether any tensor of the plan was used in this graph, or is part of the episodes."""
    given = {id(each) for each in tf.nest.flatten(episodes)}
    return any(each.consumers() or id(each) in given for each in tf.nest.flatten(plan))


def _not_drawn(tasks: TaskDistribution, unused: str, method: str) -> SettingError:
    name = type(tasks).__name__
    return SettingError(f"tasks must be drawn by TensorFlow operations of {unused}, which {name}.{method} does not use")


def input_seconds(tasks: TaskDistribution, training: Training) -> float:
    """Measures the time that one meta-iteration spends on sampling and fetching its tasks, the median of some chunks.

    The graph is the same as in meta-training, with an update that only reads the examples.

    Args:
        tasks: The task distribution; it needs `sample` and `episodes`.
        training: Meta-batch, chunk and compilation.

    Returns:
        Seconds for one meta-iteration.
    """
    compiled = tf.function(partial(_graph_chunks, _read, tasks, training, tf.float32), autograph=False)
    start, chunks = tf.constant(0, tf.int64), training.chunks_at_once
    compiled(start, chunks, training.chunk)
    seconds = []
    for _ in range(_TIMED_CHUNKS):
        began = time.perf_counter()
        compiled(start, chunks, training.chunk).numpy()  # waits for the result, on a GPU too
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds)) / (chunks * training.chunk)


def _read(episodes: Episodes) -> Tensor:
    # Any function of all examples, so that none of them is optimised away.
    tensors = tf.nest.flatten((episodes.support, episodes.query))
    return tf.add_n([tf.cast(tf.reduce_max(each), tf.float32) for each in tensors])


_TIMED_CHUNKS = 5  # the median of several is robust against a busy machine
