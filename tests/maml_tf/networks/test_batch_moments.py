from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MLP, BatchNormalization, ContextVector, Conv4, SettingError
from maml_tf.networks.batch_moments import apply_with_moments, has_averages, move_averages
from maml_tf.networks.moments import Moments
from maml_tf.networks.normalization import Statistics

TASKS = 3
NETWORK = MLP(
    inputs=2,
    hidden=(4, 3),
    outputs=2,
    normalization=BatchNormalization(statistics="running averages"),
    standard_deviation=1.0,
)
INPUTS = tf.constant(np.random.default_rng(0).normal(size=[TASKS, 7, 2]).astype(np.float32))


def test_the_moments_are_those_before_each_normalisation() -> None:
    parameters = NETWORK.initialize(0)

    _, found = apply_with_moments(NETWORK, parameters, INPUTS)

    features = INPUTS.numpy()
    assert list(found) == ["layer_0", "layer_1"]
    for name, moments in found.items():
        features = features @ parameters[name]["kernel"].numpy()
        mean, variance = features.mean(1, keepdims=True), features.var(1, keepdims=True)
        np.testing.assert_allclose(moments.mean, mean, atol=1e-5)
        np.testing.assert_allclose(moments.variance, variance, rtol=1e-4)
        features = np.maximum((features - mean) / np.sqrt(variance + 1e-3), 0)


@pytest.mark.parametrize("statistics", ["running averages", "support set"])
def test_the_outputs_are_normalised_by_the_batch_at_hand(statistics: Statistics) -> None:
    network = replace(NETWORK, normalization=BatchNormalization(statistics=statistics, epsilon=0.5))
    parameters = network.initialize(0)

    outputs, _ = apply_with_moments(network, parameters, INPUTS)

    by_batch = replace(network, normalization=BatchNormalization(epsilon=0.5))
    np.testing.assert_array_equal(outputs, by_batch.apply(parameters, INPUTS))


def test_each_block_of_a_convolutional_network_is_noted() -> None:
    network = Conv4(image=(16, 16, 1), outputs=2, filters=2, downsampling="max pool", summary="flatten")

    _, found = apply_with_moments(network, network.initialize(0), tf.ones([TASKS, 2, 16, 16]))

    assert list(found) == ["block_0", "block_1", "block_2", "block_3"]
    assert found["block_0"].mean.shape == (TASKS, 1, 1, 1, 2)


def test_a_network_without_normalisation_has_no_moments() -> None:
    network = MLP(inputs=2, hidden=(4,), outputs=2)
    parameters = network.initialize(0)

    outputs, found = apply_with_moments(network, parameters, INPUTS)

    assert found == {}
    np.testing.assert_array_equal(outputs, network.apply(parameters, INPUTS))


def test_running_averages_of_a_network_within_another_one_are_refused() -> None:
    wrapped = ContextVector(network=replace(NETWORK, inputs=3), shape=(1,))
    with pytest.raises(SettingError, match="must be those of the network itself, not of one within ContextVector"):
        apply_with_moments(wrapped, wrapped.initialize(0), INPUTS)


def test_a_network_within_another_one_is_normalised_by_the_batch_at_hand() -> None:
    normalization = BatchNormalization(statistics="support set")
    wrapped = ContextVector(network=replace(NETWORK, inputs=3, normalization=normalization), shape=(1,))
    by_batch = replace(wrapped, network=replace(NETWORK, inputs=3, normalization=BatchNormalization()))
    parameters = wrapped.initialize(0)

    outputs, found = apply_with_moments(wrapped, parameters, INPUTS)

    assert found == {}
    np.testing.assert_array_equal(outputs, by_batch.apply(parameters, INPUTS))


@pytest.mark.parametrize("statistics", ["running averages", "support set"])
def test_averages_are_found_wherever_they_are(statistics: Statistics) -> None:
    own = replace(NETWORK, normalization=BatchNormalization(statistics=statistics)).initialize(0)
    for parameters in (own, {"network": own}, [own], (tf.zeros([1]), {"deep": [own]})):
        assert has_averages(parameters) == (statistics == "running averages")
    assert not has_averages({"mean": tf.zeros([1]), "variance": tf.ones([1])})


def layer(**averages: float) -> dict[str, Any]:
    return {"shift": tf.zeros([1])} | {name: tf.constant([value]) for name, value in averages.items()}


def test_averages_move_a_share_of_the_way() -> None:
    parameters = {"one": layer(mean=1.0, variance=2.0), "without": layer(), "last": layer(mean=5.0, variance=5.0)}
    towards = Moments(tf.constant([3.0]), tf.constant([10.0]))

    moved = move_averages(parameters, {"one": towards, "without": towards}, 0.25)

    assert moved["one"]["mean"].numpy().tolist() == [1.5]
    assert moved["one"]["variance"].numpy().tolist() == [4.0]
    assert moved["one"]["shift"] is parameters["one"]["shift"]
    assert moved["without"] is parameters["without"]
    assert moved["last"] is parameters["last"]
