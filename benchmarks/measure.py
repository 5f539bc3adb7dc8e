"""Runs one experiment with one seed: the only place where declarations become TensorFlow."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import statistics
from benchmarks.memory import PeakMemory
from benchmarks.part import build
from benchmarks.record import WEIGHTS, Metric

Progress = Callable[[int, int, float], None]
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a run measured.

    Attributes:
        metrics: summaries by metric id.
        arrays: raw values: of each metric id per task, and `training/loss`, `picture/...`, `weights/...`.
        cost: seconds, seconds per iteration, iterations, peak memory in bytes.
        chosen: settings that the run chose by itself, such as a tuned learning rate.
    """

    metrics: Mapping[str, Metric]
    arrays: Mapping[str, np.ndarray]
    cost: Mapping[str, float]
    chosen: Mapping[str, float]


def measure(settings: Mapping[str, Any], seed: int, checkpoint: Path, run: str, progress: Progress) -> Measurement:
    """Meta-trains and meta-tests as the settings say.

    Args:
        settings: of `Experiment.settings`.
        seed: of meta-training and, with a distance, of the test tasks: runs with different seeds are
            independent in both, as anybody's repetition of the paper is.
        checkpoint: where an interrupted run is kept.
        run: identifies the run in its checkpoint.
        progress: called with meta-iterations done, their number, and the loss.

    Raises:
        maml_tf.Diverged: meta-training reached a loss that is not finite.
        maml_tf.CheckpointError: the checkpoint is damaged or of another run.
    """
    import maml_tf

    peak = PeakMemory()
    learner = build(settings["learner"])
    training = maml_tf.Training(seed=seed, **settings["training"])
    kept = maml_tf.Checkpoint(path=checkpoint, run=run)
    trained = maml_tf.train(
        learner,
        build(settings["tasks"]),
        training,
        progress=lambda done, loss: progress(done, training.iterations, loss),
        checkpoint=kept,
    )
    scores, chosen = _meta_test(settings, learner, trained.parameters, seed)
    arrays = scores | {"training/loss": trained.losses.astype(np.float32)} | _weights(trained.parameters)
    for picture, declaration in settings["pictures"].items():
        arrays |= _draw(f"picture/{picture}", declaration, learner, trained.parameters)
    cost = {
        "seconds": trained.seconds,
        "seconds_per_iteration": trained.seconds_per_iteration,
        "iterations": training.iterations,
        "peak_memory_bytes": peak.bytes(),
    }
    metrics = {name: _metric(values, settings["diverged_above"]) for name, values in scores.items()}
    return Measurement(metrics=metrics, arrays=arrays, cost=cost, chosen=chosen)


def _meta_test(
    settings: Mapping[str, Any], learner: Any, parameters: Any, seed: int
) -> tuple[Arrays, dict[str, float]]:
    import maml_tf

    def protocol_of(declared: Mapping[str, Any]) -> maml_tf.Protocol:
        return maml_tf.Protocol(**{**declared, "seed": declared["seed"] + _SEEDS_APART * seed})

    score, scores, chosen = build(settings["score"]), {}, {}
    for test, declaration in settings["tests"].items():
        tasks, tested = build(declaration["tasks"]), learner
        if tune := declaration.get("tune"):
            protocol = protocol_of(tune["protocol"])
            tested = maml_tf.tuned(learner, parameters, tasks, protocol, score, tune["learning_rates"])
            chosen[f"{test}/learning-rate"] = tested.inner_loop.learning_rate
        protocol = protocol_of(declaration["protocol"])
        for steps, values in enumerate(maml_tf.evaluate(tested, parameters, tasks, protocol, score)):
            scores[f"{test}/{steps}-step{'' if steps == 1 else 's'}"] = values.astype(np.float32)
    for difference, (first, second) in settings["differences"].items():
        scores[difference] = scores[first] - scores[second]
    return scores, chosen


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


def _metric(values: np.ndarray, diverged_above: float | None) -> Metric:
    bound = math.inf if diverged_above is None else diverged_above
    return Metric(
        value=statistics.mean(values),
        # Scores without a bound are percentages, of which more is better.
        median=statistics.median(values, "higher" if diverged_above is None else "lower"),
        tasks=values.size,
        diverged=int(np.count_nonzero(~(np.abs(values) <= bound))),
        half_width=statistics.half_width(values),
    )


_GRID_POINTS = 101
_SEEDS_APART = 1000  # test tasks of one seed are not the validation tasks of another
