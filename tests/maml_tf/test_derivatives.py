"""Second derivatives that TensorFlow lacks or leaves out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.framework.registry import Registry
from tensorflow.python.ops import nn_impl

from maml_tf import MAML, Adam, Episodes, Examples, InnerLoop, SettingError, State, squared_error
from maml_tf.derivatives import exact_derivatives
from maml_tf.networks import per_task

DRAWN = np.random.default_rng(0)


class Scaled:
    """A network that multiplies its inputs by a parameter and applies a function."""

    def __init__(self, function: Callable[[Any], Any], shape: list[int]) -> None:
        self.function, self.shape = function, shape

    def initialize(self, seed: Any) -> Any:
        del seed
        return {"factor": tf.constant(DRAWN.normal(size=self.shape), tf.float64)}

    def apply(self, parameters: Any, inputs: Any, support: Any = None) -> Any:
        del support
        factor = per_task(parameters["factor"])
        factor = factor if factor.shape.rank > len(self.shape) else factor[tf.newaxis]
        outputs = self.function(tf.reshape(inputs * factor[:, tf.newaxis], [-1, *inputs.shape[2:]]))
        return tf.reshape(outputs, [*inputs.shape[:2], -1])


def slope_error(network: Scaled, size: int, width: float) -> float:
    """Returns the relative error of the meta-gradient against a central difference of this width."""

    def examples() -> Examples:
        shape = [2, 3, *network.shape]
        return Examples(*(tf.constant(DRAWN.normal(size=each), tf.float64) for each in (shape, [2, 3, size])))

    learner = MAML(network=network, loss=squared_error, inner_loop=InnerLoop(steps=2, learning_rate=0.3))
    episodes = Episodes(examples(), examples(), tf.zeros([2, 0]))
    parameters = network.initialize(0)
    direction = DRAWN.normal(size=network.shape)
    _, [gradient] = State(parameters)._gradients(lambda each: learner.objective(each, episodes), [parameters["factor"]])
    ends = [
        float(learner.objective({"factor": parameters["factor"] + side * width * direction}, episodes))
        for side in (-1, 1)
    ]
    numeric = (ends[1] - ends[0]) / (2 * width)
    return abs(numeric - float(np.sum(gradient * direction))) / abs(numeric)


def resized(method: str, **settings: Any) -> Callable[[Any], Any]:
    def function(images: Any) -> Any:
        return tf.cast(tf.image.resize(tf.sin(images), [5, 4], method=method, **settings), tf.float64)

    return function


def normalised(features: Any) -> Any:
    mean, variance = tf.nn.moments(features, axes=[1])
    return (features - mean[:, tf.newaxis]) / tf.sqrt(variance[:, tf.newaxis] + 0.1)


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "inside tf.function"])
@pytest.mark.parametrize(
    ("function", "shape", "size", "width", "tolerance"),
    [
        (tf.nn.softsign, [6], 6, 1e-5, 1e-7),
        (normalised, [6], 6, 1e-5, 1e-7),
        (resized("nearest"), [3, 3, 1], 20, 1e-5, 1e-7),
        # These kernels compute in single precision.
        (resized("bilinear"), [3, 3, 1], 20, 3e-3, 1e-3),
        (resized("bicubic"), [3, 3, 1], 20, 3e-3, 1e-3),
    ],
)
def test_the_meta_gradient_is_that_of_the_difference_quotient(
    function: Any, shape: list[int], size: int, width: float, tolerance: float, wrapped: bool
) -> None:
    function = tf.function(function, autograph=False) if wrapped else function
    error = slope_error(Scaled(function, shape), size, width)
    assert error < tolerance


@pytest.mark.parametrize(
    ("function", "shape", "size", "operation"),
    [
        (lambda images: tf.nn.lrn(tf.cast(images, tf.float32)), [3, 3, 4], 36, "LRNGrad"),
        (
            lambda images: tf.image.crop_and_resize(
                tf.cast(images, tf.float32), [[0.1, 0.1, 0.8, 0.8]] * 6, list(range(6)), [4, 5]
            ),
            [3, 3, 1],
            20,
            "CropAndResizeGradImage",
        ),
        (lambda images: tf.image.hsv_to_rgb(tf.sigmoid(images)), [2, 2, 3], 12, "HSVToRGB"),
        (
            lambda images: tf.quantization.fake_quant_with_min_max_args(tf.cast(images, tf.float32)),
            [4],
            4,
            "FakeQuantWithMinMaxArgsGradient",
        ),
    ],
)
def test_an_operation_without_a_derivative_is_refused_by_name(
    function: Any, shape: list[int], size: int, operation: str
) -> None:
    network = Scaled(lambda inputs: tf.cast(function(inputs), tf.float64), shape)
    with pytest.raises(SettingError, match=f"no derivative of the operation '{operation}'"):
        slope_error(network, size, 1e-3)


def test_a_parameter_that_is_not_used_has_the_gradient_zero() -> None:
    state = State({"used": tf.constant(2.0), "unused": tf.constant(3.0)}, Adam(learning_rate=0.1))

    state.descend(lambda parameters: parameters["used"] ** 2)

    assert float(state.parameters["unused"]) == 3
    assert float(state.parameters["used"]) < 2


def test_without_second_derivatives_nothing_is_refused() -> None:
    learner = MAML(
        network=Scaled(lambda images: tf.cast(tf.nn.lrn(tf.cast(images, tf.float32)), tf.float64), [1, 1, 4]),
        loss=squared_error,
        inner_loop=InnerLoop(steps=1, learning_rate=0.1, first_order=True),
    )
    examples = Examples(tf.ones([1, 2, 1, 1, 4], tf.float64), tf.zeros([1, 2, 4], tf.float64))

    loss = learner.update(learner.begin(0), Episodes(examples, examples, tf.zeros([1, 0])))

    assert np.isfinite(loss)


@pytest.mark.parametrize("axes", [[0], [-1], [0, 2]])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_moments_have_the_values_of_tensorflow(axes: list[int], keepdims: bool, dtype: str) -> None:
    values = tf.constant(DRAWN.normal(size=[3, 4, 5]), dtype)
    expected = tf.nn.moments(values, axes, keepdims=keepdims)

    with exact_derivatives():
        moments = tf.nn.moments(values, axes, keepdims=keepdims)

    for one, other in zip(moments, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_tensorflow_is_left_as_it_was() -> None:
    lookup, moments = Registry.lookup, nn_impl.moments

    def fail() -> None:
        with exact_derivatives(), exact_derivatives():
            assert Registry.lookup is not lookup
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert Registry.lookup is lookup
    assert nn_impl.moments is moments


def test_other_threads_keep_the_derivatives_of_tensorflow() -> None:
    with exact_derivatives(), ThreadPoolExecutor() as pool:
        assert pool.submit(ops.gradient_registry.lookup, "ResizeBilinearGrad").result() is None
        with pytest.raises(SettingError, match="'ResizeBilinearGrad'"):
            ops.gradient_registry.lookup("ResizeBilinearGrad")
