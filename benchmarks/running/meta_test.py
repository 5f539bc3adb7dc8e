"""Meta-tests of a trained learner, as the experiment declares them."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.declaring.settings import build, is_part, overridden
from benchmarks.metric_ids import StepMetric
from benchmarks.running import launch
from benchmarks.running.cost_ratio import cost_ratio
from benchmarks.running.unfinished import FinishedTests, TestScores

Scores = dict[str, np.ndarray]
Progress = Callable[[int, int, str], None]


def meta_test(
    settings: Mapping[str, Any],
    parameters: Mapping[str, Any],
    seed: int,
    finished: FinishedTests,
    progress: Progress,
) -> TestScores:
    """Meta-tests under every protocol that the settings declare.

    The declaration of a test has `tasks`, `protocol`, and optionally:

    * `learner`: changes to the learner by dotted path, such as the statistics of batch normalisation; or another
      learner (a part), which starts from the trained parameters;
    * `parameters`: which trained parameters it starts from, "selected" (the default) or "last";
    * `running_averages`: how running averages over meta-training tasks are computed for batch normalisation;
    * `tune`: how the inner learning rate is tuned on meta-validation tasks.

    A test with `rounds` measures cost instead (`benchmarks.running.cost_ratio`).

    Args:
        settings: From `Experiment.settings`.
        parameters: The meta-trained parameters: "last" and "selected".
        seed: Seed of the run. Test tasks use the seed of their protocol plus 1000 times this one.
        finished: Tests that an interrupted run has finished; those of this run are added.
        progress: Called with the number of completed tasks, their total, and the name of the test.

    Returns:
        The scores of all tests and their differences; the duration includes interrupted processes.
    """
    scores: Scores = {}
    chosen: dict[str, float] = {}
    seconds = 0.0
    for test in settings["tests"]:
        tested = finished.load(test, settings)
        if not tested:
            tested = _test(test, settings, parameters, seed, progress)
            finished.save(test, settings, tested)
        scores |= tested.scores
        chosen |= tested.chosen
        seconds += tested.seconds
    for difference, (first, second) in settings["differences"].items():
        scores[difference] = scores[first] - scores[second]
    return TestScores(scores, chosen, seconds)


def start_of(declaration: Mapping[str, Any]) -> str:
    """Returns which trained parameters a test starts from: "last" or "selected"."""
    return str(declaration.get("parameters", "selected"))


def _test(
    test: str, settings: Mapping[str, Any], parameters: Mapping[str, Any], seed: int, progress: Progress
) -> TestScores:
    began = time.perf_counter()
    declaration = settings["tests"][test]
    chosen: dict[str, float] = {}
    if "rounds" in declaration:
        scores = cost_ratio(settings, declaration, seed)
    else:
        scores, chosen = _evaluate(test, settings, parameters, seed, progress)
    return TestScores(scores, chosen, time.perf_counter() - began)


def _evaluate(
    test: str, settings: Mapping[str, Any], parameters: Mapping[str, Any], seed: int, progress: Progress
) -> tuple[Scores, dict[str, float]]:
    import maml_tf

    declaration = settings["tests"][test]
    score, tasks, chosen = build(settings["score"]), build(declaration["tasks"]), {}
    learner = build(_learner(settings["learner"], declaration.get("learner", {})))
    start = _parameters(learner, parameters, declaration, seed)
    if tune := declaration.get("tune"):
        on = build(tune.get("tasks", declaration["tasks"]))
        better = tune.get("better", "lower")
        learner = maml_tf.tuned(learner, start, on, _protocol(tune, seed), score, tune["learning_rates"], better)
        chosen[f"{test}/learning-rate"] = learner.inner_loop.rate
    protocol = _protocol(declaration, seed)
    values = maml_tf.evaluate(
        learner, start, tasks, protocol, score, lambda completed: progress(completed, protocol.tasks, test)
    )
    by_steps = zip(protocol.counted, values.astype(np.float32), strict=True)
    return {str(StepMetric(test, steps)): scores for steps, scores in by_steps}, chosen


def _learner(trained: Mapping[str, Any], tested: Mapping[str, Any]) -> Mapping[str, Any]:
    return tested if is_part(tested) else overridden(trained, tested)


def _parameters(learner: Any, trained: Mapping[str, Any], declaration: Mapping[str, Any], seed: int) -> Any:
    import maml_tf

    parameters = trained[start_of(declaration)]
    if averages := declaration.get("running_averages"):
        return maml_tf.with_running_averages(
            learner.network, parameters, build(averages["tasks"]), seed=seed, **averages["over"]
        )
    return parameters


def _protocol(declaration: Mapping[str, Any], seed: int) -> Any:
    declared = declaration["protocol"]
    return launch.protocol({**declared, "seed": declared["seed"] + _SEED_OFFSET * seed})


_SEED_OFFSET = 1000  # keeps the test tasks of one seed apart from the validation tasks of another
