"""Kernels whose differences from task to task are kept as sums of few outer products."""

from dataclasses import dataclass
from typing import Self

import tensorflow as tf

from maml_tf.interfaces import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Factored:
    """A kernel for each task: one that all share, plus outer products.

    It stands for `value + left^T @ right`. The gradient of a kernel that multiplies `inputs` is
    `inputs^T @ upstream`, so a gradient step adds one outer product an example. While they are few,
    they are far less to keep and to go through than a kernel a task, and the product with `value`
    is one large product for all tasks.

    Attributes:
        value: `[features, units]`, shared by all tasks.
        left: `[tasks, rank, features]`.
        right: `[tasks, rank, units]`.
    """

    value: Tensor
    left: Tensor
    right: Tensor

    @classmethod
    def shared(cls, value: Tensor, tasks: int) -> Self:
        """The same kernel for all tasks, of rank zero."""
        left, right = (tf.zeros([tasks, 0, size], value.dtype) for size in value.shape)
        return cls(value=value, left=left, right=right)

    @property
    def rank(self) -> int:
        """Number of outer products a task."""
        return int(self.left.shape[1])

    @property
    def shape(self) -> list[int]:
        """Shape of what it stands for, `[tasks, features, units]`."""
        return [int(self.left.shape[0]), *self.value.shape]

    @property
    def is_smaller(self) -> bool:
        """Whether the factors hold fewer numbers than the kernels they stand for.

        A product with one example multiplies by each of these numbers once, so it counts
        multiplications as well as bytes.
        """
        features, units = self.value.shape
        return bool(self.rank * (features + units) < features * units)

    def plus(self, left: list[Tensor], right: list[Tensor]) -> Self:
        """Adds outer products, `[tasks, rank, features]` and `[tasks, rank, units]` in each list."""
        return type(self)(
            value=self.value, left=_concatenated([self.left, *left]), right=_concatenated([self.right, *right])
        )

    def multiply(self, inputs: Tensor) -> Tensor:
        """Maps `[tasks, examples, features]` to `[tasks, examples, units]`."""
        outputs = multiply_as_one_batch(inputs, self.value)
        if self.rank == 0:
            return outputs
        return outputs + tf.matmul(tf.matmul(inputs, self.left, transpose_b=True), self.right)

    def per_task(self) -> Tensor:
        """Spells the kernels out, `[tasks, features, units]`."""
        if self.rank == 0:
            return tf.broadcast_to(self.value, self.shape)
        return self.value + tf.matmul(self.left, self.right, transpose_a=True)


def multiply_as_one_batch(inputs: Tensor, kernel: Tensor) -> Tensor:
    """Maps `[tasks, examples, features]` by one kernel `[features, units]` to `[tasks, examples, units]`."""
    # One large product is several times faster than one small product a task.
    outputs = tf.matmul(tf.reshape(inputs, [-1, inputs.shape[-1]]), kernel)
    return tf.reshape(outputs, [*inputs.shape[:-1], outputs.shape[-1]])


def _concatenated(factors: list[Tensor]) -> Tensor:
    filled = [factor for factor in factors if factor.shape[1] > 0]
    return tf.concat(filled, axis=1) if len(filled) > 1 else [*filled, factors[0]][0]
