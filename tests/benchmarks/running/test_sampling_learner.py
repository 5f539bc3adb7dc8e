"""A learner that samples its own examples and scores itself is measured like any other."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maml_tf
from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.experiment import Experiment, Runtime
from benchmarks.declaring.settings import build, part
from benchmarks.records.verification import corrections
from benchmarks.running import launch
from benchmarks.running.measure import Measurement, measure
from benchmarks.running.unfinished import UnfinishedRun
from tests.benchmarks.example_records import example_record

GOALS = part("tests.maml_tf.test_sampling_learner.Goals")
EXPERIMENT = Experiment(
    id="bandit/maml",
    title="MAML on a bandit",
    description="A policy on a line.",
    tasks=GOALS,
    learner=part(
        "tests.maml_tf.test_sampling_learner.PolicyGradient",
        inner_loop=part("maml_tf.InnerLoop", steps=1, learning_rate=0.2),
        rate=0.05,
    ),
    # The gradient of the test learner is written for three tasks.
    training={"iterations": 4, "meta_batch": 3, "chunk": 1},
    tests={
        "usual": {"tasks": GOALS, "protocol": {"tasks": 6, "steps": 2, "batch": 6, "seed": 1}},
        "still": {
            "tasks": GOALS,
            "protocol": {"tasks": 6, "steps": 2, "batch": 6, "seed": 1},
            "learner": {"inner_loop.learning_rate": 1e-9},
        },
    },
    score=None,
    selection={"tasks": GOALS, "protocol": {"tasks": 3, "steps": 1, "seed": 2}, "every": 2},
    differences={"gain": ("usual/2-steps", "usual/0-steps")},
    better="higher",
    answers={},
    scales={"smoke": {}, "desktop": {}, "paper": {}},
    runtime=Runtime(operations="small", minutes={"smoke": 0.1, "desktop": 0.1, "paper": 0.1}),
)
SETTINGS = EXPERIMENT.settings("smoke", "code")


def measured(tmp_path: Path, progress: Any = lambda *_: None) -> Measurement:
    unfinished = UnfinishedRun(checkpoint=tmp_path / "run.npz", run="run")
    return measure(EXPERIMENT, SETTINGS, 0, unfinished, progress)


def test_its_scores_are_metrics_by_step_and_higher_ones_are_better(tmp_path: Path) -> None:
    measurement = measured(tmp_path)
    names = [f"{test}/{step}" for test in ("usual", "still") for step in ("0-steps", "1-step", "2-steps")]
    assert list(measurement.metrics) == [*names, "gain", "parameters"]
    assert {metric.better for metric in measurement.metrics.values()} == {"higher"}
    assert all(measurement.arrays[name].shape == (6,) for name in names)
    gains = measurement.arrays["usual/2-steps"] - measurement.arrays["usual/0-steps"]
    np.testing.assert_array_equal(measurement.arrays["gain"], gains)
    assert measurement.metrics["gain"].value == pytest.approx(gains.mean())


def test_a_test_may_change_its_inner_loop(tmp_path: Path) -> None:
    arrays = measured(tmp_path).arrays
    np.testing.assert_array_equal(arrays["still/0-steps"], arrays["usual/0-steps"])
    assert not np.allclose(arrays["still/2-steps"], arrays["usual/2-steps"])


def test_its_history_and_selection_are_kept_and_sampling_tasks_costs_nothing(tmp_path: Path) -> None:
    measurement = measured(tmp_path)
    np.testing.assert_array_equal(measurement.arrays["training/loss"][:, 0], [1, 2, 3, 4])
    np.testing.assert_array_equal(measurement.arrays["training/validation"][:, 0], [2, 4])
    assert measurement.cost["input_share"] == 0.0
    assert measurement.cost["seconds_per_iteration"] > 0


def test_the_tested_parameters_are_the_selected_ones(tmp_path: Path) -> None:
    arrays = measured(tmp_path).arrays
    test = SETTINGS["tests"]["usual"]
    scores = maml_tf.evaluate(
        build(SETTINGS["learner"]), {"mean": arrays["weights/mean"]}, build(GOALS), maml_tf.Protocol(**test["protocol"])
    )
    np.testing.assert_allclose(scores[0], arrays["usual/0-steps"], rtol=1e-6)


@pytest.mark.parametrize("note", ["loss", "still"])
def test_an_interrupted_run_resumes_bit_for_bit(note: str, tmp_path: Path) -> None:
    def interrupt(completed: int, total: int, what: str) -> None:
        if what.startswith(note) and (completed == 2 or note == "still"):
            raise KeyboardInterrupt

    whole = measured(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path / "parts", interrupt)
    reports: list[tuple[int, int, str]] = []
    resumed = measured(tmp_path / "parts", lambda *report: reports.append(report))
    if note == "loss":
        assert [done for done, _, what in reports if what.startswith("loss")] == [3, 4]
    else:
        assert "usual" not in {what for *_, what in reports}, "the finished test is not repeated"
    for name, values in whole.arrays.items():
        np.testing.assert_array_equal(resumed.arrays[name], values)


def test_it_is_not_compiled_where_other_learners_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A learner that samples leaves the graph, also on a machine with a GPU."""
    monkeypatch.setattr(launch, "gpus", lambda: ["GPU:0"])
    assert not launch.compiles_training(SETTINGS)
    assert launch.compiles_training(CATALOGUE["sinusoid/maml"].settings("smoke", "code"))


def test_its_record_is_believed(tmp_path: Path) -> None:
    measurement = measured(tmp_path)
    made = example_record(
        experiment=EXPERIMENT.id, settings=SETTINGS, metrics=measurement.metrics, arrays=measurement.arrays
    )
    assert corrections(made) == {}
