"""Tests of the settings in words."""

from typing import Any

import pytest

from benchmarks.verdicts.settings_words import in_words

SETTINGS: dict[str, Any] = {
    "training": {"iterations": 70_000, "meta_batch": 25},
    "learner": {"inner_loop": {"steps": 1, "learning_rate": 0.001}},
    "tests": {"k-5": {"tasks": {"shot": 5}, "protocol": {"tasks": 600}}},
    "differences": {"gain": ("k-5/1-step", "k-5/0-steps")},
}
TRAINED = "70,000 meta-iterations of 25 tasks"


def changed(**changes: Any) -> dict[str, Any]:
    return SETTINGS | changes


def with_test(**changes: Any) -> dict[str, Any]:
    return changed(tests={"k-5": SETTINGS["tests"]["k-5"] | changes})


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("k-5/5-steps", "1 inner step, learning rate 0.001; tested on 600 tasks with 5 support points, after 5 steps"),
        ("k-5/1-step", "1 inner step, learning rate 0.001; tested on 600 tasks with 5 support points, after 1 step"),
        (
            "k-5/0-steps",
            "1 inner step, learning rate 0.001; tested on 600 tasks with 5 support points, before adaptation",
        ),
        ("gain", "1 inner step, learning rate 0.001"),
    ],
)
def test_a_number_has_its_training_inner_loop_and_test(metric: str, words: str) -> None:
    assert in_words(SETTINGS, metric) == f"{TRAINED}; {words}"


@pytest.mark.parametrize("metric", ["parameters", "other/1-step"])
def test_a_metric_of_no_test_has_no_words(metric: str) -> None:
    assert in_words(SETTINGS, metric) == ""


def test_few_shot_tasks_have_ways_shots_and_query_images() -> None:
    words = in_words(with_test(tasks={"ways": 5, "shot": 1, "query": 1}), "k-5/1-step")
    assert words.endswith("tested on 600 5-way 1-shot tasks with 1 query image per class, after 1 step")


def test_first_order_is_named_and_a_schedule_of_learning_rates_left_out() -> None:
    inner_loop = {"steps": 5, "learning_rate": {"part": "maml_tf.Rates"}, "first_order": True}
    assert "; 5 inner steps, first order; " in in_words(changed(learner={"inner_loop": inner_loop}), "k-5/1-step")


def test_without_training_the_inner_loop_is_left_out() -> None:
    words = in_words(changed(training={"iterations": 0, "meta_batch": 25}), "k-5/1-step")
    assert words == "no meta-training; tested on 600 tasks with 5 support points, after 1 step"


def test_a_tuned_learning_rate_replaces_the_inner_loop() -> None:
    words = in_words(with_test(tune={"learning_rates": (0.1, 0.2)}), "k-5/1-step")
    assert words.endswith("after 1 step, with a learning rate tuned on other tasks")
    assert "inner step" not in words
