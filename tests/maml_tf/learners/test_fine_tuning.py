"""Fine-tuning, against a plain computation of one task after another."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MLP,
    BatchNormalization,
    Classifier,
    Conv4,
    FewShotImages,
    FineTuning,
    InnerLoop,
    Protocol,
    SettingError,
    accuracy,
    evaluate,
    softmax_cross_entropy,
)
from maml_tf.naming import leaf_names
from tests.maml_tf.learners.coloured import COLOURED, SIDE

WAYS, CLASSES, RATE = 3, 6, 0.1
AVERAGED = BatchNormalization(statistics="running averages")
TASKS = FewShotImages(images=COLOURED, ways=WAYS, shot=2, query=4)
DRAWN = TASKS.episodes(TASKS.sample((0, 0), 2))
FLAT = MLP(inputs=SIDE * SIDE * 3, hidden=(5,), outputs=WAYS, normalization=AVERAGED, standard_deviation=0.1)
CONVOLUTIONAL = Conv4(
    image=(SIDE, SIDE, 3),
    outputs=WAYS,
    filters=4,
    downsampling="max pool",
    summary="flatten",
    normalization=AVERAGED,
)


def fine_tuning(network: Any = FLAT, **changes: Any) -> FineTuning:
    """Returns a learner that takes two steps; its last layer has the name that `MLP` gives it."""
    loop = InnerLoop(steps=2, learning_rate=RATE, **changes.pop("loop", {}))
    settings = {"network": network, "loss": softmax_cross_entropy, "inner_loop": loop, "last_layer": "layer_1"}
    return FineTuning(**settings | changes)


def trained(network: Any) -> Any:
    """Returns parameters like those of a trained `Classifier`, with more classes than a task has."""
    parameters = replace(network, outputs=CLASSES).initialize(0)
    return tf.nest.map_structure(
        lambda value: value + 0.1 * tf.cos(tf.range(value.shape[-1], dtype=tf.float32)), parameters
    )


def one_task(learner: FineTuning, parameters: Any, task: int) -> Any:
    """Fine-tunes to a single task, with running averages computed by NumPy."""
    inputs, targets = (tensor[task : task + 1] for tensor in DRAWN.support)
    by_batch = replace(FLAT, normalization=BatchNormalization())
    current = parameters | {"layer_1": FLAT.initialize(learner.seed)["layer_1"]}
    for _ in range(learner.inner_loop.steps):
        first = current["layer_0"]
        features = inputs.numpy().reshape(6, -1) @ first["kernel"].numpy() + first["bias"].numpy()
        tuned = {"layer_0": {name: first[name] for name in ("kernel", "bias", "shift")}, "layer_1": current["layer_1"]}
        with tf.GradientTape() as tape:
            tape.watch(tuned)
            loss = tf.reduce_mean(softmax_cross_entropy(by_batch.apply(tuned, inputs), targets))
        gradient = tape.gradient(loss, tuned)
        current = tf.nest.map_structure(lambda value, slope: value - RATE * slope, tuned, gradient)
        current["layer_0"] |= {
            "mean": 0.9 * first["mean"] + 0.1 * features.mean(axis=0),
            "variance": 0.9 * first["variance"] + 0.1 * features.var(axis=0),
        }
    return current


def test_every_task_is_fine_tuned_independently() -> None:
    learner, parameters = fine_tuning(), trained(FLAT)

    adapted = learner.adapt(parameters, DRAWN.support)[-1]
    outputs = learner.predict(parameters, DRAWN, 2)[-1]

    for task in range(2):
        expected = one_task(learner, parameters, task)
        for actual, value in zip(tf.nest.flatten(adapted), tf.nest.flatten(expected), strict=True):
            np.testing.assert_allclose(np.reshape(actual[task], value.shape), value, rtol=1e-4, atol=1e-5)
        alone = FLAT.apply(expected, DRAWN.query.inputs[task : task + 1])
        np.testing.assert_allclose(outputs[task], alone[0], rtol=1e-3, atol=1e-4)


def test_step_zero_is_the_trained_network_with_a_new_last_layer() -> None:
    parameters = trained(FLAT)

    outputs = fine_tuning(seed=5).predict(parameters, DRAWN, 0)[0]

    expected = FLAT.apply(parameters | {"layer_1": FLAT.initialize(5)["layer_1"]}, DRAWN.query.inputs)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


def test_the_seed_chooses_the_new_last_layer() -> None:
    parameters = trained(FLAT)

    one, same, other = (fine_tuning(seed=seed).adapt(parameters, DRAWN.support)[0] for seed in (0, 0, 1))

    np.testing.assert_array_equal(one["layer_1"]["kernel"], same["layer_1"]["kernel"])
    assert not np.array_equal(one["layer_1"]["kernel"], other["layer_1"]["kernel"])
    np.testing.assert_array_equal(one["layer_0"]["kernel"], other["layer_0"]["kernel"])


@pytest.mark.parametrize(
    ("loop", "changing"),
    [
        ({}, {"layer_0/kernel", "layer_0/shift", "layer_1/kernel", "layer_1/bias"}),
        ({"adapts": ("layer_1",)}, {"layer_1/kernel", "layer_1/bias"}),
        ({"keeps": ("shift", "bias")}, {"layer_0/kernel", "layer_1/kernel"}),
    ],
)
def test_only_what_adapts_and_the_averages_change(loop: Any, changing: set[str]) -> None:
    parameters = trained(FLAT)
    before = parameters | {"layer_1": FLAT.initialize(0)["layer_1"]}

    adapted = fine_tuning(loop=loop).adapt(parameters, DRAWN.support)[-1]

    names, values = leaf_names(before), tf.nest.flatten(before)
    changed = {
        name
        for name, old, new in zip(names, values, tf.nest.flatten(adapted), strict=True)
        if np.max(np.abs(new - old)) > 1e-6
    }
    assert changed == changing | {"layer_0/mean", "layer_0/variance"}


def test_trained_parameters_stay_as_they_are() -> None:
    parameters = trained(FLAT)
    copies = [value.numpy() for value in tf.nest.flatten(parameters)]

    fine_tuning().adapt(parameters, DRAWN.support)

    for value, copied in zip(tf.nest.flatten(parameters), copies, strict=True):
        np.testing.assert_array_equal(value, copied)


@pytest.mark.parametrize(("normalization", "depends"), [(AVERAGED, False), (BatchNormalization(), True)])
def test_query_sets_are_normalised_with_the_statistics_of_the_network(normalization: Any, depends: bool) -> None:
    network = replace(CONVOLUTIONAL, normalization=normalization)
    learner = fine_tuning(network, last_layer="linear")
    inputs = DRAWN.query.inputs
    others = DRAWN._replace(query=DRAWN.query._replace(inputs=tf.concat([inputs[:, :1], inputs[:, 1:] / 2], axis=1)))

    one, other = (learner.predict(trained(network), episodes, 1)[1][:, 0] for episodes in (DRAWN, others))

    assert bool(np.max(np.abs(one - other)) > 1e-4) == depends


def test_a_trained_classifier_learns_its_new_task() -> None:
    learner = fine_tuning(CONVOLUTIONAL, last_layer="linear", loop={"keeps": ()}).with_learning_rate(0.5)
    classifier = Classifier(network=replace(CONVOLUTIONAL, outputs=CLASSES))
    parameters = classifier.begin(0).parameters

    scores = evaluate(learner, parameters, TASKS, Protocol(tasks=10, steps=15, after=(0, 15)), accuracy).mean(axis=1)

    assert scores[0] < 60
    assert scores[1] > 90


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"momentum": 0.0}, "momentum must be above 0 and at most 1, not 0.0"),
        ({"momentum": 1.1}, "momentum must be above 0 and at most 1, not 1.1"),
    ],
)
def test_a_setting_out_of_range_is_refused(changes: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        fine_tuning(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"last_layer": "head"}, r"last_layer must be one of \['layer_0', 'layer_1'\], not 'head'"),
        ({"loop": {"adapts": ("layer_7",)}}, r"adapts must be first words of names among .*, not 'layer_7'"),
        ({"loop": {"keeps": ("biased",)}}, r"keeps must be last words of names among .*, not 'biased'"),
        ({"loop": {"adapts": ("layer_0/mean",)}}, r"adapts=\('layer_0/mean',\) leaves nothing but running averages"),
    ],
)
def test_names_that_the_parameters_do_not_have_are_refused(changes: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        fine_tuning(**changes).adapt(trained(FLAT), DRAWN.support)
