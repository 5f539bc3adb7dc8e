"""The meta-training loop."""

import time
from collections.abc import Callable
from typing import Literal

import numpy as np

from maml_tf.checkpoint import Checkpoint, History, Run
from maml_tf.errors import Diverged, SettingError
from maml_tf.interfaces import TaskDistribution
from maml_tf.learners.learner import Learner, SamplingLearner
from maml_tf.meta_iterations import Runner, runner
from maml_tf.progress import ProgressLine
from maml_tf.schedule import Call, Training, calls
from maml_tf.selection import Selection
from maml_tf.state import Snapshot
from maml_tf.trained import Trained, outcome

Progress = Callable[[int, float], None]


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
        progress: Called after each chunk, or after all that are computed together, with the number of meta-iterations
            done and their mean loss. None shows them in one line if the standard error is a terminal, after two
            seconds; False shows nothing.
        checkpoint: The file that keeps the state between chunks, if any.
        selection: How to select among the states between chunks, if at all; each run needs a new one.

    Raises:
        CheckpointError: The checkpoint is damaged, has another run or other settings, or is beyond `iterations`.
        Diverged: A loss was not finite.
        SettingError: The learner cannot be meta-trained; the tasks do not depend on the seed; `chunk` or
            `chunks_at_once` does not suit the learner or the selection; or the selection was used before.
    """
    _check(learner, training, selection)
    state = learner.begin(training.seed)
    state.seed = training.seed
    run = Run(state=state, selection=selection, settings=_lasting(training), iterations=training.iterations)
    history = checkpoint.resume(run) if checkpoint else []
    resumed, whole = len(history), (run.snapshot(), history)
    run_chunks = runner(learner, state, tasks, training)
    line = ProgressLine(training.iterations)
    try:
        ended = time.perf_counter()
        for call in calls(int(state.iteration.numpy()), training, selection.every if selection else None):
            losses, alone = _timed(run_chunks, call)
            done = call.ends[-1]
            if selection:
                selection.consider(learner, state, done)
            # Measured from one end to the next, so that all time that the loop takes is counted.
            before, ended = ended, time.perf_counter()
            history = [*history, *_rows(call, losses, ended - before, alone)]
            # One assignment, so that state and history always belong together when an interrupt comes.
            whole = run.snapshot(), history
            _keep(checkpoint, *whole, is_last=done == training.iterations)
            _show(progress, line, done, float(np.mean(losses)))
    except BaseException:
        if checkpoint:
            checkpoint.save(*whole)
        raise
    finally:
        line.close()
    return outcome(run, history, resumed)


def _check(learner: Learner | SamplingLearner, training: Training, selection: Selection | None) -> None:
    if not isinstance(learner, SamplingLearner) and not (hasattr(learner, "begin") and hasattr(learner, "update")):
        raise SettingError(f"learner must be one that is meta-trained, such as MAML, not {type(learner).__name__}")
    if getattr(learner, "tasks_at_once", None) and training.chunk * training.chunks_at_once > 1:
        # TensorFlow's graph optimizer puts temporary variables into loops, which collide in nested loops. A meta-batch
        # that must be split takes so long that the outer loop saves nothing.
        name = "chunk" if training.chunk > 1 else "chunks_at_once"
        raise SettingError(f"tasks_at_once needs a {name} of 1, not {getattr(training, name)!r}")
    if isinstance(learner, SamplingLearner) and training.chunks_at_once > 1:
        raise SettingError(f"chunks_at_once must be 1 for a learner that samples, not {training.chunks_at_once!r}")
    if selection and selection.every % training.chunk:
        # States can be tested only between chunks.
        raise SettingError(
            f"selection.every must be a multiple of {training.chunk}, the chunk, not {selection.every!r}"
        )
    if selection and len(selection.scores):
        raise SettingError(
            f"selection must be a new one, not one with {len(selection.scores)} candidates of another run"
        )


def _rows(call: Call, losses: list[float], seconds: float, alone: float) -> History:
    """Returns the history of chunks that were computed together; each took its share of the time."""
    times = seconds / call.chunks, alone / call.chunks
    return [(end, loss, *times) for end, loss in zip(call.ends, losses, strict=True)]


def _keep(checkpoint: Checkpoint | None, snapshot: Snapshot, history: History, *, is_last: bool) -> None:
    if checkpoint:
        # What follows the last chunk, such as a long test, may be interrupted.
        (checkpoint.save if is_last else checkpoint.save_if_due)(snapshot, history)


def _lasting(training: Training) -> dict[str, int]:
    """Returns the settings that determine the tasks; the others change rounding at most."""
    return {name: getattr(training, name) for name in ("seed", "meta_batch", "chunk")}


def _show(progress: Progress | Literal[False] | None, line: ProgressLine, done: int, loss: float) -> None:
    report = line if progress is None else progress
    if report:
        report(done, loss)


def _timed(run_chunks: Runner, call: Call) -> tuple[list[float], float]:
    """Runs chunks; returns the mean loss of each, and the seconds they took together."""
    began = time.perf_counter()
    losses = run_chunks(call).tolist()
    seconds = time.perf_counter() - began
    for end, loss in zip(call.ends, losses, strict=True):
        if not np.isfinite(loss):
            raise Diverged(f"the loss became {loss} between meta-iterations {end - call.length} and {end}")
    return losses, seconds
