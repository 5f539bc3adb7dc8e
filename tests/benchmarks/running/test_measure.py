"""Measurements: what a record says was tested is what was tested."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import maml_tf
from benchmarks.catalogue import CATALOGUE
from benchmarks.part import build
from benchmarks.running import measure as measuring
from benchmarks.running.measure import Measurement, measure
from benchmarks.running.unfinished import UnfinishedRun
from maml_tf.naming import leaf_names


def settings(tested: str = "last") -> dict[str, Any]:
    """Those of a short MAML on sinusoids with one meta-test, and candidates of which an early one is the best."""
    made = dict(CATALOGUE["sinusoid/maml"].settings("smoke", "code"))
    made["tests"] = {"k-10": made["tests"]["k-10"] | {"parameters": tested}}
    made["differences"], made["pictures"] = {}, {}
    made["training"] = made["training"] | {"iterations": 40, "chunk": 10}
    made["selection"] = {"tasks": made["tasks"], "protocol": {"tasks": 20, "steps": 1, "after": (1,)}, "every": 10}
    return made


def measured(tmp_path: Path, asked: dict[str, Any]) -> Measurement:
    return measure(asked, 0, UnfinishedRun(checkpoint=tmp_path / "run.npz", run="run"), lambda *_: None)


@pytest.mark.parametrize("tested", ["last", "selected"])
def test_the_weights_of_a_record_give_its_scores_again(tmp_path: Path, tested: str) -> None:
    asked = settings(tested)
    found = measured(tmp_path, asked)
    # Errors are taken for scores here, of which more would be better: the first candidate has most.
    assert found.arrays["training/validation"][:, 1].argmax() != 3
    network = build(asked["learner"]).network
    weights = [tf.constant(found.arrays[f"weights/{name}"]) for name in leaf_names(network.initialize(0))]
    parameters = tf.nest.pack_sequence_as(network.initialize(0), weights)
    test = asked["tests"]["k-10"]
    again = maml_tf.evaluate(
        build(asked["learner"]),
        parameters,
        build(test["tasks"]),
        maml_tf.Protocol(**test["protocol"]),
        build(asked["score"]),
    )
    np.testing.assert_allclose(again[0], found.arrays["k-10/0-steps"], rtol=1e-5)


def test_a_task_that_diverged_is_the_worst_also_in_a_difference() -> None:
    values = np.array([-0.1] * 30 + [0.1] * 25 + [np.nan] * 45)
    limits = {"diverged_above": 1e6, "differences": {"gain": ("a", "b")}}
    assert measuring._metric("gain", values, limits).median == pytest.approx(-0.1)
    assert measuring._metric("error", values, limits).median == pytest.approx(0.1)
    assert measuring._metric("error", values, limits).diverged == 45


def test_memory_is_that_of_the_process_that_needed_most(tmp_path: Path) -> None:
    asked = settings()
    unfinished = UnfinishedRun(checkpoint=tmp_path / "run.npz", run="run")
    code = {"commit": "a", "dirty": False}
    unfinished.begin(code, one_code=False)
    unfinished.sessions.note(training_memory_bytes=10**13, peak_memory_bytes=2 * 10**13)
    unfinished.sessions.begin(code, resumed=True)
    found = measured(tmp_path, asked)
    assert found.cost["training_memory_bytes"] == 10**13
    assert found.cost["peak_memory_bytes"] == 2 * 10**13


def test_tasks_are_meta_trained_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained, train = [], maml_tf.train

    def watched(learner: Any, *arguments: Any, **named: Any) -> Any:
        trained.append(learner)
        return train(learner, *arguments, **named)

    monkeypatch.setattr(maml_tf, "train", watched)
    unfinished = UnfinishedRun(checkpoint=tmp_path / "run.npz", run="run")
    measure(settings(), 0, unfinished, lambda *_: None, groups=5)
    assert [learner.groups for learner in trained] == [5]
