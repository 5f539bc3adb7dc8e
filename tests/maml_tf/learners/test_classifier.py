"""Ordinary training of a classifier on all classes."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MLP,
    Adam,
    BatchNormalization,
    Classifier,
    Conv4,
    LabelledImages,
    SettingError,
    Training,
    accuracy,
    softmax_cross_entropy,
    train,
)
from tests.maml_tf.learners.coloured import COLOURED, SIDE

CLASSES = len(COLOURED.names)
TASKS = LabelledImages(images=COLOURED, batch=12)
AVERAGED = BatchNormalization(statistics="running averages")
FLAT = MLP(inputs=SIDE * SIDE * 3, hidden=(5,), outputs=CLASSES, normalization=AVERAGED, standard_deviation=0.1)
LEARNER = Classifier(network=FLAT, meta_optimizer=Adam(learning_rate=0.01))


def test_it_learns_classes_that_differ_in_colour() -> None:
    network = Conv4(
        image=(SIDE, SIDE, 3),
        outputs=CLASSES,
        filters=4,
        downsampling="max pool",
        summary="flatten",
        normalization=AVERAGED,
    )
    learner = Classifier(network=network, meta_optimizer=Adam(learning_rate=0.02))
    state = learner.begin(0)
    plan = TASKS.sample((0, 0), 20)

    losses = [float(learner.update(state, TASKS.episodes(plan[index : index + 1]))) for index in range(20)]

    assert losses[-1] < losses[0] / 4
    batch = TASKS.episodes(TASKS.sample((1, 0), 1)).support
    # The network now uses the running averages, so this fails if they have not been trained.
    assert np.mean(accuracy(network.apply(state.parameters, batch.inputs), batch.targets)) > 90


def test_an_update_is_a_step_of_the_meta_optimizer_on_the_mean_loss_of_the_batch() -> None:
    episodes = TASKS.episodes(TASKS.sample((0, 0), 2))
    state, plain = LEARNER.begin(0), LEARNER.begin(0)
    by_batch = replace(FLAT, normalization=BatchNormalization())

    loss = LEARNER.update(state, episodes)

    inputs, targets = episodes.support
    expected = plain.descend(
        lambda parameters: tf.reduce_mean(softmax_cross_entropy(by_batch.apply(parameters, inputs), targets))
    )
    assert float(loss) == pytest.approx(float(expected))
    for name in ("kernel", "shift"):
        np.testing.assert_allclose(state.parameters["layer_0"][name], plain.parameters["layer_0"][name], atol=1e-6)
    np.testing.assert_allclose(state.parameters["layer_1"]["kernel"], plain.parameters["layer_1"]["kernel"], atol=1e-6)
    assert state.iteration.numpy() == 1


def test_every_batch_moves_the_running_averages() -> None:
    plan = TASKS.sample((0, 0), 4)
    state = LEARNER.begin(0)
    mean, variance = np.zeros(5), np.ones(5)

    for batch in (plan[:2], plan[2:]):
        episodes = TASKS.episodes(batch)
        layer = state.parameters["layer_0"]
        features = episodes.support.inputs.numpy().reshape(2, 12, -1) @ layer["kernel"].numpy() + layer["bias"].numpy()
        mean = 0.9 * mean + 0.1 * features.mean(axis=1).mean(axis=0)
        variance = 0.9 * variance + 0.1 * features.var(axis=1).mean(axis=0)
        LEARNER.update(state, episodes)

    np.testing.assert_allclose(state.parameters["layer_0"]["mean"], mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(state.parameters["layer_0"]["variance"], variance, rtol=1e-4)


def test_the_training_loop_does_what_single_updates_do() -> None:
    trained = train(LEARNER, TASKS, Training(iterations=3, meta_batch=1, chunk=3))

    state, plan = LEARNER.begin(0), TASKS.sample((0, 0), 3)
    for index in range(3):
        LEARNER.update(state, TASKS.episodes(plan[index : index + 1]))
    for layer, name in (("layer_0", "kernel"), ("layer_0", "shift"), ("layer_0", "variance"), ("layer_1", "kernel")):
        # Adam amplifies rounding errors, most of all for the bias that normalisation removes, so it is not compared.
        np.testing.assert_allclose(trained.parameters[layer][name], state.parameters[layer][name], atol=1e-3)


def test_nothing_adapts_at_test() -> None:
    parameters, episodes = FLAT.initialize(0), TASKS.episodes(TASKS.sample((0, 0), 2))
    episodes = episodes._replace(query=episodes.support)

    predictions = LEARNER.predict(parameters, episodes, 2)

    assert len(predictions) == 3
    for outputs in predictions:
        np.testing.assert_array_equal(outputs, FLAT.apply(parameters, episodes.query.inputs))


@pytest.mark.parametrize("momentum", [0.0, 1.5])
def test_a_momentum_out_of_range_is_refused(momentum: float) -> None:
    with pytest.raises(SettingError, match=f"momentum must be above 0 and at most 1, not {momentum}"):
        Classifier(network=FLAT, momentum=momentum)
