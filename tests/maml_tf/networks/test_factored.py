"""Kernels in factors against the same kernels spelled out."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf.networks import Factored, per_task
from tests.maml_tf.reference import differentiate, largest_difference

TASKS, EXAMPLES, FEATURES, UNITS = 3, 4, 6, 5
ROUNDING = 1e-13


def drawn(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(list(shape)).normal(size=shape))


def factored(rank: int) -> Factored:
    return Factored(value=drawn(FEATURES, UNITS), left=drawn(TASKS, rank, FEATURES), right=drawn(TASKS, rank, UNITS))


def spelled_out(kernel: Factored) -> Any:
    changes = [left.numpy().T @ right.numpy() for left, right in zip(kernel.left, kernel.right, strict=True)]
    return kernel.value.numpy() + np.stack(changes)


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_it_stands_for_a_kernel_a_task(rank: int) -> None:
    kernel = factored(rank)

    assert kernel.rank == rank
    assert kernel.shape == [TASKS, FEATURES, UNITS]
    assert per_task(kernel).shape == kernel.shape
    assert largest_difference(per_task(kernel), spelled_out(kernel)) < ROUNDING


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_products_equal_those_of_the_spelled_out_kernels(rank: int) -> None:
    kernel, inputs = factored(rank), drawn(TASKS, EXAMPLES, FEATURES)

    assert largest_difference(kernel.multiply(inputs), inputs.numpy() @ spelled_out(kernel)) < ROUNDING


def test_derivatives_equal_those_of_the_spelled_out_kernels() -> None:
    kernel, inputs = factored(3), drawn(TASKS, EXAMPLES, FEATURES)
    parts = [inputs, kernel.value, kernel.left, kernel.right]

    def in_factors(each: Any) -> Any:
        inputs, value, left, right = each
        return tf.reduce_sum(tf.sin(Factored(value=value, left=left, right=right).multiply(inputs)))

    def plain(each: Any) -> Any:
        inputs, value, left, right = each
        return tf.reduce_sum(tf.sin(tf.matmul(inputs, value + tf.einsum("trf,tru->tfu", left, right))))

    assert largest_difference(differentiate(in_factors, parts)[1], differentiate(plain, parts)[1]) < ROUNDING


def test_outer_products_are_added_to_those_before() -> None:
    start, further = Factored.shared(drawn(FEATURES, UNITS), TASKS), [factored(1), factored(3)]

    once = start.plus([further[0].left], [further[0].right])
    kernel = once.plus([each.left for each in further], [each.right for each in further])

    assert [start.rank, once.rank, kernel.rank] == [0, 1, 5]
    changes = [spelled_out(each) - each.value.numpy() for each in further]
    assert largest_difference(per_task(kernel), start.value.numpy() + 2 * changes[0] + changes[1]) < ROUNDING


def test_adding_nothing_leaves_rank_zero() -> None:
    kernel = Factored.shared(drawn(FEATURES, UNITS), TASKS).plus([], [])

    assert kernel.rank == 0
    np.testing.assert_array_equal(per_task(kernel), np.repeat(drawn(FEATURES, UNITS).numpy()[None], TASKS, axis=0))


@pytest.mark.parametrize(("rank", "smaller"), [(0, True), (2, True), (3, False), (7, False)])
def test_factors_are_smaller_while_they_hold_fewer_numbers(rank: int, smaller: bool) -> None:
    # 11 numbers an outer product, 30 a kernel.
    assert factored(rank).is_smaller == smaller


def test_as_many_numbers_are_not_fewer() -> None:
    kernel = Factored(value=drawn(2, 2), left=drawn(TASKS, 1, 2), right=drawn(TASKS, 1, 2))

    assert not kernel.is_smaller


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_the_precision_is_that_of_the_kernel(kind: str) -> None:
    kernel = Factored.shared(tf.ones([2, 3], kind), TASKS)

    assert {kernel.left.dtype, kernel.right.dtype, per_task(kernel).dtype} == {tf.dtypes.as_dtype(kind)}
