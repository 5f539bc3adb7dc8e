"""The problem that all sides are given: it is that of the experiment, and its tensors are the same for all."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.settings import build
from benchmarks.speed.problem import EPISODES, Problem, draw, parameters

NAMES = list(CATALOGUE.races)


def settings_of(name: str) -> dict[str, Any]:
    return CATALOGUE[CATALOGUE.race(name).experiment].settings("paper", "code")


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_those_of_the_network(name: str) -> None:
    settings = settings_of(name)
    own = build(settings["learner"]["network"]).initialize(0)
    shapes = {f"{layer}/{leaf}": tuple(each.shape) for layer, leaves in own.items() for leaf, each in leaves.items()}
    problem = Problem.of(settings)
    assert problem.shapes().items() <= shapes.items()
    # What is left out are biases in front of batch normalisation.
    left_out = shapes.keys() - problem.shapes().keys()
    assert all(word.endswith("/bias") for word in left_out)
    assert len(left_out) == (len(problem.hidden) if problem.normalised else 0)


@pytest.mark.parametrize("name", NAMES)
def test_episodes_are_as_large_as_those_of_the_experiment(name: str) -> None:
    problem = Problem.of(settings_of(name))
    shapes = {key: array.shape for key, array in draw(problem).items() if key in EPISODES}
    features = problem.image or (problem.inputs,)
    assert shapes == {
        "support_inputs": (problem.tasks, problem.support_size, *features),
        "support_targets": (problem.tasks, problem.support_size, problem.outputs),
        "query_inputs": (problem.tasks, problem.query_size, *features),
        "query_targets": (problem.tasks, problem.query_size, problem.outputs),
    }


def test_settings_are_read() -> None:
    problem = Problem.of(settings_of("mini-imagenet"))
    assert (problem.tasks, problem.ways, problem.shot, problem.query, problem.steps) == (4, 5, 1, 15, 5)
    assert (problem.pooled, problem.flattened, problem.normalised, problem.classification) == (True,) * 4
    assert (problem.inner_rate, problem.loss_factor, problem.keeps) == (0.01, 5.0, ("shift",))
    assert problem.clip == pytest.approx(10 / 75)
    assert not problem.adapts("block_0/shift")
    assert problem.adapts("block_0/kernel")


def test_every_class_has_as_many_examples() -> None:
    targets = draw(Problem.of(settings_of("mini-imagenet")))["query_targets"]
    np.testing.assert_array_equal(targets.sum(axis=1), 15)
    np.testing.assert_array_equal(targets.sum(axis=2), 1)


def test_regression_tasks_are_sine_waves_of_one_amplitude() -> None:
    arrays = draw(Problem.of(settings_of("sinusoid")))
    assert np.abs(arrays["support_targets"]).max() <= 5
    inputs = np.concatenate([arrays["support_inputs"], arrays["query_inputs"]], axis=1)[0, :, 0]
    targets = np.concatenate([arrays["support_targets"], arrays["query_targets"]], axis=1)[0, :, 0]
    basis = np.stack([np.sin(inputs), np.cos(inputs)], axis=1)
    fit, *_ = np.linalg.lstsq(basis, targets, rcond=None)
    np.testing.assert_allclose(basis @ fit, targets, atol=1e-4)


def test_the_same_seed_draws_the_same_tensors() -> None:
    problem = Problem.of(settings_of("sinusoid"))
    first, second, other = draw(problem), draw(problem), draw(problem, seed=1)
    assert first.keys() == second.keys() == other.keys()
    for name in parameters(problem, first):
        np.testing.assert_array_equal(first[name], second[name])
        assert not np.array_equal(first[name], other[name])
    assert all(array.dtype == np.float32 for array in first.values())
    tf.debugging.assert_all_finite(first["query_targets"], "targets")
