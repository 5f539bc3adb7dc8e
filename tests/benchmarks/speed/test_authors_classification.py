"""The authors' program for classification computes the same losses as the library, so both time one method."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.settings import build
from benchmarks.speed import authors_classification
from maml_tf import Episodes, Examples

STEPS = 2
SETTINGS = {
    name: CATALOGUE[race.experiment].settings("paper", "code")
    for name, race in CATALOGUE.races.items()
    if race.image is not None
}


def authors_losses(
    settings: Mapping[str, Any], episodes: list[np.ndarray]
) -> tuple[list[np.ndarray], list[float], int]:
    """Returns the initial weights, the query losses of the first task after each step, and the number of parameters."""
    network, shot = settings["learner"]["network"], settings["tasks"]["shot"]
    make = authors_classification._convolutional if "filters" in network else authors_classification._fully_connected
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        weights, forward = make(tf, network)
        first = tuple(tf.constant(array[0]) for array in episodes)
        rate = settings["learner"]["inner_loop"]["learning_rate"]
        losses = authors_classification._losses(tf, forward, weights, first, rate, shot, STEPS)
        session.run(tf.compat.v1.global_variables_initializer())
        values, losses = session.run([list(weights.values()), losses[1 : STEPS + 1]])
        return values, losses, sum(np.prod(variable.shape) for variable in tf.compat.v1.trainable_variables())


def library_losses(settings: Mapping[str, Any], episodes: list[np.ndarray], weights: list[np.ndarray]) -> list[float]:
    """Returns the same losses computed by the library from the same weights."""
    learner = build(settings["learner"])
    parameters = learner.network.initialize(0)
    layers = zip(parameters.values(), weights[::2], weights[1::2], strict=True)
    for layer, kernel, bias in layers:
        layer["kernel"], layer["bias"] = tf.constant(kernel), tf.constant(bias)
    support, query = (Examples(*(tf.constant(array[:1]) for array in part)) for part in (episodes[:2], episodes[2:]))
    if "image" in settings["learner"]["network"]:
        image = settings["learner"]["network"]["image"]
        support, query = (part._replace(inputs=tf.reshape(part.inputs, [1, -1, *image])) for part in (support, query))
    predictions = learner.predict(parameters, Episodes(support, query, tf.zeros([1, 0])), STEPS)
    shot = settings["tasks"]["shot"]
    return [float(tf.reduce_sum(learner.loss(outputs, query.targets))) / shot for outputs in predictions[1:]]


@pytest.mark.parametrize("race", SETTINGS)
def test_it_is_the_method_of_the_library(race: str) -> None:
    settings = SETTINGS[race]
    episodes = authors_classification._noise(settings)
    weights, losses, count = authors_losses(settings, episodes)
    np.testing.assert_allclose(library_losses(settings, episodes, weights), losses, rtol=1e-3)
    own = build(settings["learner"]).network.initialize(0)
    assert count == sum(int(tf.size(leaf)) for leaf in tf.nest.flatten(own))


@pytest.mark.parametrize("race", SETTINGS)
def test_its_tasks_are_as_large_as_those_of_the_experiment(race: str) -> None:
    settings = SETTINGS[race]
    tasks, batch = settings["tasks"], settings["training"]["meta_batch"]
    inputs, labels, queries, targets = authors_classification._noise(settings)
    assert labels.shape == (batch, tasks["ways"] * tasks["shot"], tasks["ways"])
    assert targets.shape == (batch, tasks["ways"] * tasks["query"], tasks["ways"])
    assert (inputs.shape[1], queries.shape[1]) == (labels.shape[1], targets.shape[1])
    np.testing.assert_array_equal(labels.sum(axis=-1), 1)
