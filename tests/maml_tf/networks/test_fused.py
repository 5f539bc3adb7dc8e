"""Fused blocks equal their reference in value and derivatives; networks equal themselves without fused blocks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import BatchNormalization, InnerLoop
from maml_tf.networks import conv
from maml_tf.networks import fused as module
from maml_tf.networks.fused import Block, fused, is_faster, plain
from maml_tf.networks.normalization import Statistics
from tests.maml_tf.problems import problem
from tests.maml_tf.reference import finite_difference, meta_gradient

TASKS, FILTERS = 2, 3
IMAGES = [TASKS, 3, 5, 6, FILTERS]  # an odd height: max-pooling drops the last row

Function = Callable[[Block, Any, Any], Any]


def drawn(dtype: tf.DType) -> list[Any]:
    """Returns images, of which many neighbours are equal, and a shift."""
    random = np.random.default_rng(0)
    images = np.round(random.normal(1, 1, IMAGES), 1)
    return [tf.constant(images, dtype), tf.constant(random.normal(size=[TASKS, 1, 1, 1, FILTERS]), dtype)]


def derivatives(function: Function, block: Block, orders: int, arguments: list[Any]) -> list[Any]:
    """Returns the value and the derivatives of orders 1, 2, ... of nonlinear functions of those before."""
    if orders == 0:
        return [function(block, *arguments)]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        before = derivatives(function, block, orders - 1, arguments)
        last = before[-2:] if orders > 1 else before
        objective = tf.add_n([tf.reduce_mean(tf.square(weighted(each))) for each in last])
    return [*before, *tape.gradient(objective, arguments)]


def weighted(values: Any) -> Any:
    numbers = tf.reshape(tf.range(tf.size(values)) % 7, values.shape)
    return values * tf.cast(numbers, values.dtype)


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Computes kernels operation by operation, because their compilation takes seconds."""
    monkeypatch.setattr(module, "_PARTS", 2)
    monkeypatch.setattr(module, "_compiled", lambda function, block, *arguments: function(block, *arguments))


def check_derivatives(pools: bool, dtype: tf.DType, tolerance: float) -> None:
    block = Block(pools, 1e-3)
    expected, actual = (derivatives(function, block, 3, drawn(dtype)) for function in (plain, fused))
    assert len(actual) == 1 + 3 * 2
    for ours, theirs in zip(actual, expected, strict=True):
        assert np.any(theirs.numpy())
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * np.abs(theirs).max())


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 1e-10), (tf.float32, 1e-4)])
@pytest.mark.parametrize("pools", [False, True])
def test_derivatives_up_to_the_third_equal_those_of_ordinary_operations(
    pools: bool, dtype: tf.DType, tolerance: float
) -> None:
    check_derivatives(pools, dtype, tolerance)


def test_compiled_kernels_compute_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PARTS", 2)  # less to compile
    check_derivatives(pools=True, dtype=tf.float64, tolerance=1e-10)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(
    ("statistics", "first_order"), [*((each, False) for each in get_args(Statistics)), ("batch at hand", True)]
)
@pytest.mark.parametrize("name", ["convolutions, strides", "convolutions, max-pooling"])
def test_meta_gradients_do_not_depend_on_fusion(
    name: str, statistics: Statistics, first_order: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = problem(name)
    changed: Any = chosen.network
    chosen = replace(chosen, network=replace(changed, normalization=BatchNormalization(statistics=statistics)))
    keeps = ("shift", "mean", "variance") if statistics == "running averages" else ("shift",)
    loop = InnerLoop(steps=1, learning_rate=0.1, first_order=first_order, keeps=keeps)
    parameters = tf.nest.map_structure(tf.abs, chosen.parameters(5))  # a variance is not negative
    gradients = []
    for fuses in (False, True):
        monkeypatch.setattr(conv, "is_faster", lambda inputs, fuses=fuses: fuses)
        gradients.append(meta_gradient(chosen, loop, parameters, chosen.episodes(5))[1])
    for plainly, fast in zip(*gradients, strict=True):
        np.testing.assert_allclose(fast, plainly, rtol=1e-10, atol=1e-10 * max(1, np.abs(plainly).max()))


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("name", ["convolutions, strides", "convolutions, max-pooling"])
def test_meta_gradient_equals_finite_differences(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv, "is_faster", lambda inputs: True)
    chosen, loop = problem(name), InnerLoop(steps=2, learning_rate=0.1)
    parameters, episodes = chosen.parameters(5), chosen.episodes(5)
    _, gradient = meta_gradient(chosen, loop, parameters, episodes)
    direction = [np.random.default_rng(0).normal(size=slope.shape) for slope in gradient]
    numeric = finite_difference(lambda value: chosen.learner(loop).objective(value, episodes), parameters, direction)
    exact = sum(float(np.sum(slope * step)) for slope, step in zip(gradient, direction, strict=True))
    assert numeric == pytest.approx(exact, rel=1e-6)


def test_large_feature_maps_are_fused_on_a_cpu_only(monkeypatch: pytest.MonkeyPatch) -> None:
    large, small = tf.zeros([1, 5, 84, 84, 32]), tf.zeros([1, 5, 10, 10, 32])
    monkeypatch.setattr(module, "on_gpu", lambda: False)
    assert (is_faster(large), is_faster(small)) == (True, False)
    monkeypatch.setattr(module, "on_gpu", lambda: True)
    assert not is_faster(large)
