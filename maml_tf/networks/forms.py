"""The forms in which a parameter reaches a network.

A parameter of shape `s` is an ordinary tensor of shape `s` if all tasks share it, and of shape `[tasks, *s]` if every
task has its own. The inner loop uses three further forms, which save time and memory: `Shared`, `Factored` and
`Traced`. A layer that has no faster way for one of them converts it with `per_task`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import tensorflow as tf

from maml_tf.devices import on_gpu
from maml_tf.errors import SettingError
from maml_tf.interfaces import Tensor
from maml_tf.networks.own_gradient import with_gradient


class Shared(NamedTuple):
    """A parameter that all tasks share, with a tensor that receives the gradient of each task.

    It represents `value + offset`. The offset is always zero and exists only to be differentiated: the
    gradient with respect to it is the gradient of every task with respect to the parameter. A layer that
    supports this form computes the first inner step for all tasks at once and does not copy the parameter.

    Attributes:
        value: The parameter, `shape`.
        offset: Zeros, `[tasks, *shape]`.
    """

    value: Tensor
    offset: Tensor

    def moved(self, change: Tensor) -> Tensor:
        """Returns the parameter of each task after a change of its own, `[tasks, *shape]`."""
        return _moved(self.value, change)[0] if self.value.shape.rank == 1 else self.value + change


def shared(value: Tensor, tasks: int) -> Shared:
    """Returns `value` in the form that is shared by `tasks` tasks."""
    return Shared(value, tf.zeros([tasks, *value.shape], value.dtype))


@dataclass(frozen=True, kw_only=True, eq=False)
class Factored:
    """A kernel for each task, stored as a kernel that all tasks share plus outer products.

    It represents `value + left^T @ right`. The gradient of a kernel that multiplies `inputs` is
    `inputs^T @ upstream`, so a gradient step adds one outer product per example. As long as these are few,
    they take less memory and time than one kernel per task, and the product with `value` is a single
    large product for all tasks.

    Attributes:
        value: The shared kernel, `[features, units]`.
        left: Left factors of the outer products, `[tasks, rank, features]`.
        right: Right factors of the outer products, `[tasks, rank, units]`.
    """

    value: Tensor
    left: Tensor
    right: Tensor

    @classmethod
    def shared(cls, value: Tensor, tasks: int) -> Self:
        """Returns the same kernel for all tasks, with rank zero."""
        left, right = (tf.zeros([tasks, 0, size], value.dtype) for size in value.shape)
        return cls(value=value, left=left, right=right)

    @property
    def rank(self) -> int:
        """Number of outer products per task."""
        return int(self.left.shape[1])

    @property
    def shape(self) -> list[int]:
        """Shape of the kernels that it represents, `[tasks, features, units]`."""
        return [int(self.left.shape[0]), *self.value.shape]

    @property
    def is_smaller(self) -> bool:
        """Whether the factors hold fewer numbers than the kernels that they represent.

        A product with one example uses every number once, so this compares multiplications as well as memory.
        """
        features, units = self.value.shape
        return bool(self.rank * (features + units) < features * units)

    def plus(self, left: list[Tensor], right: list[Tensor]) -> Self:
        """Adds outer products, given as lists of `[tasks, rank, features]` and `[tasks, rank, units]`."""
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
        """Returns the kernels as an ordinary tensor, `[tasks, features, units]`."""
        if self.rank == 0:
            return tf.broadcast_to(self.value, self.shape)
        return self.value + tf.matmul(self.left, self.right, transpose_a=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class Traced:
    """A kernel during one inner step, which records how the network uses it.

    The gradient of a kernel follows from the inputs of each product with it and the gradient with respect to the
    outputs of that product, so the tape of the step differentiates with respect to the outputs alone. A layer that
    needs the kernel itself calls `per_task` and is differentiated in the ordinary way.

    Attributes:
        kernel: The kernel before the step.
        tape: The tape that differentiates the step.
        inputs: Inputs of each product so far, `[tasks, examples, features]`.
        outputs: Outputs of each product so far, `[tasks, examples, units]`.
        materialized: The result of each call of `per_task` so far, `[tasks, features, units]`.
        graph: The graph of the step. Its tape cannot differentiate tensors of another graph.
    """

    kernel: Factored
    tape: tf.GradientTape
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    materialized: list[Tensor] = field(default_factory=list)
    graph: Any = field(default_factory=tf.compat.v1.get_default_graph, repr=False)

    def multiply(self, inputs: Tensor) -> Tensor:
        """Maps `[tasks, examples, features]` to `[tasks, examples, units]`.

        Raises:
            SettingError: The network runs in a graph of its own.
        """
        self._check_graph()
        outputs = self.kernel.multiply(inputs)
        self.tape.watch(outputs)
        self.inputs.append(inputs)
        self.outputs.append(outputs)
        return outputs

    def per_task(self) -> Tensor:
        """Returns the kernels as an ordinary tensor, `[tasks, features, units]`.

        Raises:
            SettingError: The network runs in a graph of its own.
        """
        self._check_graph()
        kernels = self.kernel.per_task()
        self.tape.watch(kernels)
        self.materialized.append(kernels)
        return kernels

    @property
    def handles(self) -> list[Tensor]:
        """Tensors with respect to which the step is differentiated, once the network has been applied."""
        return [*self.outputs, *self.materialized]

    def moved(self, changes: list[Tensor], first_order: bool) -> Factored | Tensor:
        """Returns the kernel after the step.

        Args:
            changes: The change that the step makes to each of `handles`.
            first_order: Whether to treat the step as a constant.

        Returns:
            A factored kernel if its factors are smaller than the kernels, else `[tasks, features, units]`.
        """
        held = tf.stop_gradient if first_order else tf.identity
        upstream, direct = changes[: len(self.outputs)], changes[len(self.outputs) :]
        kernel = self.kernel.plus([held(left) for left in self.inputs], [held(right) for right in upstream])
        if kernel.is_smaller and not direct:
            return kernel
        return tf.add_n([kernel.per_task(), *map(held, direct)])

    def _check_graph(self) -> None:
        current = tf.compat.v1.get_default_graph()
        if current is not self.graph:
            raise SettingError(
                "apply() of a network that adapts must not contain a tf.function or a TensorFlow loop, but it runs in "
                f"{current}; put tf.function around the whole of adapt() instead"
            )


def per_task(parameter: Tensor | Shared | Factored | Traced) -> Tensor:
    """Returns a parameter in any of the three special forms as an ordinary tensor, `[tasks, *shape]`.

    An ordinary tensor is returned unchanged.
    """
    if isinstance(parameter, Factored | Traced):
        return parameter.per_task()
    return parameter.value + parameter.offset if isinstance(parameter, Shared) else parameter


def multiply_as_one_batch(inputs: Tensor, kernel: Tensor) -> Tensor:
    """Maps `[tasks, examples, features]` by one kernel `[features, units]` to `[tasks, examples, units]`."""
    # One large product is several times faster than one small product per task.
    outputs = tf.matmul(tf.reshape(inputs, [-1, inputs.shape[-1]]), kernel)
    return tf.reshape(outputs, [*inputs.shape[:-1], outputs.shape[-1]])


def sum_over_tasks(values: Tensor) -> Tensor:
    """Adds up vectors of tasks, `[tasks, size]`, to `[size]`.

    The vectors are often sums over examples. XLA would join both sums into one, which it computes number by number on a
    CPU. It does not join a sum with a product.
    """
    if on_gpu():
        return tf.reduce_sum(values, axis=0)
    return tf.linalg.matvec(values, tf.ones(values.shape[:1], values.dtype), transpose_a=True)


def _vector_moved(value: Tensor, change: Tensor) -> tuple[Tensor]:
    """Adds a vector to that of each task."""
    return (value + change,)


def _of_vector_moved(given: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
    del given
    return sum_over_tasks(upstream[0]), upstream[0]


def _concatenated(factors: list[Tensor]) -> Tensor:
    nonempty = [factor for factor in factors if factor.shape[1] > 0]
    return tf.concat(nonempty, axis=1) if len(nonempty) > 1 else [*nonempty, factors[0]][0]


_moved = with_gradient(_vector_moved, _of_vector_moved)
