"""The convolutional network: sizes, initialisation, values against NumPy."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import BatchNormalization, Conv4, InnerLoop, SettingError
from maml_tf.interfaces import Parameters
from maml_tf.naming import leaf_names
from tests.maml_tf.problems import EPSILON, in_double, problem
from tests.maml_tf.reference import finite_difference, largest_difference, meta_gradient

OMNIGLOT = Conv4(
    image=(28, 28, 1), outputs=5, filters=64, downsampling="stride", summary="mean", linear_standard_deviation=1.0
)
MINI_IMAGENET = Conv4(image=(84, 84, 3), outputs=5, filters=32, downsampling="max pool", summary="flatten")
TINY = Conv4(image=(5, 6, 2), outputs=3, filters=3, downsampling="stride", summary="flatten")


def size(network: Conv4) -> int:
    return sum(int(tf.size(value)) for value in tf.nest.flatten(network.initialize(0)))


def drawn(network: Conv4) -> Parameters:
    """Draws parameters that are all different from zero."""
    random = np.random.default_rng(0)
    return tf.nest.map_structure(lambda value: tf.constant(random.normal(size=value.shape)), network.initialize(0))


def images(network: Conv4, *leading: int) -> Any:
    return tf.constant(np.random.default_rng(1).normal(size=[*leading, *network.image]))


def convolved_by_numpy(inputs: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Convolves pixel by pixel; if the number of padding zeros is odd, one more follows the image than precedes it."""
    examples, *sides, _ = inputs.shape
    after = [-(-side // stride) for side in sides]
    missing = [max((new - 1) * stride + 3 - side, 0) for new, side in zip(after, sides, strict=True)]
    padded = np.pad(inputs, [(0, 0), *((zeros // 2, zeros - zeros // 2) for zeros in missing), (0, 0)])
    outputs = np.zeros([examples, *after, kernel.shape[-1]])
    for row, column in np.ndindex(*after):
        patch = padded[:, row * stride : row * stride + 3, column * stride : column * stride + 3]
        outputs[:, row, column] = np.tensordot(patch, kernel, axes=3)
    return outputs


def pooled_by_numpy(inputs: np.ndarray) -> np.ndarray:
    height, width = (side // 2 for side in inputs.shape[1:3])
    even = inputs[:, : 2 * height, : 2 * width]
    return np.asarray(even.reshape(len(inputs), height, 2, width, 2, -1).max(axis=(2, 4)))


def applied_by_numpy(network: Conv4, parameters: Parameters, inputs: np.ndarray) -> np.ndarray:
    """Applies the network to one task in the order of the authors' program, which pools last."""
    features = inputs
    for index in range(4):
        layer = tf.nest.map_structure(np.asarray, parameters[f"block_{index}"])
        features = convolved_by_numpy(features, layer["kernel"], 2 if network.downsampling == "stride" else 1)
        features = features + layer["bias"]
        mean, variance = features.mean(axis=(0, 1, 2)), features.var(axis=(0, 1, 2))
        features = np.maximum((features - mean) / np.sqrt(variance + EPSILON) + layer["shift"], 0)
        features = pooled_by_numpy(features) if network.downsampling == "max pool" else features
    features = features.mean(axis=(1, 2)) if network.summary == "mean" else features.reshape(len(features), -1)
    return np.asarray(features @ parameters["linear"]["kernel"].numpy() + parameters["linear"]["bias"].numpy())


@pytest.mark.parametrize(
    ("network", "parameters"),
    [
        (OMNIGLOT, 112_005),
        (replace(OMNIGLOT, outputs=20), 112_980),
        (MINI_IMAGENET, 32_773),
    ],
)
def test_networks_of_the_paper_have_the_published_numbers_of_parameters(network: Conv4, parameters: int) -> None:
    assert size(network) == parameters


def test_running_averages_are_counted_with_the_parameters() -> None:
    averaged = replace(MINI_IMAGENET, normalization=BatchNormalization(statistics="running averages"))

    assert size(averaged) == 32_773 + 4 * 2 * 32


@pytest.mark.parametrize(
    ("image", "downsampling", "summary"),
    [
        ((5, 6, 2), "stride", "mean"),
        ((6, 28, 1), "stride", "flatten"),
        ((33, 18, 2), "stride", "flatten"),
        ((16, 37, 2), "max pool", "flatten"),
        ((33, 18, 1), "max pool", "mean"),
    ],
)
def test_values_equal_the_plain_computation(image: Any, downsampling: Any, summary: Any) -> None:
    network = replace(TINY, image=image, downsampling=downsampling, summary=summary)
    parameters, inputs = drawn(network), images(network, 2, 3)

    outputs = network.apply(parameters, inputs)

    expected = [applied_by_numpy(network, parameters, task) for task in inputs.numpy()]
    np.testing.assert_allclose(outputs, expected, rtol=1e-9, atol=1e-9)


def test_an_image_of_two_dimensions_has_one_channel() -> None:
    network = replace(TINY, image=(5, 6, 1))
    parameters, inputs = drawn(network), images(network, 2, 3)

    np.testing.assert_array_equal(network.apply(parameters, inputs[..., 0]), network.apply(parameters, inputs))


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("name", ["convolutions, strides", "convolutions, max-pooling"])
def test_meta_gradient_equals_finite_differences(name: str, steps: int) -> None:
    chosen, loop = problem(name), InnerLoop(steps=steps, learning_rate=0.1, keeps=("shift",))
    parameters, episodes = chosen.parameters(5), chosen.episodes(5)

    _, gradient = meta_gradient(chosen, loop, parameters, episodes)

    direction = [np.random.default_rng(steps).normal(size=slope.shape) for slope in gradient]
    numeric = finite_difference(lambda value: chosen.learner(loop).objective(value, episodes), parameters, direction)
    exact = sum(float(np.sum(slope * step)) for slope, step in zip(gradient, direction, strict=True))
    assert numeric == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("network", [OMNIGLOT, MINI_IMAGENET])
def test_convolutions_are_drawn_from_glorots_uniform_distribution(network: Conv4) -> None:
    parameters = network.initialize(0)

    for index, channels in enumerate([network.image[2], *[network.filters] * 3]):
        kernel = parameters[f"block_{index}"]["kernel"].numpy()
        limit = np.sqrt(6 / (9 * (channels + network.filters)))
        assert 0.97 * limit < np.abs(kernel).max() <= limit
        assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.05)
        assert kernel.mean() == pytest.approx(0, abs=0.1 * limit)


def test_the_linear_layer_is_drawn_from_the_normal_or_like_the_convolutions() -> None:
    normal = OMNIGLOT.initialize(0)["linear"]["kernel"].numpy()
    narrower = replace(OMNIGLOT, linear_standard_deviation=0.1).initialize(0)["linear"]["kernel"].numpy()
    uniform = MINI_IMAGENET.initialize(0)["linear"]["kernel"].numpy()

    assert normal.shape == (64, 5)
    assert normal.std() == pytest.approx(1, rel=0.1)
    np.testing.assert_allclose(narrower, 0.1 * normal, rtol=1e-6)
    assert uniform.shape == (800, 5)
    assert 0.99 < np.abs(uniform).max() / np.sqrt(6 / 805) <= 1


def test_seeds_and_layers_are_drawn_independently() -> None:
    network = replace(TINY, image=(5, 6, 3))
    kernels = [layer["kernel"].numpy() for seed in (0, 1) for layer in network.initialize(seed).values()]

    assert len({kernel.tobytes() for kernel in kernels}) == 10
    np.testing.assert_array_equal(network.initialize(tf.constant(1, tf.int64))["block_0"]["kernel"], kernels[5])


def test_parameters_are_named_by_block() -> None:
    names = leaf_names(TINY.initialize(0))

    blocks = [f"block_{index}/{name}" for index in range(4) for name in ("bias", "kernel", "shift")]
    assert names == [*blocks, "linear/bias", "linear/kernel"]


@pytest.mark.parametrize(
    "change",
    [
        {"downsampling": "max pool"},
        {"normalization": BatchNormalization(epsilon=0.1)},
        {"convolution_type": "bfloat16"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_setting_changes_the_outputs(change: dict[str, Any]) -> None:
    network = replace(TINY, image=(16, 16, 2))
    changed = replace(network, **change)
    parameters, inputs = in_double(network.initialize(0)), images(network, 1, 4)

    assert largest_difference(network.apply(parameters, inputs), changed.apply(parameters, inputs)) > 1e-3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"downsampling": "maxpool"}, r"downsampling must be one of \('stride', 'max pool'\), not 'maxpool'"),
        ({"summary": "max"}, r"summary must be one of \('mean', 'flatten'\), not 'max'"),
        ({"convolution_type": "float16"}, r"convolution_type must be one of \('bfloat16', None\), not 'float16'"),
        ({"outputs": 0}, "outputs must be 1 or more, not 0"),
        ({"filters": -1}, "filters must be 1 or more, not -1"),
        ({"image": (0, 28, 1)}, r"a pixel left after four halvings, not \(0, 28, 1\)"),
        ({"image": (28, 28, 0)}, r"a pixel left after four halvings, not \(28, 28, 0\)"),
        ({"image": (28, 28)}, r"image must be height, width and channels, .* not \(28, 28\)"),
        ({"image": (15, 16, 1), "downsampling": "max pool"}, r"a pixel left .* not \(15, 16, 1\)"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(TINY, **change)


@pytest.mark.parametrize("shape", [(3, 20, 20), (25, 16, 3), (1200,), (20, 20), (20, 60), (20, 20, 3, 1)])
@pytest.mark.parametrize("as_support", [False, True])
def test_images_in_another_layout_are_refused_with_both_shapes(shape: tuple[int, ...], as_support: bool) -> None:
    network = Conv4(image=(20, 20, 3), outputs=2, filters=2, downsampling="stride", summary="mean")
    right, wrong = tf.zeros([1, 2, 20, 20, 3]), tf.zeros([1, 2, *shape])
    with pytest.raises(
        SettingError, match=f"{re.escape(str(network.image))}, channels last, not {re.escape(str(shape))}"
    ):
        network.apply(network.initialize(0), *((right, wrong) if as_support else (wrong,)))


def test_grey_images_may_lack_the_axis_of_channels() -> None:
    grey, network = tf.constant(np.random.default_rng(2).random([1, 2, 28, 28]), tf.float32), OMNIGLOT
    parameters = network.initialize(0)
    np.testing.assert_array_equal(network.apply(parameters, grey), network.apply(parameters, grey[..., tf.newaxis]))
