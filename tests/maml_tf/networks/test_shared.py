"""Parameters that all tasks share."""

import numpy as np
import pytest
import tensorflow as tf

from maml_tf.networks import Shared, per_task, shared


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_a_shared_parameter_has_a_handle_of_zeros_for_each_task(kind: str) -> None:
    declared = shared(tf.ones([2, 3], kind), 4)

    assert isinstance(declared, Shared)
    assert declared.offset.dtype == kind
    np.testing.assert_array_equal(declared.offset, np.zeros([4, 2, 3]))


def test_spelled_out_every_task_has_a_copy() -> None:
    value = tf.constant([[1.0, 2.0]])

    np.testing.assert_array_equal(per_task(shared(value, 3)), np.repeat([[[1.0, 2.0]]], 3, axis=0))


def test_a_parameter_of_each_task_is_left_alone() -> None:
    value = tf.ones([3, 2])

    assert per_task(value) is value
