"""Meta-tests as declared: which parameters, which learner, which protocol."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maml_tf
from benchmarks.declaring.settings import build
from benchmarks.experiments.glyphs import NO_CONV
from benchmarks.running import meta_test as meta_testing
from benchmarks.running.meta_test import meta_test
from benchmarks.running.unfinished import FinishedTests, TestScores

SETTINGS = NO_CONV.settings("smoke", "code")
PAPER = SETTINGS["tests"]["paper-protocol"]


@pytest.fixture(scope="module")
def parameters() -> dict[str, Any]:
    network = build(SETTINGS["learner"]).network
    return {"last": network.initialize(0), "selected": network.initialize(1)}


class NothingFinished(FinishedTests):
    """Finished tests that are always empty and keep nothing."""

    def load(self, test: str, settings: Mapping[str, Any]) -> None:
        """Returns None: no test is finished."""

    def save(self, test: str, settings: Mapping[str, Any], tested: TestScores) -> None:
        """Discards the scores."""


NOTHING = NothingFinished(folder=Path(), run="")


def scores(trained: dict[str, Any], seed: int = 0, **changes: Any) -> Mapping[str, np.ndarray]:
    return meta_test(SETTINGS | {"tests": {"test": PAPER | changes}}, trained, seed, NOTHING, lambda *_: None).scores


def test_each_number_of_steps_is_a_metric(parameters: dict[str, Any]) -> None:
    every = scores(parameters)
    assert list(every) == ["test/0-steps", "test/1-step", *[f"test/{steps}-steps" for steps in range(2, 11)]]
    some = scores(parameters, protocol=PAPER["protocol"] | {"after": (1, 3)})
    assert list(some) == ["test/1-step", "test/3-steps"]
    np.testing.assert_array_equal(some["test/3-steps"], every["test/3-steps"])


def test_the_selected_parameters_are_tested_unless_the_last_are_asked_for(parameters: dict[str, Any]) -> None:
    chosen, last = scores(parameters)["test/1-step"], scores(parameters, parameters="last")["test/1-step"]
    assert not np.array_equal(chosen, last)
    as_selected = scores({"selected": parameters["last"]})["test/1-step"]
    np.testing.assert_array_equal(last, as_selected)


@pytest.mark.parametrize(
    "changes",
    [
        {"learner": {"inner_loop.learning_rate": 4.0}},
        {"learner": {"network.normalization.statistics": "support set"}},
        {
            "learner": {
                "network.normalization.statistics": "running averages",
                "inner_loop.keeps": ("shift", "mean", "variance"),
            },
            "running_averages": {"tasks": SETTINGS["tasks"], "over": {"batches": 1, "meta_batch": 4}},
        },
    ],
)
def test_a_test_may_change_the_learner(changes: dict[str, Any], parameters: dict[str, Any]) -> None:
    changed, same = scores(parameters, **changes), scores(parameters)
    assert not np.array_equal(changed["test/1-step"], same["test/1-step"])


def test_a_learning_rate_is_chosen_on_tasks_of_its_own(parameters: dict[str, Any]) -> None:
    tune = {
        "tasks": SETTINGS["tasks"] | {"images": SETTINGS["tasks"]["images"] | {"split": "validation"}},
        "protocol": {"tasks": 20, "steps": 1, "seed": 3, "batch": 20},
        "learning_rates": (1e-9, 0.4),
        "better": "higher",
    }
    settings = SETTINGS | {"tests": {"test": PAPER | {"tune": tune}}}
    tested = meta_test(settings, parameters, 0, NOTHING, lambda *_: None)
    rate = tested.chosen["test/learning-rate"]
    assert rate in (1e-9, 0.4)
    expected = scores(parameters, learner={"inner_loop.learning_rate": rate})
    np.testing.assert_array_equal(tested.scores["test/1-step"], expected["test/1-step"])


@pytest.mark.parametrize("own", [True, False])
def test_a_learning_rate_is_never_chosen_on_the_tasks_of_the_test(
    own: bool, parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is chosen on the declared tasks, with the seed of its own protocol."""
    validation = SETTINGS["tasks"] | {"images": SETTINGS["tasks"]["images"] | {"split": "validation"}}
    tune = {"protocol": {"tasks": 20, "steps": 1, "seed": 3}, "learning_rates": (0.4,), "better": "higher"}
    tune |= {"tasks": validation} if own else {}
    called: dict[str, tuple[Any, Any]] = {}

    def tuned(learner: Any, _: Any, tasks: Any, protocol: Any, *__: Any) -> Any:
        called["tuned"] = tasks.sample((0, 1), 1), protocol.seed
        return learner

    def evaluate(_: Any, __: Any, tasks: Any, protocol: Any, *___: Any) -> Any:
        called["tested"] = tasks.sample((0, 1), 1), protocol.seed
        return np.zeros([len(protocol.counted), 1])

    built: list[Any] = []

    def record(declaration: Any) -> Any:
        built.append(declaration)
        return build(declaration)

    monkeypatch.setattr(maml_tf, "tuned", tuned)
    monkeypatch.setattr(maml_tf, "evaluate", evaluate)
    monkeypatch.setattr(meta_testing, "build", record)
    scores(parameters, seed=2, tune=tune)
    assert called["tuned"][1] == 2003
    assert called["tested"][1] == PAPER["protocol"]["seed"] + 2000
    assert (validation in built) is own


def test_runs_of_different_seeds_have_different_test_tasks(parameters: dict[str, Any]) -> None:
    tasks, protocol = build(PAPER["tasks"]), maml_tf.Protocol(**PAPER["protocol"] | {"seed": 2001})
    learner = build(SETTINGS["learner"])
    expected = maml_tf.evaluate(learner, parameters["selected"], tasks, protocol, maml_tf.accuracy)
    np.testing.assert_allclose(scores(parameters, seed=2)["test/1-step"], expected[1])


def test_an_interrupted_run_resumes_with_the_next_test(parameters: dict[str, Any], tmp_path: Path) -> None:
    settings = SETTINGS | {"tests": {"one": PAPER, "other": PAPER}}
    finished, names = FinishedTests(folder=tmp_path, run="run"), []

    def interrupt(done: int, tasks: int, test: str) -> None:
        names.append(test)
        if names == ["one", "other"]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        meta_test(settings, parameters, 0, finished, interrupt)
    resumed = meta_test(settings, parameters, 0, finished, interrupt)
    assert names == ["one", "other", "other"]
    whole = meta_test(settings, parameters, 0, NOTHING, lambda *_: None)
    assert resumed.scores.keys() == whole.scores.keys()
    for name, values in whole.scores.items():
        np.testing.assert_array_equal(resumed.scores[name], values)


def test_the_time_of_a_finished_test_is_not_forgotten(parameters: dict[str, Any], tmp_path: Path) -> None:
    settings = SETTINGS | {"tests": {"one": PAPER}}
    finished = FinishedTests(folder=tmp_path, run="run")
    first = meta_test(settings, parameters, 0, finished, lambda *_: None).seconds
    assert first > 0
    assert meta_test(settings, parameters, 0, finished, lambda *_: None).seconds == first
