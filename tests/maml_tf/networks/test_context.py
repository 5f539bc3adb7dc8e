"""The context vector: how it is concatenated to the inputs, and that only it adapts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MLP, BatchNormalization, ContextVector, Conv4, InnerLoop, SettingError, adapt
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.naming import leaf_names
from tests.maml_tf.problems import TASKS, problem
from tests.maml_tf.reference import largest_difference, meta_gradient

CONV = Conv4(image=(4, 5, 3), outputs=2, filters=2, downsampling="stride", summary="mean")


class Spy:
    """A network that returns its inputs, or those of the support set if there are any."""

    def initialize(self, seed: int | Tensor) -> Parameters:
        return {"seed": seed}

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        return inputs if support is None else support


def extended(shape: tuple[int, ...], context: Any, inputs: Any) -> np.ndarray:
    """Returns the inputs of the wrapped network."""
    network = ContextVector(network=Spy(), shape=shape)
    parameters = {"context": tf.constant(np.array(context)), "network": {}}
    outputs = network.apply(parameters, tf.constant(inputs)).numpy()
    as_support = network.apply(parameters, tf.zeros_like(inputs), tf.constant(inputs)).numpy()
    np.testing.assert_array_equal(as_support, outputs)
    return np.asarray(outputs)


def test_a_vector_is_joined_to_the_features() -> None:
    inputs = np.arange(12.0).reshape(2, 3, 2)

    together = extended((2,), [7.0, 8.0], inputs)
    apart = extended((2,), [[7.0, 8.0], [9.0, 10.0]], inputs)

    np.testing.assert_array_equal(together[..., :2], inputs)
    np.testing.assert_array_equal(apart[..., :2], inputs)
    np.testing.assert_array_equal(together[..., 2:], np.broadcast_to([7.0, 8.0], [2, 3, 2]))
    np.testing.assert_array_equal(apart[1, :, 2:], np.broadcast_to([9.0, 10.0], [3, 2]))


def test_channels_without_pixels_are_the_same_in_every_pixel() -> None:
    inputs = np.arange(24.0).reshape(2, 1, 2, 3, 2)

    outputs = extended((1,), [[7.0], [8.0]], inputs)

    np.testing.assert_array_equal(outputs[..., :2], inputs)
    np.testing.assert_array_equal(outputs[0, ..., 2], np.full([1, 2, 3], 7.0))
    np.testing.assert_array_equal(outputs[1, ..., 2], np.full([1, 2, 3], 8.0))


def test_each_pixel_can_have_its_own_values() -> None:
    inputs, context = np.arange(24.0).reshape(2, 2, 2, 3), np.arange(12.0).reshape(2, 3, 2)

    outputs = extended((2, 3, 2), context, inputs)
    apart = extended((2, 3, 2), np.stack([context, -context]), inputs)

    np.testing.assert_array_equal(outputs[..., :1], inputs[..., np.newaxis])
    np.testing.assert_array_equal(outputs[..., 1:], np.broadcast_to(context, [2, 2, 2, 3, 2]))
    np.testing.assert_array_equal(apart[1, ..., 1:], np.broadcast_to(-context, [2, 2, 3, 2]))


def test_parameters_are_those_of_the_network_and_a_context_vector() -> None:
    network = ContextVector(network=CONV, shape=(4, 5, 1))

    parameters = network.initialize(3)

    assert leaf_names(parameters)[:2] == ["context", "network/block_0/bias"]
    assert largest_difference(parameters["network"], CONV.initialize(3)) == 0
    context = parameters["context"].numpy()
    assert context.shape == (4, 5, 1)
    assert 0.7 * np.sqrt(6 / 21) < np.abs(context).max() <= np.sqrt(6 / 21)
    assert largest_difference(network.initialize(4)["context"], context) > 0.1


def test_only_the_context_vector_adapts() -> None:
    chosen = problem("context vector, images")
    parameters, episodes = chosen.parameters(0), chosen.episodes(0)
    loop = InnerLoop(steps=2, learning_rate=0.1, adapts=("context",))

    last = adapt(loop, chosen.network, chosen.loss, parameters, episodes.support)[-1]
    _, gradient = meta_gradient(chosen, loop, parameters, episodes)
    _, of_all = meta_gradient(chosen, replace(loop, adapts=None), parameters, episodes)

    assert last["context"].shape == [TASKS, 3, 4, 1]
    assert all(
        one is other for one, other in zip(*map(tf.nest.flatten, (last["network"], parameters["network"])), strict=True)
    )
    assert largest_difference(last["context"], parameters["context"][tf.newaxis]) > 1e-3
    assert largest_difference(gradient, of_all) > 1e-3
    assert all(np.any(slope) for name, slope in zip(leaf_names(parameters), gradient, strict=True) if "kernel" in name)


def test_normalisation_removes_a_context_vector() -> None:
    normalised = MLP(inputs=4, hidden=(5,), outputs=2, normalization=BatchNormalization(), standard_deviation=0.5)
    inputs = tf.constant(np.random.default_rng(0).normal(size=[2, 6, 2]), tf.float32)

    for inner, remains in ((normalised, False), (replace(normalised, normalization=None), True)):
        network = ContextVector(network=inner, shape=(2,))
        parameters = network.initialize(0)
        before, after = (
            network.apply(parameters | {"context": context}, inputs) for context in (tf.zeros([2]), tf.ones([2]))
        )
        assert (largest_difference(before, after) > 1e-4) == remains


@pytest.mark.parametrize("shape", [(), (0,), (28, 28, -1)])
def test_a_shape_out_of_range_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingError, match="shape must be one or more numbers, each 1 or more, not"):
        ContextVector(network=CONV, shape=shape)


@pytest.mark.parametrize("shape", [(5, 4, 1), (4, 1, 1), (2, 4, 5, 1)])
def test_a_context_vector_for_images_of_another_size_is_refused(shape: tuple[int, ...]) -> None:
    network = ContextVector(network=CONV, shape=shape)
    with pytest.raises(SettingError, match=r"height and width of the images \(4, 5, 2\), not \("):
        network.apply(network.initialize(0), tf.zeros([1, 2, 4, 5, 2]))
