"""Convolution and pooling for GPUs equal TensorFlow's, with their first and second derivatives."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Adam, InnerLoop
from maml_tf.interfaces import Tensor
from maml_tf.networks import layers, patches
from maml_tf.state import State
from tests.maml_tf.problems import PROBLEMS

TASKS, EXAMPLES, CHANNELS, FILTERS = 2, 3, 2, 4


def normal(*shape: int) -> Tensor:
    return tf.constant(np.random.default_rng(sum(shape)).normal(size=shape))


def derivatives(function: Callable[..., Tensor], *given: Tensor, xla: bool = False) -> list[Tensor]:
    """Returns the value of a function, its first derivatives, and second derivatives that mix all arguments."""

    @tf.function(autograph=False, jit_compile=xla)  # type: ignore[untyped-decorator]
    def computed() -> list[Tensor]:
        with tf.GradientTape() as outer:
            outer.watch(given)
            with tf.GradientTape() as inner:
                inner.watch(given)
                outputs = function(*given)
                value = tf.reduce_sum(tf.tanh(outputs))
            first = inner.gradient(value, given)
            total = tf.add_n([tf.reduce_sum(each**2) for each in first])
        return [outputs, *first, *outer.gradient(total, given)]

    return computed()  # type: ignore[no-any-return]


@pytest.mark.parametrize("xla", [False, True])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("height", "width"), [(7, 6), (4, 1)])
@pytest.mark.parametrize("shape", [(3, 3, CHANNELS, FILTERS), (TASKS, 3, 3, CHANNELS, FILTERS), (2, 1, CHANNELS, 1)])
def test_convolution_equals_tensorflows(
    shape: tuple[int, ...], height: int, width: int, stride: int, xla: bool
) -> None:
    images, kernel = normal(TASKS, EXAMPLES, height, width, CHANNELS), normal(*shape)
    expected = derivatives(partial(layers.convolve, stride=stride), images, kernel)
    found = derivatives(partial(patches.convolve, stride=stride), images, kernel, xla=xla)
    for each, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(each, right, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(3, 3, CHANNELS, FILTERS), (TASKS, 3, 3, CHANNELS, FILTERS)])
def test_a_long_sum_is_divided_and_stays_the_same(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    images, kernel = normal(TASKS, EXAMPLES, 6, 4, CHANNELS), normal(*shape)
    expected = derivatives(partial(layers.convolve, stride=1), images, kernel)
    monkeypatch.setattr(patches, "_LONGEST", 16)
    monkeypatch.setattr(patches, "_SHORTEST", 8)
    for each, right in zip(derivatives(partial(patches.convolve, stride=1), images, kernel), expected, strict=True):
        np.testing.assert_allclose(each, right, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("rows", "parts"), [(1, 1), (512, 1), (980, 2), (1024, 2), (529_200, 1050), (1031, 1), (2 * 1031, 1), (31 * 31, 1)]
)
def test_sums_are_divided_into_equal_parts_that_are_neither_long_nor_short(rows: int, parts: int) -> None:
    assert patches._parts(rows) == parts


def test_no_derivative_writes_an_array_of_patches_for_each_pixel_of_the_kernel() -> None:
    images, kernel = normal(TASKS, EXAMPLES, 6, 4, CHANNELS), normal(TASKS, 3, 3, CHANNELS, FILTERS)

    @tf.function(autograph=False, jit_compile=True)  # type: ignore[untyped-decorator]
    def second(images: Tensor, kernel: Tensor) -> list[Tensor]:
        with tf.GradientTape() as outer:
            outer.watch([images, kernel])
            with tf.GradientTape() as inner:
                inner.watch([images, kernel])
                value = tf.reduce_sum(patches.convolve(images, kernel, 1) ** 3)
            first = inner.gradient(value, [images, kernel])
            total = tf.add_n([tf.reduce_sum(each**2) for each in first])
        return outer.gradient(total, [images, kernel])  # type: ignore[no-any-return]

    program = second.experimental_get_compiler_ir(images, kernel)(stage="hlo")
    assert "concatenate(" in program
    assert "dynamic-update-slice(" not in program


@pytest.mark.parametrize(("height", "width"), [(4, 6), (5, 3)])
def test_pooling_equals_tensorflows(height: int, width: int) -> None:
    images = normal(TASKS, EXAMPLES, height, width, CHANNELS)
    for each, right in zip(derivatives(patches.max_pool, images), derivatives(layers.max_pool, images), strict=True):
        np.testing.assert_allclose(each, right, rtol=1e-12)


def test_of_equal_pixels_the_first_has_the_gradient() -> None:
    images = tf.constant([[1.0, 2.0], [2.0, 2.0]])[tf.newaxis, tf.newaxis, :, :, tf.newaxis]
    for pool in (patches.max_pool, layers.max_pool):
        with tf.GradientTape() as tape:
            tape.watch(images)
            pooled = pool(images)
        np.testing.assert_array_equal(np.squeeze(tape.gradient(pooled, images)), [[0.0, 1.0], [0.0, 0.0]])


@pytest.mark.parametrize("name", ["convolutions, strides", "convolutions, max-pooling", "context vector, images"])
def test_the_meta_gradient_on_a_gpu_is_that_on_a_cpu(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = PROBLEMS[name]()
    learner = problem.learner(InnerLoop(steps=2, learning_rate=0.1))

    def computed() -> list[Tensor]:
        state = State(problem.parameters(0), Adam())
        with state.recording() as recorded:
            loss = learner.update(state, problem.episodes(0))
        return [loss, *recorded[0]]

    on_cpu = computed()
    monkeypatch.setattr(layers, "on_gpu", lambda: True)
    for found, expected in zip(computed(), on_cpu, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
