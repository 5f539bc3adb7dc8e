"""Forms of parameters, compared with the ordinary tensors that they represent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import InnerLoop, SettingError, adapt
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks import Factored, Shared, forms, per_task, shared
from maml_tf.networks.forms import sum_over_tasks
from maml_tf.networks.layers import linear
from tests.maml_tf.problems import TASKS, Problem
from tests.maml_tf.reference import (
    differentiate,
    largest_difference,
    meta_gradient,
    reference_adapt,
    reference_meta_gradient,
    tasks_of,
)

EXAMPLES, FEATURES, UNITS = 4, 6, 5
ROUNDING = 1e-12
SIZE = 24  # ten outer products of 48 numbers are fewer than 576
LOOP = InnerLoop(steps=1, learning_rate=0.1)
Multiply = Callable[[Tensor, Any], Tensor]


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_a_shared_parameter_has_an_offset_of_zeros_for_every_task(kind: str) -> None:
    parameter = shared(tf.ones([2, 3], kind), 4)

    assert isinstance(parameter, Shared)
    assert parameter.offset.dtype == kind
    np.testing.assert_array_equal(parameter.offset, np.zeros([4, 2, 3]))


def test_a_shared_vector_moves_like_any_tensor_with_all_its_derivatives() -> None:
    random = np.random.default_rng(0)
    value, change = tf.constant(random.normal(size=[5])), tf.constant(random.normal(size=[3, 5]))

    def derivatives(moved: Callable[[Tensor, Tensor], Tensor]) -> list[Tensor]:
        with tf.GradientTape() as outer:
            outer.watch([value, change])
            with tf.GradientTape() as inner:
                inner.watch([value, change])
                outputs = moved(value, change)
                total = tf.reduce_sum(tf.sin(outputs))
            first = inner.gradient(total, [value, change])
            squares = tf.add_n([tf.reduce_sum(each**3) for each in first])
        return [outputs, *first, *outer.gradient(squares, [value, change])]

    found = derivatives(lambda value, change: shared(value, 3).moved(change))
    for one, other in zip(found, derivatives(tf.add), strict=True):
        assert one.shape == other.shape
        assert largest_difference(one, other) < ROUNDING


@pytest.mark.parametrize("gpu", [False, True])
def test_vectors_are_added_up_over_tasks(gpu: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "on_gpu", lambda: gpu)
    np.testing.assert_array_equal(sum_over_tasks(tf.constant([[1.0, 2.0], [3.0, 5.0]])), [4, 7])


def test_per_task_copies_a_shared_parameter_and_leaves_an_ordinary_tensor_unchanged() -> None:
    value = tf.constant([[1.0, 2.0]])

    np.testing.assert_array_equal(per_task(shared(value, 3)), np.repeat([[[1.0, 2.0]]], 3, axis=0))
    assert per_task(value) is value


def drawn(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(list(shape)).normal(size=shape))


def factored(rank: int) -> Factored:
    return Factored(value=drawn(FEATURES, UNITS), left=drawn(TASKS, rank, FEATURES), right=drawn(TASKS, rank, UNITS))


def ordinary(kernel: Factored) -> Any:
    changes = [left.numpy().T @ right.numpy() for left, right in zip(kernel.left, kernel.right, strict=True)]
    return kernel.value.numpy() + np.stack(changes)


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_it_represents_one_kernel_per_task(rank: int) -> None:
    kernel = factored(rank)

    assert kernel.rank == rank
    assert kernel.shape == [TASKS, FEATURES, UNITS]
    assert per_task(kernel).shape == kernel.shape
    assert largest_difference(per_task(kernel), ordinary(kernel)) < ROUNDING


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_products_equal_those_of_the_ordinary_kernels(rank: int) -> None:
    kernel, inputs = factored(rank), drawn(TASKS, EXAMPLES, FEATURES)

    assert largest_difference(kernel.multiply(inputs), inputs.numpy() @ ordinary(kernel)) < ROUNDING


def test_derivatives_equal_those_of_the_ordinary_kernels() -> None:
    kernel, inputs = factored(3), drawn(TASKS, EXAMPLES, FEATURES)
    parts = [inputs, kernel.value, kernel.left, kernel.right]

    def in_factors(parts: Any) -> Any:
        inputs, value, left, right = parts
        return tf.reduce_sum(tf.sin(Factored(value=value, left=left, right=right).multiply(inputs)))

    def plain(parts: Any) -> Any:
        inputs, value, left, right = parts
        return tf.reduce_sum(tf.sin(tf.matmul(inputs, value + tf.einsum("trf,tru->tfu", left, right))))

    assert largest_difference(differentiate(in_factors, parts)[1], differentiate(plain, parts)[1]) < ROUNDING


def test_outer_products_are_added_to_those_before() -> None:
    start, further = Factored.shared(drawn(FEATURES, UNITS), TASKS), [factored(1), factored(3)]

    once = start.plus([further[0].left], [further[0].right])
    kernel = once.plus([kernel.left for kernel in further], [kernel.right for kernel in further])

    assert [start.rank, once.rank, kernel.rank] == [0, 1, 5]
    changes = [ordinary(kernel) - kernel.value.numpy() for kernel in further]
    assert largest_difference(per_task(kernel), start.value.numpy() + 2 * changes[0] + changes[1]) < ROUNDING


def test_adding_nothing_leaves_rank_zero() -> None:
    kernel = Factored.shared(drawn(FEATURES, UNITS), TASKS).plus([], [])

    assert kernel.rank == 0
    np.testing.assert_array_equal(per_task(kernel), np.repeat(drawn(FEATURES, UNITS).numpy()[None], TASKS, axis=0))


@pytest.mark.parametrize(("rank", "smaller"), [(0, True), (2, True), (3, False), (7, False)])
def test_factors_are_smaller_while_they_hold_fewer_numbers(rank: int, smaller: bool) -> None:
    # An outer product has 11 numbers, a kernel 30.
    assert factored(rank).is_smaller == smaller


def test_factors_of_equal_size_are_not_smaller() -> None:
    kernel = Factored(value=drawn(2, 2), left=drawn(TASKS, 1, 2), right=drawn(TASKS, 1, 2))

    assert not kernel.is_smaller


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_the_precision_is_that_of_the_kernel(kind: str) -> None:
    kernel = Factored.shared(tf.ones([2, 3], kind), TASKS)

    assert {kernel.left.dtype, kernel.right.dtype, per_task(kernel).dtype} == {tf.dtypes.as_dtype(kind)}


def by_layer(inputs: Tensor, kernel: Any) -> Tensor:
    return linear(inputs, kernel, tf.zeros([SIZE], inputs.dtype))


def by_per_task(inputs: Tensor, kernel: Any) -> Tensor:
    return tf.matmul(inputs, per_task(kernel))


@dataclass(frozen=True)
class Twice:
    """Two layers that use the same kernel, and a kernel that no layer uses."""

    first: Multiply
    second: Multiply

    def initialize(self, seed: int | Tensor) -> Parameters:
        del seed
        return {"kernel": tf.zeros([SIZE, SIZE]), "unused": tf.zeros([SIZE, SIZE])}

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        del support
        return self.second(tf.tanh(self.first(inputs, parameters["kernel"])), parameters["kernel"])


def in_a_graph_of_its_own(multiply: Multiply) -> Multiply:
    return lambda inputs, kernel: tf.function(lambda features: multiply(features, kernel), autograph=False)(inputs)


WAYS = {
    "by layers": Twice(by_layer, by_layer),
    "by a layer, by per_task": Twice(by_layer, by_per_task),
    "by per_task, by a layer": Twice(by_per_task, by_layer),
    "by per_task": Twice(by_per_task, by_per_task),
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


def test_a_kernel_stays_factored_if_only_layers_use_it() -> None:
    kernels = {}
    for name, network in WAYS.items():
        chosen = Problem(network=network, one_task=lambda *_: None, input_shape=(SIZE,), outputs=SIZE)
        support = chosen.episodes(0).support
        kernels[name] = adapt(LOOP, network, chosen.loss, chosen.parameters(0), support)[-1]["kernel"]

    assert isinstance(kernels.pop("by layers"), Factored)
    assert all(isinstance(kernel, tf.Tensor) for kernel in kernels.values())


def test_a_kernel_that_is_not_used_stays_the_same(twice: Problem) -> None:
    parameters, episodes = twice.parameters(0), twice.episodes(0)

    unused = adapt(LOOP, twice.network, twice.loss, parameters, episodes.support)[-1]["unused"]

    expected = np.repeat(parameters["unused"].numpy()[None], TASKS, axis=0)
    np.testing.assert_array_equal(per_task(unused), expected)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("multiply", [by_layer, by_per_task])
def test_a_network_with_a_graph_of_its_own_is_refused(multiply: Multiply, compiled: bool) -> None:
    nested = in_a_graph_of_its_own(multiply)
    problem = Problem(network=Twice(nested, nested), one_task=lambda *_: None, input_shape=(SIZE,), outputs=SIZE)
    parameters, support = problem.parameters(0), problem.episodes(0).support

    def adapted() -> Any:
        return adapt(LOOP, problem.network, problem.loss, parameters, support)

    with pytest.raises(SettingError, match=r"must not contain a tf\.function .* runs in FuncGraph"):
        (tf.function(adapted, autograph=False) if compiled else adapted)()
