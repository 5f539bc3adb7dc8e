"""Kernels that are used in other ways than once a layer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import InnerLoop, SettingError, adapt
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks import Factored, per_task
from maml_tf.networks.linear import linear
from tests.maml_tf.problems import TASKS, Problem
from tests.maml_tf.reference import (
    largest_difference,
    meta_gradient,
    reference_adapt,
    reference_meta_gradient,
    tasks_of,
)

ROUNDING = 1e-12
SIZE = 24  # ten outer products of 48 numbers are fewer than 576
LOOP = InnerLoop(steps=1, learning_rate=0.1)
Multiply = Callable[[Tensor, Any], Tensor]


def by_layer(inputs: Tensor, kernel: Any) -> Tensor:
    return linear(inputs, kernel, tf.zeros([SIZE], inputs.dtype))


def spelled_out(inputs: Tensor, kernel: Any) -> Tensor:
    return tf.matmul(inputs, per_task(kernel))


@dataclass(frozen=True)
class Twice:
    """Two layers with one kernel between them, and a kernel that no layer uses."""

    first: Multiply
    second: Multiply

    def initialize(self, seed: int | Tensor) -> Parameters:
        del seed
        return {"kernel": tf.zeros([SIZE, SIZE]), "unused": tf.zeros([SIZE, SIZE])}

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        del support
        return self.second(tf.tanh(self.first(inputs, parameters["kernel"])), parameters["kernel"])


def in_a_graph_of_its_own(multiply: Multiply) -> Multiply:
    return lambda inputs, kernel: tf.function(lambda each: multiply(each, kernel), autograph=False)(inputs)


WAYS = {
    "by layers": Twice(by_layer, by_layer),
    "by a layer, spelled out": Twice(by_layer, spelled_out),
    "spelled out, by a layer": Twice(spelled_out, by_layer),
    "spelled out": Twice(spelled_out, spelled_out),
}


@pytest.fixture(params=list(WAYS))
def twice(request: pytest.FixtureRequest) -> Problem:
    def one_task(parameters: Parameters, inputs: Tensor) -> Tensor:
        return tf.matmul(tf.tanh(tf.matmul(inputs, parameters["kernel"])), parameters["kernel"])

    return Problem(network=WAYS[request.param], one_task=one_task, input_shape=(SIZE,), outputs=SIZE)


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("steps", [1, 3])
def test_all_uses_of_a_kernel_add_up(twice: Problem, steps: int, first_order: bool) -> None:
    loop = replace(LOOP, steps=steps, first_order=first_order)
    parameters, episodes = twice.parameters(0), twice.episodes(0)

    loss, gradient = meta_gradient(twice, loop, parameters, episodes)

    expected_loss, expected = reference_meta_gradient(twice, loop, parameters, episodes)
    np.testing.assert_allclose(loss, expected_loss, rtol=ROUNDING)
    assert largest_difference(gradient, expected) < ROUNDING


def test_every_step_adds_all_uses(twice: Problem) -> None:
    parameters, episodes = twice.parameters(0), twice.episodes(0)

    trajectory = adapt(replace(LOOP, steps=2), twice.network, twice.loss, parameters, episodes.support)

    for steps, adapted in enumerate(trajectory[1:], start=1):
        loop = replace(LOOP, steps=steps)
        tasks = tasks_of(tf.nest.map_structure(per_task, adapted))
        for task, support in zip(tasks, tasks_of(episodes.support), strict=True):
            assert largest_difference(task, reference_adapt(twice, loop, parameters, support)) < ROUNDING


def test_factors_are_kept_where_layers_alone_use_the_kernel() -> None:
    kernels = {}
    for name, network in WAYS.items():
        chosen = Problem(network=network, one_task=lambda *_: None, input_shape=(SIZE,), outputs=SIZE)
        support = chosen.episodes(0).support
        kernels[name] = adapt(LOOP, network, chosen.loss, chosen.parameters(0), support)[-1]["kernel"]

    assert isinstance(kernels.pop("by layers"), Factored)
    assert all(isinstance(kernel, tf.Tensor) for kernel in kernels.values())


def test_a_kernel_without_use_stays_the_same_for_all_tasks(twice: Problem) -> None:
    parameters, episodes = twice.parameters(0), twice.episodes(0)

    unused = adapt(LOOP, twice.network, twice.loss, parameters, episodes.support)[-1]["unused"]

    expected = np.repeat(parameters["unused"].numpy()[None], TASKS, axis=0)
    np.testing.assert_array_equal(per_task(unused), expected)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("multiply", [by_layer, spelled_out])
def test_a_network_with_a_graph_of_its_own_is_refused(multiply: Multiply, compiled: bool) -> None:
    within = in_a_graph_of_its_own(multiply)
    problem = Problem(network=Twice(within, within), one_task=lambda *_: None, input_shape=(SIZE,), outputs=SIZE)
    parameters, support = problem.parameters(0), problem.episodes(0).support

    def adapted() -> Any:
        return adapt(LOOP, problem.network, problem.loss, parameters, support)

    with pytest.raises(SettingError, match=r"must not be a tf\.function .* but FuncGraph.* is one"):
        (tf.function(adapted, autograph=False) if compiled else adapted)()
