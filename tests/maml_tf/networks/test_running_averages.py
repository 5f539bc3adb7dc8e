"""Running averages: how the moments of a batch are recorded, and how averages of them are updated or collected."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MLP,
    BatchNormalization,
    ContextVector,
    Conv4,
    Episodes,
    Examples,
    SettingError,
    with_running_averages,
)
from maml_tf.interfaces import Network, Parameters, Seed, Tensor
from maml_tf.networks import Pretrained
from maml_tf.networks.normalization import Moments, Statistics, apply_with_moments, has_averages, move_averages
from tests.maml_tf.problems import in_double
from tests.maml_tf.reference import largest_difference

TASKS = 3
NETWORK = MLP(
    inputs=2,
    hidden=(4, 3),
    outputs=2,
    normalization=BatchNormalization(statistics="running averages"),
    standard_deviation=1.0,
)
INPUTS = tf.constant(np.random.default_rng(0).normal(size=[TASKS, 7, 2]).astype(np.float32))
CONV = Conv4(image=(18, 17, 1), outputs=3, filters=2, downsampling="max pool", summary="flatten")
PERCEPTRON = MLP(
    inputs=306,
    hidden=(6, 5),
    outputs=3,
    normalization=BatchNormalization(statistics="support set"),
    standard_deviation=0.1,
)
WRAPPED = ContextVector(network=replace(PERCEPTRON, inputs=2 * 306), shape=(1,))


def test_the_moments_are_those_before_each_normalisation() -> None:
    parameters = NETWORK.initialize(0)

    _, by_layer = apply_with_moments(NETWORK, parameters, INPUTS)

    features = INPUTS.numpy()
    assert list(by_layer) == ["layer_0", "layer_1"]
    for name, moments in by_layer.items():
        features = features @ parameters[name]["kernel"].numpy()
        mean, variance = features.mean(1, keepdims=True), features.var(1, keepdims=True)
        np.testing.assert_allclose(moments.mean, mean, atol=1e-5)
        np.testing.assert_allclose(moments.variance, variance, rtol=1e-4)
        features = np.maximum((features - mean) / np.sqrt(variance + 1e-3), 0)


@pytest.mark.parametrize("statistics", ["running averages", "support set"])
def test_the_outputs_use_current_batch_statistics(statistics: Statistics) -> None:
    network = replace(NETWORK, normalization=BatchNormalization(statistics=statistics, epsilon=0.5))
    parameters = network.initialize(0)

    outputs, _ = apply_with_moments(network, parameters, INPUTS)

    by_batch = replace(network, normalization=BatchNormalization(epsilon=0.5))
    np.testing.assert_array_equal(outputs, by_batch.apply(parameters, INPUTS))


def test_every_block_of_a_convolutional_network_is_recorded() -> None:
    network = Conv4(image=(16, 16, 1), outputs=2, filters=2, downsampling="max pool", summary="flatten")

    _, by_layer = apply_with_moments(network, network.initialize(0), tf.ones([TASKS, 2, 16, 16]))

    assert list(by_layer) == ["block_0", "block_1", "block_2", "block_3"]
    assert by_layer["block_0"].mean.shape == (TASKS, 1, 1, 1, 2)


def test_a_network_without_normalisation_has_no_moments() -> None:
    network = MLP(inputs=2, hidden=(4,), outputs=2)
    parameters = network.initialize(0)

    outputs, by_layer = apply_with_moments(network, parameters, INPUTS)

    assert by_layer == {}
    np.testing.assert_array_equal(outputs, network.apply(parameters, INPUTS))


def test_running_averages_of_a_network_within_another_one_are_refused() -> None:
    wrapped = ContextVector(network=replace(NETWORK, inputs=3), shape=(1,))
    with pytest.raises(SettingError, match="must be those of the network itself, not of one within ContextVector"):
        apply_with_moments(wrapped, wrapped.initialize(0), INPUTS)


def test_a_network_within_another_one_uses_current_batch_statistics() -> None:
    normalization = BatchNormalization(statistics="support set")
    wrapped = ContextVector(network=replace(NETWORK, inputs=3, normalization=normalization), shape=(1,))
    by_batch = replace(wrapped, network=replace(NETWORK, inputs=3, normalization=BatchNormalization()))
    parameters = wrapped.initialize(0)

    outputs, by_layer = apply_with_moments(wrapped, parameters, INPUTS)

    assert by_layer == {}
    np.testing.assert_array_equal(outputs, by_batch.apply(parameters, INPUTS))


@pytest.mark.parametrize("statistics", ["running averages", "support set"])
def test_averages_are_found_at_any_depth(statistics: Statistics) -> None:
    own = replace(NETWORK, normalization=BatchNormalization(statistics=statistics)).initialize(0)
    for parameters in (own, {"network": own}, [own], (tf.zeros([1]), {"deep": [own]})):
        assert has_averages(parameters) == (statistics == "running averages")
    assert not has_averages({"mean": tf.zeros([1]), "variance": tf.ones([1])})


def layer(**averages: float) -> dict[str, Any]:
    return {"shift": tf.zeros([1])} | {name: tf.constant([value]) for name, value in averages.items()}


def test_averages_move_by_the_momentum() -> None:
    parameters = {"one": layer(mean=1.0, variance=2.0), "without": layer(), "last": layer(mean=5.0, variance=5.0)}
    towards = Moments(tf.constant([3.0]), tf.constant([10.0]))

    moved = move_averages(parameters, {"one": towards, "without": towards}, 0.25)

    assert moved["one"]["mean"].numpy().tolist() == [1.5]
    assert moved["one"]["variance"].numpy().tolist() == [4.0]
    assert moved["one"]["shift"] is parameters["one"]["shift"]
    assert moved["without"] is parameters["without"]
    assert moved["last"] is parameters["last"]


@dataclass(frozen=True)
class Images:
    """Tasks of random images that differ in contrast; the images are kept in `drawn`."""

    drawn: list[np.ndarray] = field(default_factory=list)

    def sample(self, seed: Seed, tasks: int) -> Any:
        return tf.random.stateless_normal([tasks, 4, 18, 17], seed, dtype=tf.float64)

    def episodes(self, plan: Any) -> Episodes:
        inputs = plan * np.arange(1, len(plan) + 1)[:, np.newaxis, np.newaxis, np.newaxis]
        self.drawn.append(inputs.numpy())
        examples = Examples(inputs, tf.zeros([len(plan), 4, 3], tf.float64))
        return Episodes(examples, Examples(examples.inputs + 9.0, examples.targets), tf.zeros([len(plan), 0]))


def biased(network: Network) -> Parameters:
    """Returns initial parameters in which the biases of the first two layers are not zero."""
    parameters = in_double(network.initialize(0))
    for name in sorted(parameters)[:2]:
        bias = parameters[name]["bias"]
        parameters[name] = parameters[name] | {"bias": tf.range(1.0, bias.shape[0] + 1.0, dtype=tf.float64)}
    return parameters


@pytest.mark.parametrize(("network", "normalised"), [(CONV, 4), (PERCEPTRON, 2)])
def test_layers_hold_the_averages_of_support_sets(network: Network, normalised: int) -> None:
    tasks, parameters = Images(), biased(network)

    averaged = with_running_averages(network, parameters, tasks, batches=3, meta_batch=2, seed=5)

    assert [inputs.shape for inputs in tasks.drawn] == [(2, 4, 18, 17)] * 3
    assert len({inputs.tobytes() for inputs in tasks.drawn}) == 3
    first, *_ = sorted(parameters)
    features = []
    for inputs in np.concatenate(tasks.drawn):
        layer = parameters[first]
        if network is CONV:
            features.append(tf.nn.conv2d(inputs[..., np.newaxis], layer["kernel"], 1, "SAME") + layer["bias"])
        else:
            features.append(tf.reshape(inputs, [4, -1]) @ layer["kernel"] + layer["bias"])
    axes = tuple(range(features[0].shape.rank - 1))
    np.testing.assert_allclose(averaged[first]["mean"], np.mean([np.mean(values, axes) for values in features], 0))
    np.testing.assert_allclose(averaged[first]["variance"], np.mean([np.var(values, axes) for values in features], 0))
    with_averages = [name for name, layer in averaged.items() if "variance" in layer]
    assert len(with_averages) == normalised
    assert all(averaged[name]["mean"].shape == parameters[name]["shift"].shape for name in with_averages)


@pytest.mark.parametrize("network", [CONV, PERCEPTRON])
def test_nothing_else_changes(network: Network) -> None:
    parameters = biased(network)

    averaged = with_running_averages(network, parameters, Images(), batches=1, meta_batch=2, seed=5)

    kept = {name: {key: layer[key] for key in parameters[name]} for name, layer in averaged.items()}
    assert all(one is other for one, other in zip(tf.nest.flatten(kept), tf.nest.flatten(parameters), strict=True))
    assert not any("mean" in layer for layer in parameters.values())


@pytest.mark.parametrize("network", [CONV, PERCEPTRON])
def test_averages_of_one_support_set_normalise_it_like_its_own_statistics(network: Any) -> None:
    tasks, parameters = Images(), biased(network)
    averaged = with_running_averages(network, parameters, tasks, batches=1, meta_batch=1, seed=5)

    statistics = BatchNormalization(statistics="running averages")
    outputs = replace(network, normalization=statistics).apply(averaged, tf.constant(tasks.drawn[0]))

    expected = network.apply(parameters, tf.constant(tasks.drawn[0]))
    assert largest_difference(outputs, expected) < 1e-12


def test_a_network_that_has_averages_receives_new_ones() -> None:
    network = replace(CONV, normalization=BatchNormalization(statistics="running averages", epsilon=0.1))

    averaged, usual = (
        with_running_averages(chosen, in_double(chosen.initialize(0)), Images(), batches=1, meta_batch=2, seed=5)
        for chosen in (network, replace(network, normalization=BatchNormalization(epsilon=0.1)))
    )

    assert averaged["block_3"].keys() == network.initialize(0)["block_3"].keys()
    assert largest_difference(averaged, usual) == 0
    other = with_running_averages(network, averaged, Images(), batches=1, meta_batch=2, seed=6)
    assert largest_difference(other, averaged) > 1e-3, "the seed chooses the tasks"


class FromSeedSeven(Pretrained):
    """A network whose initial weights are given."""

    def initialize(self, seed: int | Tensor) -> Parameters:
        del seed
        return self.network.initialize(7)


def test_a_pretrained_network_is_normalised_like_the_network_that_it_initialises() -> None:
    pretrained = FromSeedSeven(network=CONV)
    parameters = in_double(pretrained.initialize(0))

    averaged = with_running_averages(pretrained, parameters, Images(), batches=1, meta_batch=2, seed=5)

    expected = with_running_averages(CONV, parameters, Images(), batches=1, meta_batch=2, seed=5)
    assert "mean" in averaged["block_0"]
    assert largest_difference(averaged, expected) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batches": 0}, "batches must be 1 or more, not 0"),
        ({"meta_batch": 0}, "meta_batch must be 1 or more, not 0"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"network": replace(PERCEPTRON, normalization=None)}, "need a network with .* of its own, not MLP"),
        ({"network": WRAPPED}, "need a network with batch normalisation of its own, not ContextVector"),
    ],
)
def test_settings_that_cannot_be_averaged_are_refused(change: dict[str, Any], message: str) -> None:
    settings: dict[str, Any] = {"network": PERCEPTRON, "batches": 1, "meta_batch": 1, "seed": 0} | change
    with pytest.raises(SettingError, match=message):
        with_running_averages(parameters=in_double(settings["network"].initialize(0)), tasks=Images(), **settings)
