"""Meta-tests of a trained learner, as an experiment declares them."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from benchmarks.overrides import overridden
from benchmarks.part import build, is_part
from benchmarks.running.cost_ratio import cost_ratio
from benchmarks.running.finished_tests import FinishedTests, Outcome

Scores = dict[str, np.ndarray]
Progress = Callable[[int, int, str], None]


def meta_test(
    settings: Mapping[str, Any],
    parameters: Mapping[str, Any],
    seed: int,
    finished: FinishedTests,
    progress: Progress,
) -> Outcome:
    """Meta-tests under every protocol that the settings declare.

    A test holds `tasks` and `protocol`, and where they are wanted:

    * `learner`: changes to the learner, by dotted path, such as what batch normalisation normalises with, or
      another learner, a part, which starts from the trained parameters;
    * `parameters`: which of the trained parameters, by default those that the selection chose;
    * `running_averages`: how averages over meta-training are taken for batch normalisation;
    * `tune`: how the inner learning rate is chosen on meta-validation tasks.

    A test with `rounds` is none of accuracy but of cost (`benchmarks.running.cost_ratio`).

    Args:
        settings: of `Experiment.settings`.
        parameters: the meta-trained initialisations: `last` and `selected`.
        seed: of the run: test tasks of different runs are independent, as anybody's repetition of the
            paper is.
        finished: tests that an interrupted run has behind it; those of this one are added.
        progress: called with tasks done, how many there are, and the name of the test.

    Returns:
        Per-task scores by metric id, `[tasks]`, what was chosen, and how long all of it took, a run that was
        interrupted included.
    """
    scores: Scores = {}
    chosen: dict[str, float] = {}
    seconds = 0.0
    for test in settings["tests"]:
        tested = finished.of(test, settings)
        if not tested:
            tested = _timed(test, settings, parameters, seed, progress)
            finished.keep(test, settings, tested)
        scores |= tested.scores
        chosen |= tested.chosen
        seconds += tested.seconds
    for difference, (first, second) in settings["differences"].items():
        scores[difference] = scores[first] - scores[second]
    return Outcome(scores, chosen, seconds)


def start_of(declaration: Mapping[str, Any]) -> str:
    """Which of the trained parameters a test starts from: `last` or `selected`."""
    return str(declaration.get("parameters", "selected"))


def _timed(
    test: str, settings: Mapping[str, Any], parameters: Mapping[str, Any], seed: int, progress: Progress
) -> Outcome:
    began = time.perf_counter()
    scores, chosen = _test(test, settings, parameters, seed, progress)
    return Outcome(scores, chosen, time.perf_counter() - began)


def _test(
    test: str, settings: Mapping[str, Any], parameters: Mapping[str, Any], seed: int, progress: Progress
) -> tuple[Scores, dict[str, float]]:
    import maml_tf

    declaration = settings["tests"][test]
    if "rounds" in declaration:
        return cost_ratio(settings, declaration, seed), {}
    score, tasks, chosen = build(settings["score"]), build(declaration["tasks"]), {}
    learner = build(_learner(settings["learner"], declaration.get("learner", {})))
    start = _parameters(learner, parameters, declaration, seed)
    if tune := declaration.get("tune"):
        on = build(tune.get("tasks", declaration["tasks"]))
        better = tune.get("better", "lower")
        learner = maml_tf.tuned(learner, start, on, _protocol(tune, seed), score, tune["learning_rates"], better)
        chosen[f"{test}/learning-rate"] = learner.inner_loop.learning_rate
    protocol = _protocol(declaration, seed)
    told = partial(_tell, progress, test, protocol.tasks)
    found = maml_tf.evaluate(learner, start, tasks, protocol, score, told).astype(np.float32)
    return {_metric(test, steps): each for steps, each in zip(protocol.counted, found, strict=True)}, chosen


def _metric(test: str, steps: int) -> str:
    return f"{test}/{steps}-step{'' if steps == 1 else 's'}"


def _tell(progress: Progress, test: str, tasks: int, done: int) -> None:
    progress(done, tasks, test)


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
    import maml_tf

    declared = declaration["protocol"]
    return maml_tf.Protocol(**{**declared, "seed": declared["seed"] + _SEEDS_APART * seed})


_SEEDS_APART = 1000  # test tasks of one seed are not the validation tasks of another
