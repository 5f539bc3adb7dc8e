"""Measurements: the tested parameters are the ones that the record names."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import maml_tf
from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.declaring.settings import build
from benchmarks.records.verification import summarise
from benchmarks.running import measure as measuring
from benchmarks.running.measure import Measurement, measure
from benchmarks.running.meta_test import start_of
from benchmarks.running.unfinished import UnfinishedRun
from maml_tf.naming import leaf_names

MAML = CATALOGUE["sinusoid/maml"]


def settings(tested: str = "last") -> dict[str, Any]:
    """Settings of a short MAML on sinusoids with one meta-test and with selection, which chooses early parameters."""
    made = dict(MAML.settings("smoke", "code"))
    made["tests"] = {"k-10": made["tests"]["k-10"] | {"parameters": tested}}
    made["differences"], made["pictures"] = {}, {}
    made["training"] = made["training"] | {"iterations": 40, "chunk": 10}
    made["selection"] = {"tasks": made["tasks"], "protocol": {"tasks": 20, "steps": 1, "after": (1,)}, "every": 10}
    return made


def measured(tmp_path: Path, declared: dict[str, Any]) -> Measurement:
    return measure(MAML, declared, 0, UnfinishedRun(checkpoint=tmp_path / "run.npz", run="run"), lambda *_: None)


@pytest.mark.parametrize("tested", ["last", "selected"])
def test_the_weights_of_a_record_give_its_scores_again(tmp_path: Path, tested: str) -> None:
    declared = settings(tested)
    measurement = measured(tmp_path, declared)
    # The selection maximises the error here, so that it chooses the first candidate.
    assert np.argmax(measurement.arrays["training/validation"][:, 1]) != 3
    network = build(declared["learner"]).network
    weights = [tf.constant(measurement.arrays[f"weights/{name}"]) for name in leaf_names(network.initialize(0))]
    parameters = tf.nest.pack_sequence_as(network.initialize(0), weights)
    test = declared["tests"]["k-10"]
    learner, tasks, score = build(declared["learner"]), build(test["tasks"]), build(declared["score"])
    again = maml_tf.evaluate(learner, parameters, tasks, maml_tf.Protocol(**test["protocol"]), score)
    np.testing.assert_allclose(again[0], measurement.arrays["k-10/0-steps"], rtol=1e-5)


def test_a_task_that_diverged_is_the_worst_also_in_a_difference() -> None:
    values = np.array([-0.1] * 30 + [0.1] * 25 + [np.nan] * 45)
    experiment, bound = replace(MAML, differences={"gain": ("a", "b")}), {"diverged_above": 1e6}
    assert summarise("gain", values, experiment.better_of("gain"), bound).median == pytest.approx(-0.1)
    error = summarise("error", values, experiment.better_of("error"), bound)
    assert error.median == pytest.approx(0.1)
    assert error.diverged == 45
    higher = replace(experiment, better="higher")
    accuracy = summarise("accuracy", values, higher.better_of("accuracy"), {"diverged_above": None})
    assert accuracy.median == pytest.approx(-0.1)


@pytest.mark.parametrize("experiment", CATALOGUE.values(), ids=lambda experiment: experiment.id)
def test_a_record_keeps_the_weights_that_the_first_test_starts_from(experiment: Experiment) -> None:
    for scale in SCALES:
        for reading in experiment.readings:
            declared = experiment.settings(scale, reading)
            (first, *_) = declared["tests"].values()
            assert measuring.recorded_weights(declared) == start_of(first)


def test_extra_measurements_are_among_the_arrays(tmp_path: Path) -> None:
    declared = settings() | {"pictures": {"k-5": MAML.pictures["k-5"]}}
    arrays = measured(tmp_path, declared).arrays
    assert arrays["picture/k-5/curves"].shape == (3, 4, 101)
    assert arrays["picture/k-5/support"].shape == (4, 5, 2)


def test_memory_is_that_of_the_process_that_needed_most(tmp_path: Path) -> None:
    declared = settings()
    unfinished = UnfinishedRun(checkpoint=tmp_path / "run.npz", run="run")
    code = {"commit": "a", "dirty": False}
    unfinished.begin(code, one_code=False)
    unfinished.processes.add(training_memory_bytes=10**13, peak_memory_bytes=2 * 10**13)
    unfinished.processes.begin(code, resumed=True)
    measurement = measured(tmp_path, declared)
    assert measurement.cost["training_memory_bytes"] == 10**13
    assert measurement.cost["peak_memory_bytes"] == 2 * 10**13


def test_tasks_are_meta_trained_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained, train = [], maml_tf.train

    def watched(learner: Any, *arguments: Any, **named: Any) -> Any:
        trained.append(learner)
        return train(learner, *arguments, **named)

    monkeypatch.setattr(maml_tf, "train", watched)
    unfinished = UnfinishedRun(checkpoint=tmp_path / "run.npz", run="run")
    measure(MAML, settings(), 0, unfinished, lambda *_: None, groups=5)
    assert [learner.groups for learner in trained] == [5]
