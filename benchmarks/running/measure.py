"""Runs one experiment with one seed: the only place where declarations become TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.part import build
from benchmarks.records.record import WEIGHTS, Metric
from benchmarks.running.cost_ratio import bytes_beside
from benchmarks.running.grouping import in_groups
from benchmarks.running.meta_test import Progress, meta_test, start_of
from benchmarks.running.peaks import TRAINING, WHOLE, Peaks
from benchmarks.running.sessions import Sessions
from benchmarks.running.unfinished import UnfinishedRun

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a run measured.

    Attributes:
        metrics: summaries by metric id.
        arrays: raw values: of each metric id per task, and `training/loss`, `picture/...`, `weights/...`.
        cost: seconds of meta-training and of meta-tests, seconds per iteration, iterations, share of the input
            side, peak memory in bytes of meta-training and of the whole run.
        chosen: settings that the run chose by itself, such as a tuned learning rate.
    """

    metrics: Mapping[str, Metric]
    arrays: Mapping[str, np.ndarray]
    cost: Mapping[str, float]
    chosen: Mapping[str, float]


def measure(
    settings: Mapping[str, Any], seed: int, unfinished: UnfinishedRun, progress: Progress, groups: int = 1
) -> Measurement:
    """Meta-trains and meta-tests as the settings say.

    Args:
        settings: of `Experiment.settings`.
        seed: of meta-training and, with a distance, of the test tasks: runs with different seeds are
            independent in both, as anybody's repetition of the paper is.
        unfinished: where an interrupted run is kept.
        progress: called with what is done, out of how much, and a note: meta-iterations and the loss, then tasks
            and the name of the test.
        groups: of tasks in meta-training, as far as the learner's meta-batch has so many.

    Raises:
        maml_tf.Diverged: meta-training reached a loss that is not finite.
        maml_tf.CheckpointError: the checkpoint is damaged or of another run.
        BenchmarkError: what else is kept of an interrupted run is damaged, or cannot be written.
    """
    import maml_tf

    peaks = Peaks(unfinished.sessions)
    learner = build(in_groups(settings["learner"], settings["training"], groups))
    tasks = build(settings["tasks"])
    training = maml_tf.Training(seed=seed, **settings["training"])
    trained = _train(learner, tasks, training, _selection(settings), unfinished, peaks, progress)

    def tell(done: int, total: int, test: str) -> None:
        peaks.note_if_due(WHOLE)
        progress(done, total, test)

    initialisations = {"last": trained.parameters, "selected": trained.selected}
    try:
        tested = meta_test(settings, initialisations, seed, unfinished.tests, tell)
    finally:
        peaks.note(WHOLE)
    arrays = {**tested.scores, **_history(trained), **_weights(initialisations[_tested_first(settings)])}
    for picture, declaration in settings["pictures"].items():
        arrays |= _draw(f"picture/{picture}", declaration, learner, trained.parameters)
    metrics = {name: _metric(name, values, settings) for name, values in tested.scores.items()}
    arrays["parameters"] = _count(trained.parameters)
    metrics["parameters"] = Metric.from_tasks(arrays["parameters"], "higher")
    cost = {
        "seconds": trained.seconds,
        "seconds_per_iteration": trained.seconds_per_iteration,
        "test_seconds": tested.seconds,
        "iterations": training.iterations,
        "input_share": _input_share(tasks, training, trained.seconds_per_iteration),
        **_memory(unfinished.sessions, bytes_beside(tested.scores)),
    }
    return Measurement(metrics=metrics, arrays=arrays, cost=cost, chosen=tested.chosen)


def _train(
    learner: Any,
    tasks: Any,
    training: Any,
    selection: Any,
    unfinished: UnfinishedRun,
    peaks: Peaks,
    progress: Progress,
) -> Any:
    """Meta-trains, and notes the peak of memory if anything was left to train."""
    import maml_tf

    chunks = 0

    def tell(done: int, loss: float) -> None:
        nonlocal chunks
        chunks += 1
        peaks.note_if_due(TRAINING, WHOLE)
        progress(done, training.iterations, f"loss {loss:.4g}")

    checkpoint = maml_tf.Checkpoint(path=unfinished.checkpoint, run=unfinished.run)
    trained = maml_tf.train(learner, tasks, training, progress=tell, checkpoint=checkpoint, selection=selection)
    if chunks or not training.iterations:
        peaks.note(TRAINING, WHOLE)
    return trained


def _memory(sessions: Sessions, beside: int) -> dict[str, float]:
    """The peaks over all processes. What one of them did not tell (of an older version, say) is not said."""
    training, whole = sessions.largest(TRAINING), sessions.largest_of_all(WHOLE)
    known = {TRAINING: training, WHOLE: whole and whole + beside}
    return {name: peak for name, peak in known.items() if peak is not None}


def _tested_first(settings: Mapping[str, Any]) -> str:
    """Which of the trained parameters the first meta-test starts from, the one that is set against the paper."""
    return start_of(next(iter(settings["tests"].values()), {}))


def _selection(settings: Mapping[str, Any]) -> Any:
    import maml_tf

    declared = settings.get("selection")
    if declared is None:  # a reading without meta-validation classes takes the selection away
        return None
    return maml_tf.Selection(
        tasks=build(declared["tasks"]),
        protocol=maml_tf.Protocol(**declared["protocol"]),
        score=build(settings["score"]),
        every=declared["every"],
    )


def _history(trained: Any) -> Arrays:
    arrays = {"training/loss": trained.losses, "training/validation": trained.validation}
    return {name: values.astype(np.float32) for name, values in arrays.items() if len(values)}


def _input_share(tasks: Any, training: Any, seconds_per_iteration: float) -> float:
    """The share of meta-training that goes into sampling and fetching tasks; 0 where nothing is trained."""
    import maml_tf

    if not seconds_per_iteration:
        return 0.0
    return maml_tf.input_seconds(tasks, training) / seconds_per_iteration


def _draw(name: str, declaration: Mapping[str, Any], learner: Any, parameters: Any) -> Arrays:
    """Curves before and after adaptation, on a grid over the inputs.

    Returns:
        `descriptor [tasks, 2]`, `support [tasks, points, 2]`, `grid [points]`, `curves [steps, tasks, points]`.
    """
    import tensorflow as tf

    tasks, count = build(declaration["tasks"]), declaration["count"]
    drawn = tasks.episodes(tasks.sample((declaration["seed"], 0), count))
    grid = tf.linspace(*tasks.inputs, _GRID_POINTS)
    inputs = tf.tile(tf.cast(grid, tf.float32)[tf.newaxis, :, tf.newaxis], [count, 1, 1])
    on_grid = drawn._replace(query=drawn.query._replace(inputs=inputs, targets=tf.zeros_like(inputs)))
    curves = learner.predict(parameters, on_grid, max(declaration["steps"]))
    return {
        f"{name}/descriptor": drawn.descriptor.numpy(),
        f"{name}/support": tf.concat(drawn.support, axis=-1).numpy(),
        f"{name}/grid": grid.numpy().astype(np.float32),
        f"{name}/curves": tf.stack([curves[steps][..., 0] for steps in declaration["steps"]]).numpy(),
    }


def _weights(parameters: Any) -> Arrays:
    """The meta-trained initialisation, by name."""
    import tensorflow as tf

    from maml_tf.naming import leaf_names

    named = zip(leaf_names(parameters), tf.nest.flatten(parameters), strict=True)
    return {f"{WEIGHTS}{name}": value.numpy() for name, value in named}


def _count(parameters: Any) -> np.ndarray:
    """The number of parameters, `[1]`: as a metric, because the paper makes claims about it."""
    import tensorflow as tf

    return np.array([sum(int(tf.size(value)) for value in tf.nest.flatten(parameters))], np.float32)


def _metric(name: str, values: np.ndarray, settings: Mapping[str, Any]) -> Metric:
    bound = settings["diverged_above"]
    if bound is None:  # scores without a bound are percentages, of which more is better
        return Metric.from_tasks(values, "higher")
    # A difference is one between a worse and a better score; where a task diverged it counts as the worst.
    return Metric.from_tasks(values, "higher" if name in settings["differences"] else "lower", bound)


_GRID_POINTS = 101
