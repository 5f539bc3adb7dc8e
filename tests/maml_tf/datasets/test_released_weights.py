"""The weights that the authors released are assigned to the right parameters."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import BatchNormalization, Conv4, ReleasedWeights, SettingError
from maml_tf.datasets import DatasetMissing, find_authors_checkpoint, load_authors_checkpoint
from maml_tf.datasets.released_weights import renamed
from tests.maml_tf.real_data import folder_with

NETWORK = Conv4(image=(84, 84, 3), outputs=5, filters=32, downsampling="max pool", summary="flatten")
AVERAGED = replace(NETWORK, normalization=BatchNormalization(statistics="running averages"))


def authors_weights() -> dict[str, np.ndarray]:
    """Returns arrays with the names and shapes of the checkpoint, filled with distinct numbers."""
    shapes: dict[str, tuple[int, ...]] = {"model/conv1": (3, 3, 3, 32), "model/w5": (800, 5), "model/b5": (5,)}
    shapes |= {f"model/conv{layer}": (3, 3, 32, 32) for layer in (2, 3, 4)}
    shapes |= {f"model/Variable{suffix}": (32,) for suffix in ("", "_1", "_2", "_3")}
    shapes |= {f"model/{block}/beta": (32,) for block in range(4)}
    return {name: np.full(shape, number, np.float32) for number, (name, shape) in enumerate(sorted(shapes.items()))}


@pytest.fixture
def real() -> Path:
    return folder_with(find_authors_checkpoint)


@pytest.mark.parametrize("network", [NETWORK, AVERAGED])
def test_every_weight_is_assigned_to_its_parameter(network: Conv4) -> None:
    weights, initial = authors_weights(), network.initialize(0)

    parameters = renamed(weights, initial)

    for block, bias in enumerate(("model/Variable", "model/Variable_1", "model/Variable_2", "model/Variable_3")):
        layer = parameters[f"block_{block}"]
        np.testing.assert_array_equal(layer["kernel"], weights[f"model/conv{block + 1}"])
        np.testing.assert_array_equal(layer["bias"], weights[bias])
        np.testing.assert_array_equal(layer["shift"], weights[f"model/{block}/beta"])
    np.testing.assert_array_equal(parameters["linear"]["kernel"], weights["model/w5"])
    np.testing.assert_array_equal(parameters["linear"]["bias"], weights["model/b5"])
    tf.nest.assert_same_structure(parameters, initial)
    if network is AVERAGED:
        np.testing.assert_array_equal(parameters["block_2"]["variance"], np.ones(32))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda weights: weights.pop("model/b5"),
        lambda weights: weights.update({"model/4/beta": np.zeros(32)}),
        lambda weights: weights.update({"model/w5": np.zeros([5, 800])}),
    ],
    ids=["fewer", "more", "another shape"],
)
def test_other_weights_are_refused(spoil: Any) -> None:
    weights = authors_weights()
    spoil(weights)

    with pytest.raises(SettingError, match="the weights must be"):
        renamed(weights, NETWORK.initialize(0))


@pytest.mark.parametrize(
    "change", [{"filters": 64}, {"outputs": 20}, {"downsampling": "stride"}, {"image": (84, 84, 1)}]
)
def test_another_network_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="the released weights are those of Conv4"):
        ReleasedWeights(network=replace(NETWORK, **change))


def test_a_folder_without_the_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="the authors' checkpoint is not in"):
        ReleasedWeights(network=NETWORK, folder=tmp_path).initialize(0)


def test_the_real_weights_are_the_initialisation_whatever_the_seed(real: Path) -> None:
    released = ReleasedWeights(network=AVERAGED)

    parameters = released.initialize(7)

    np.testing.assert_array_equal(parameters["block_1"]["kernel"], load_authors_checkpoint(real)["model/conv2"])
    inputs = tf.random.stateless_uniform([1, 2, 84, 84, 3], (0, 0))
    np.testing.assert_array_equal(released.apply(parameters, inputs), AVERAGED.apply(parameters, inputs))
