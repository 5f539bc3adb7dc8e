"""Multi-layer perceptrons: shapes, initialisation, settings."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MLP, BatchNormalization, SettingError
from maml_tf.naming import leaf_names
from maml_tf.networks import Shared


def size(network: MLP) -> int:
    return sum(int(tf.size(value)) for value in tf.nest.flatten(network.initialize(0)))


def test_networks_of_the_paper_have_the_published_numbers_of_parameters() -> None:
    omniglot = MLP(inputs=784, hidden=(256, 128, 64, 64), outputs=5, normalization=BatchNormalization())

    assert size(MLP(inputs=1, hidden=(40, 40), outputs=1)) == 1_761
    assert size(omniglot) == 247_109


def test_parameters_are_named_by_layer() -> None:
    network = MLP(inputs=3, hidden=(4,), outputs=2, normalization=BatchNormalization())

    parameters = network.initialize(0)

    names = ["layer_0/bias", "layer_0/kernel", "layer_0/shift", "layer_1/bias", "layer_1/kernel"]
    assert leaf_names(parameters) == names
    assert [list(value.shape) for value in tf.nest.flatten(parameters)] == [[4], [3, 4], [4], [2], [4, 2]]


@pytest.mark.parametrize("standard_deviation", [0.01, 0.5])
def test_kernels_are_drawn_from_a_truncated_normal(standard_deviation: float) -> None:
    network = MLP(inputs=200, hidden=(200,), outputs=1, standard_deviation=standard_deviation)

    kernel = network.initialize(0)["layer_0"]["kernel"].numpy() / standard_deviation

    assert np.abs(kernel).max() <= 2
    assert kernel.mean() == pytest.approx(0, abs=0.02)
    assert kernel.std() == pytest.approx(0.8796, abs=0.02), "the value for truncation at two standard deviations"


def test_seeds_and_layers_are_drawn_independently() -> None:
    network = MLP(inputs=4, hidden=(4,), outputs=4)
    kernels = [network.initialize(seed)[layer]["kernel"].numpy() for seed in (0, 1) for layer in ("layer_0", "layer_1")]

    assert len({kernel.tobytes() for kernel in kernels}) == 4


@pytest.mark.parametrize("seed", [7, 2**40])
def test_a_seed_may_be_a_tensor(seed: int) -> None:
    network = MLP(inputs=4, hidden=(), outputs=4)

    drawn = network.initialize(tf.constant(seed, tf.int64))["layer_0"]["kernel"]

    np.testing.assert_array_equal(drawn, network.initialize(seed)["layer_0"]["kernel"])


def test_hidden_layers_are_rectified_and_the_last_is_linear() -> None:
    network = MLP(inputs=1, hidden=(1,), outputs=1)
    layers = [{"kernel": tf.constant([[factor]]), "bias": tf.constant([0.0])} for factor in (1.0, -2.0)]

    outputs = network.apply({"layer_0": layers[0], "layer_1": layers[1]}, tf.constant([[[-3.0], [3.0]]]))

    np.testing.assert_array_equal(outputs, [[[0.0], [-6.0]]])


def test_inputs_with_more_axes_are_flattened() -> None:
    network = MLP(inputs=6, hidden=(4,), outputs=2)
    parameters, images = network.initialize(0), tf.random.stateless_normal([2, 5, 3, 2], (0, 0))

    outputs = network.apply(parameters, images)

    np.testing.assert_array_equal(outputs, network.apply(parameters, tf.reshape(images, [2, 5, 6])))


def test_inputs_of_another_type_are_refused() -> None:
    network = MLP(inputs=1, hidden=(2,), outputs=1)

    with pytest.raises(SettingError, match=r"inputs must be float32, like the parameters, not float64: use tf\.cast"):
        network.apply(network.initialize(0), np.zeros([1, 2, 1]))


def test_hidden_layers_are_normalised_before_the_rectifier() -> None:
    network = MLP(inputs=1, hidden=(1,), outputs=1, normalization=BatchNormalization(epsilon=1e-12))
    layer = {"kernel": tf.constant([[1.0]]), "bias": tf.constant([5.0])}
    parameters = {"layer_0": layer | {"shift": tf.constant([0.5])}, "layer_1": layer}

    outputs = network.apply(parameters, tf.constant([[[10.0], [20.0]]]))

    # Normalised to -1 and 1, shifted, rectified, then the last layer adds 5.
    np.testing.assert_allclose(outputs, [[[5.0], [6.5]]], rtol=1e-6)


def test_shared_parameters_give_the_same_bits() -> None:
    network = MLP(inputs=1, hidden=(3,), outputs=1)
    parameters = network.initialize(0)
    declared = tf.nest.map_structure(lambda value: Shared(value, tf.zeros([2, *value.shape])), parameters)
    inputs = tf.constant([[[1.0]], [[2.0]]])

    np.testing.assert_array_equal(network.apply(declared, inputs), network.apply(parameters, inputs))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": 0}, "inputs must be 1 or more, not 0"),
        ({"outputs": -1}, "outputs must be 1 or more, not -1"),
        ({"hidden": (40, 0)}, r"hidden must be numbers of units, each 1 or more, not \(40, 0\)"),
        ({"standard_deviation": -0.1}, "standard_deviation must be 0 or more, not -0.1"),
        ({"standard_deviation": float("nan")}, "standard_deviation must be 0 or more, not nan"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        MLP(**{"inputs": 1, "hidden": (40,), "outputs": 1, **change})


@pytest.mark.parametrize("shape", [(5,), (2, 2), ()])
def test_another_number_of_features_is_refused(shape: tuple[int, ...]) -> None:
    network = MLP(inputs=6, hidden=(4,), outputs=2)
    with pytest.raises(SettingError, match=r"inputs must have 6 features in each example, not the shape \("):
        network.apply(network.initialize(0), tf.zeros([3, 2, *shape]))
