"""Functions with a gradient of their own, which keep nothing alive."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import record
from tensorflow.python.framework import ops

from maml_tf.interfaces import Tensor

Function = Callable[..., tuple[Tensor, ...]]
Gradient = Callable[[Sequence[Tensor], Sequence[Tensor]], Sequence[Tensor | None]]


def with_gradient(function: Function, gradient: Gradient, outputs: int = 1) -> Function:
    """Returns a function of tensors that is differentiated by a gradient of its own, exactly at every order.

    At every call in a graph, `tf.custom_gradient` registers a new gradient and never removes it. It keeps the graph in
    memory, with all variables and arrays that the graph reads. This function registers one gradient, which knows
    nothing but its arguments. Call it once for each function, not once for each use.

    Args:
        function: Maps tensors to a tuple of tensors.
        gradient: Maps the tensors that were given to `function`, and the gradients with respect to its outputs, to the
            gradients with respect to the former. It consists of differentiable operations.
        outputs: Number of outputs of `function`.
    """
    # A number, because a module may be imported again.
    name = f"maml_tf.{function.__name__}.{ops.uid()}"

    def padded(inputs: Sequence[Tensor], upstream: Sequence[Tensor]) -> list[Tensor | None]:
        # The operation in a graph passes outputs and inputs through, but only the outputs are used after it.
        return [*[None] * outputs, *gradient(inputs, upstream[:outputs])]

    @tf.RegisterGradient(name)  # type: ignore[untyped-decorator]
    def of_graph(operation: Any, *upstream: Tensor) -> list[Tensor | None]:
        return padded(operation.inputs[outputs:], upstream)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def eager(*inputs: Tensor) -> tuple[tuple[Tensor, ...], Callable[..., Sequence[Tensor]]]:
        return function(*inputs), lambda *upstream: gradient(inputs, upstream)

    def apply(*inputs: Tensor) -> tuple[Tensor, ...]:
        if tf.executing_eagerly():
            return eager(*inputs)  # type: ignore[no-any-return]  # registers nothing
        given = [*function(*inputs), *inputs]
        with tf.compat.v1.get_default_graph().gradient_override_map({"IdentityN": name}):
            passed = tf.identity_n(given)
        # Tapes know operations by their type, so the gradient of this one must be told them.
        record.record_operation(name, passed, given, lambda *upstream: padded(inputs, upstream))
        return tuple(passed[:outputs])

    return apply
