"""Runs one experiment with one seed: builds what is declared, meta-trains, meta-tests, and summarises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.settings import build, symbol
from benchmarks.records.record import WEIGHTS, Metric
from benchmarks.records.verification import PARAMETERS, summarise
from benchmarks.running.cost_ratio import peak_of_trainers
from benchmarks.running.launch import compiled, in_groups, protocol
from benchmarks.running.memory import PEAK, TRAINING_PEAK, PeakMemoryLog
from benchmarks.running.meta_test import Progress, meta_test, start_of
from benchmarks.running.signals import before_forced_end
from benchmarks.running.unfinished import ProcessLog, UnfinishedRun

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a run measured.

    Attributes:
        metrics: Summaries by metric id.
        arrays: Raw values: per-task scores by metric id, each of shape [tasks]; `training/loss`, `weights/...`, and
            those of the experiment's extra measurements.
        cost: Seconds of meta-training and of meta-tests, seconds per meta-iteration, meta-iterations, fraction of
            meta-training spent on sampling tasks, peak memory in bytes of meta-training and of the whole run.
        chosen: Settings that were tuned, such as the inner learning rate.
    """

    metrics: Mapping[str, Metric]
    arrays: Mapping[str, np.ndarray]
    cost: Mapping[str, float]
    chosen: Mapping[str, float]


def measure(
    experiment: Experiment,
    settings: Mapping[str, Any],
    seed: int,
    unfinished: UnfinishedRun,
    progress: Progress,
    groups: int | None = 1,
    xla: bool = False,
) -> Measurement:
    """Meta-trains and meta-tests.

    Args:
        experiment: The experiment: which way its metrics are better, and its extra measurements.
        settings: From `Experiment.settings`.
        seed: Seed of meta-training. Test tasks use the seed of their protocol plus 1000 times this one, so that runs
            with different seeds are independent in both.
        unfinished: State that an interrupted run resumes from.
        progress: Called with the number of completed items, their total, and a note: meta-iterations and the loss,
            then test tasks and the name of the meta-test.
        groups: Number of groups that each meta-batch is divided into, as for `in_groups`.
        xla: Whether XLA compiles meta-training.

    Raises:
        maml_tf.Diverged: The loss of meta-training is not finite.
        maml_tf.CheckpointError: The checkpoint is damaged or belongs to another run.
        BenchmarkError: Other state of the interrupted run is damaged or cannot be written.
    """
    import maml_tf

    memory = PeakMemoryLog(unfinished.processes)
    learner = build(in_groups(settings, groups))
    tasks = build(settings["tasks"])
    training = maml_tf.Training(seed=seed, **settings["training"], **(compiled(settings) if xla else {}))
    trained = _train(learner, tasks, training, _selection(settings), unfinished, memory, progress)

    def test_progress(completed: int, total: int, test: str) -> None:
        memory.write_if_due(PEAK)
        progress(completed, total, test)

    initialisations = {"last": trained.parameters, "selected": trained.selected}
    try:
        tested = meta_test(settings, initialisations, seed, unfinished.tests, test_progress)
    finally:
        memory.write(PEAK)
    arrays = {**tested.scores, **_history(trained), **_weights(initialisations[recorded_weights(settings)])}
    for name in experiment.extra_measurements:
        arrays |= build(symbol(name))(settings, learner, trained.parameters)
    better = experiment.better_of
    metrics = {name: summarise(name, values, better(name), settings) for name, values in tested.scores.items()}
    arrays[PARAMETERS] = _count(trained.parameters)
    metrics[PARAMETERS] = summarise(PARAMETERS, arrays[PARAMETERS], "higher", settings)
    cost = {
        "seconds": trained.seconds,
        "seconds_per_iteration": trained.seconds_per_iteration,
        "test_seconds": tested.seconds,
        "iterations": training.iterations,
        "input_share": _input_share(learner, tasks, training, trained.seconds_per_iteration),
        **_memory(unfinished.processes, peak_of_trainers(tested.scores)),
    }
    return Measurement(metrics=metrics, arrays=arrays, cost=cost, chosen=tested.chosen)


def recorded_weights(settings: Mapping[str, Any]) -> str:
    """Returns which trained parameters a record keeps: "selected" if a meta-test starts from them, else "last"."""
    starts = {start_of(test) for test in settings["tests"].values()}
    return "last" if starts == {"last"} else "selected"


def _train(
    learner: Any,
    tasks: Any,
    training: Any,
    selection: Any,
    unfinished: UnfinishedRun,
    memory: PeakMemoryLog,
    progress: Progress,
) -> Any:
    """Meta-trains, and writes the peak memory unless the checkpoint was complete."""
    import maml_tf

    chunks = 0

    def training_progress(completed: int, loss: float) -> None:
        nonlocal chunks
        chunks += 1
        memory.write_if_due(TRAINING_PEAK, PEAK)
        progress(completed, training.iterations, f"loss {loss:.4g}")

    checkpoint: Any = _LatestState(maml_tf.Checkpoint(path=unfinished.checkpoint, run=unfinished.run))
    with before_forced_end(checkpoint.save_latest):
        trained = maml_tf.train(
            learner, tasks, training, progress=training_progress, checkpoint=checkpoint, selection=selection
        )
    if chunks or not training.iterations:
        memory.write(TRAINING_PEAK, PEAK)
    return trained


class _LatestState:
    """A checkpoint that remembers the state after the latest chunk, so that another thread can save it."""

    def __init__(self, checkpoint: Any) -> None:
        self._checkpoint, self._latest = checkpoint, tuple[Any, ...]()
        self.resume, self.save = checkpoint.resume, checkpoint.save

    def save_if_due(self, *state: Any) -> None:
        self._latest = state
        self._checkpoint.save_if_due(*state)

    def save_latest(self) -> None:
        if self._latest:
            self._checkpoint.save(*self._latest)


def _memory(processes: ProcessLog, trainers: int) -> dict[str, float]:
    """Returns the largest peaks over all processes; left out if they are not known, as for older versions.

    Args:
        processes: The log of the processes.
        trainers: Bytes of the processes that `cost_ratio` started beside them.
    """
    training, peak = processes.largest(TRAINING_PEAK), processes.largest_of_all(PEAK)
    peaks = {TRAINING_PEAK: training, PEAK: peak and peak + trainers}
    return {name: value for name, value in peaks.items() if value is not None}


def _selection(settings: Mapping[str, Any]) -> Any:
    import maml_tf

    declared = settings.get("selection")
    if declared is None:  # a reading without meta-validation classes removes the selection
        return None
    return maml_tf.Selection(
        tasks=build(declared["tasks"]),
        protocol=protocol(declared["protocol"]),
        score=build(settings["score"]),
        every=declared["every"],
        better="higher",  # Accuracies and returns; no experiment selects by a loss.
    )


def _history(trained: Any) -> Arrays:
    arrays = {"training/loss": trained.losses, "training/validation": trained.validation}
    return {name: values.astype(np.float32) for name, values in arrays.items() if len(values)}


def _input_share(learner: Any, tasks: Any, training: Any, seconds_per_iteration: float) -> float:
    """Returns the fraction of meta-training spent on sampling and fetching tasks; 0 if nothing is trained.

    It is also 0 for a learner that samples its own examples: that is part of learning, and most of its time.
    """
    import maml_tf

    if not seconds_per_iteration or isinstance(learner, maml_tf.SamplingLearner):
        return 0.0
    return maml_tf.input_seconds(tasks, training) / seconds_per_iteration


def _weights(parameters: Any) -> Arrays:
    """Returns the meta-trained parameters by name."""
    import tensorflow as tf

    from maml_tf.naming import leaf_names

    named = zip(leaf_names(parameters), tf.nest.flatten(parameters), strict=True)
    return {f"{WEIGHTS}{name}": value.numpy() for name, value in named}


def _count(parameters: Any) -> np.ndarray:
    """Returns the number of parameters, shape [1]; it is a metric because the paper makes claims about it."""
    import tensorflow as tf

    return np.array([sum(int(tf.size(value)) for value in tf.nest.flatten(parameters))], np.float32)
