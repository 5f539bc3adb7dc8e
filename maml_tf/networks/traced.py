"""Kernels in one inner step."""

from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Tensor
from maml_tf.networks.factored import Factored


@dataclass(frozen=True, kw_only=True, eq=False)
class Traced:
    """A kernel in one inner step, which notes what it is used for.

    The gradient of each product with it is known from the inputs of that product and the gradient
    with respect to its outputs, so the tape of the step is asked for the latter alone. A layer that
    has no use for this spells the kernel out and is differentiated in the ordinary way.

    Attributes:
        kernel: the kernel before the step.
        tape: differentiates the step.
        inputs: of each product so far, `[tasks, examples, features]`.
        outputs: of each product so far, `[tasks, examples, units]`.
        spelled_out: `[tasks, features, units]`, each time that it was.
        graph: where the step is taken; a tensor of any other graph means nothing to its tape.
    """

    kernel: Factored
    tape: tf.GradientTape
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    spelled_out: list[Tensor] = field(default_factory=list)
    graph: Any = field(default_factory=tf.compat.v1.get_default_graph, repr=False)

    def multiply(self, inputs: Tensor) -> Tensor:
        """Maps `[tasks, examples, features]` to `[tasks, examples, units]`.

        Raises:
            SettingError: the network has a graph of its own.
        """
        self._check_graph()
        outputs = self.kernel.multiply(inputs)
        self.tape.watch(outputs)
        self.inputs.append(inputs)
        self.outputs.append(outputs)
        return outputs

    def per_task(self) -> Tensor:
        """Spells the kernels out, `[tasks, features, units]`.

        Raises:
            SettingError: the network has a graph of its own.
        """
        self._check_graph()
        kernels = self.kernel.per_task()
        self.tape.watch(kernels)
        self.spelled_out.append(kernels)
        return kernels

    @property
    def handles(self) -> list[Tensor]:
        """What the step is to be differentiated with respect to, once the network was applied."""
        return [*self.outputs, *self.spelled_out]

    def moved(self, changes: list[Tensor], first_order: bool) -> Factored | Tensor:
        """The kernel after the step.

        Args:
            changes: for each of `handles`, what the step adds.
            first_order: take the step for a constant.

        Returns:
            Factors, or `[tasks, features, units]` where these are no more numbers.
        """
        held = tf.stop_gradient if first_order else tf.identity
        upstream, direct = changes[: len(self.outputs)], changes[len(self.outputs) :]
        kernel = self.kernel.plus([held(each) for each in self.inputs], [held(each) for each in upstream])
        if kernel.is_smaller and not direct:
            return kernel
        return tf.add_n([kernel.per_task(), *map(held, direct)])

    def _check_graph(self) -> None:
        used = tf.compat.v1.get_default_graph()
        if used is not self.graph:
            raise SettingError(
                f"apply() of a network that adapts must not be a tf.function or a loop of its own, but {used} is one; "
                "put tf.function around the whole of adapt() instead"
            )
