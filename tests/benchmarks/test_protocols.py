"""Nothing is chosen on the tasks that it is tested on, and no chunk of meta-training repeats another one."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import tensorflow as tf

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.settings import build
from benchmarks.running import meta_test

SYNTHETIC = [experiment for experiment in CATALOGUE.values() if not experiment.needs]


def declared() -> Iterator[Any]:
    for experiment in CATALOGUE.values():
        for scale in experiment.scales:
            for reading in experiment.readings:
                name = f"{experiment.id} {scale} {reading}"
                yield pytest.param(experiment.settings(scale, reading), id=name)


def may_meet(one: Mapping[str, Any], tested: Mapping[str, Any], default: Mapping[str, Any]) -> bool:
    """Whether tasks of two declarations with `tasks` and `protocol` can be the same, with whatever seeds of runs."""
    tasks = one.get("tasks", default)
    splits = [task.get("images", {}).get("split") for task in (tasks, tested["tasks"])]
    seeds = [each["protocol"]["seed"] for each in (one, tested)]
    return bool(splits[0] == splits[1] and (seeds[0] - seeds[1]) % meta_test._SEED_OFFSET == 0)


@pytest.mark.parametrize("settings", list(declared()))
def test_nothing_is_chosen_on_the_tasks_of_a_test(settings: Mapping[str, Any]) -> None:
    for test in settings["tests"].values():
        if "protocol" not in test:  # it measures a cost
            continue
        for choice in (test.get("tune"), settings.get("selection")):
            assert not choice or not may_meet(choice, test, test["tasks"])


CHANGING = [one for one in SYNTHETIC if one.settings("paper", "code")["tasks"]["part"] != "maml_tf.rl.FixedGoals"]


@pytest.mark.parametrize("experiment", CHANGING, ids=lambda experiment: experiment.id)
def test_chunks_have_tasks_of_their_own(experiment: Experiment) -> None:
    """At the starts of all chunks of the longest training; of two directions, only many tasks are distinct."""
    settings = experiment.settings("paper", "code")
    tasks, training = build(settings["tasks"]), settings["training"]
    starts = range(0, training["iterations"], training.get("chunk", 500))

    def first(start: tf.Tensor) -> tf.Tensor:
        plan = tf.nest.flatten(tasks.sample(tf.stack([tf.constant(0, tf.int64), start]), 64))
        return tf.concat([tf.reshape(tf.cast(value, tf.float64), [-1]) for value in plan], 0)

    compiled = tf.function(first)
    plans = {compiled(tf.constant(start, tf.int64)).numpy().tobytes() for start in starts}
    assert len(plans) == len(starts)
