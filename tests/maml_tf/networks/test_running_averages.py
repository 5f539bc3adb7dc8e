"""Running averages: what they are averages of, and what they are for."""

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
from maml_tf.interfaces import Network, Parameters, Seed
from tests.maml_tf.problems import in_double
from tests.maml_tf.reference import largest_difference

CONV = Conv4(image=(18, 17, 1), outputs=3, filters=2, downsampling="max pool", summary="flatten")
PERCEPTRON = MLP(
    inputs=306,
    hidden=(6, 5),
    outputs=3,
    normalization=BatchNormalization(statistics="support set"),
    standard_deviation=0.1,
)
WRAPPED = ContextVector(network=replace(PERCEPTRON, inputs=2 * 306), shape=(1,))


@dataclass(frozen=True)
class Images:
    """Tasks of random images, each task with a contrast of its own; it notes what was drawn."""

    drawn: list[np.ndarray] = field(default_factory=list)

    def sample(self, seed: Seed, tasks: int) -> Any:
        return tf.random.stateless_normal([tasks, 4, 18, 17], seed, dtype=tf.float64)

    def episodes(self, plan: Any) -> Episodes:
        inputs = plan * np.arange(1, len(plan) + 1)[:, np.newaxis, np.newaxis, np.newaxis]
        self.drawn.append(inputs.numpy())
        examples = Examples(inputs, tf.zeros([len(plan), 4, 3], tf.float64))
        return Episodes(examples, Examples(examples.inputs + 9.0, examples.targets), tf.zeros([len(plan), 0]))


def biased(network: Network) -> Parameters:
    """Initial parameters, except that the biases of the first two layers are not zero."""
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
    np.testing.assert_allclose(averaged[first]["mean"], np.mean([np.mean(each, axes) for each in features], 0))
    np.testing.assert_allclose(averaged[first]["variance"], np.mean([np.var(each, axes) for each in features], 0))
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
def test_averages_of_one_support_set_normalise_it_as_itself(network: Any) -> None:
    tasks, parameters = Images(), biased(network)
    averaged = with_running_averages(network, parameters, tasks, batches=1, meta_batch=1, seed=5)

    statistics = BatchNormalization(statistics="running averages")
    outputs = replace(network, normalization=statistics).apply(averaged, tf.constant(tasks.drawn[0]))

    expected = network.apply(parameters, tf.constant(tasks.drawn[0]))
    assert largest_difference(outputs, expected) < 1e-12


def test_a_network_that_has_averages_receives_new_ones() -> None:
    network = replace(CONV, normalization=BatchNormalization(statistics="running averages", epsilon=0.1))

    averaged, usual = (
        with_running_averages(each, in_double(each.initialize(0)), Images(), batches=1, meta_batch=2, seed=5)
        for each in (network, replace(network, normalization=BatchNormalization(epsilon=0.1)))
    )

    assert averaged["block_3"].keys() == network.initialize(0)["block_3"].keys()
    assert largest_difference(averaged, usual) == 0
    other = with_running_averages(network, averaged, Images(), batches=1, meta_batch=2, seed=6)
    assert largest_difference(other, averaged) > 1e-3, "the seed chooses the tasks"


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
def test_what_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    settings: dict[str, Any] = {"network": PERCEPTRON, "batches": 1, "meta_batch": 1, "seed": 0} | change
    with pytest.raises(SettingError, match=message):
        with_running_averages(parameters=in_double(settings["network"].initialize(0)), tasks=Images(), **settings)
