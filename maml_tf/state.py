"""What meta-training changes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from maml_tf.interfaces import Parameters, Tensor, leading_size
from maml_tf.meta_optimizer import Adam

Snapshot = dict[str, np.ndarray]


class State:
    """Parameters being meta-trained, the moments of the meta-optimizer, and the count of iterations.

    Networks, learners and task distributions never change; a state does, and so does a `Selection`, which a
    resumed run needs as well.
    """

    def __init__(self, parameters: Parameters, meta_optimizer: Adam | None = None) -> None:
        """Starts from `parameters`; without a meta-optimizer, `descend` is not available."""
        self._structure = tf.nest.map_structure(lambda _: None, parameters)
        self._parameters = [tf.Variable(value) for value in tf.nest.flatten(parameters)]
        self._meta_optimizer = meta_optimizer
        self._slots = meta_optimizer.slots(self._parameters) if meta_optimizer else []
        self.iteration = tf.Variable(0, dtype=tf.int64)

    @property
    def parameters(self) -> Parameters:
        """The parameters as they are now: a nested structure of tensors."""
        return self._pack(self._values())

    def assign(self, parameters: Parameters) -> None:
        """Replaces the parameters."""
        for variable, value in zip(self._parameters, tf.nest.flatten(parameters), strict=True):
            variable.assign(value)

    def reset(self, parameters: Parameters) -> None:
        """Starts anew from `parameters`."""
        self.assign(parameters)
        for slot in self._slots:
            slot.assign(tf.zeros_like(slot))
        self.iteration.assign(0)

    def descend(self, objective: Callable[[Parameters], Tensor]) -> Tensor:
        """Takes one step of the meta-optimizer.

        Args:
            objective: maps parameters to the scalar meta-loss.

        Returns:
            The meta-loss before the step.
        """
        return self._step(*self._gradients(objective, self._values()))

    def descend_in_parts(self, objective: Callable[[Parameters, Any], Tensor], parts: Any) -> Tensor:
        """Takes one step of the meta-optimizer; the meta-loss is the mean over parts.

        They are computed one after another in a loop, so that the memory of one serves the next and the
        graph is that of one.

        Args:
            objective: maps parameters and one part to a scalar.
            parts: a nested structure of tensors whose leading axis is that of the parts.

        Returns:
            The meta-loss before the step.
        """
        values, count = self._values(), leading_size(parts)

        def add(index: Tensor, totals: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
            part = tf.nest.map_structure(lambda each: each[index], parts)
            loss, gradients = self._gradients(lambda parameters: objective(parameters, part), values)
            return index + 1, [total + each for total, each in zip(totals, [loss, *gradients], strict=True)]

        zeros = [tf.zeros([], values[0].dtype), *map(tf.zeros_like, values)]
        _, totals = tf.while_loop(lambda index, _: index < count, add, [tf.constant(0), zeros], parallel_iterations=1)
        loss, *gradients = (total / count for total in totals)
        return self._step(loss, gradients)

    def _values(self) -> list[Tensor]:
        return [variable.read_value() for variable in self._parameters]

    def _step(self, loss: Tensor, gradients: list[Tensor]) -> Tensor:
        assert self._meta_optimizer is not None
        iteration = self.iteration.assign_add(1)
        self._meta_optimizer.update(self._parameters, self._slots, gradients, iteration)
        return loss

    def _gradients(
        self, objective: Callable[[Parameters], Tensor], values: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            loss = objective(self._pack(values))
        return loss, tape.gradient(loss, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    def snapshot(self) -> Snapshot:
        """Copies everything to arrays, by name."""
        return {name: variable.numpy() for name, variable in self._named().items()}

    def restore(self, snapshot: Snapshot) -> None:
        """Puts a snapshot back.

        Raises:
            ValueError: the snapshot is of another network or meta-optimizer.
        """
        named = self._named()
        if {name: (array.shape, array.dtype) for name, array in snapshot.items()} != {
            name: (tuple(variable.shape), variable.dtype.as_numpy_dtype) for name, variable in named.items()
        }:
            raise ValueError("the snapshot has other names, shapes or types than the state")
        for name, variable in named.items():
            variable.assign(snapshot[name])

    def parameters_of(self, snapshot: Snapshot) -> Parameters:
        """The parameters that a snapshot of this state holds."""
        return self._pack([tf.constant(snapshot[f"parameter-{index}"]) for index in range(len(self._parameters))])

    def _pack(self, values: list[Tensor]) -> Parameters:
        return tf.nest.pack_sequence_as(self._structure, values)

    def _named(self) -> dict[str, Any]:
        groups = {"parameter": self._parameters, "slot": self._slots, "iteration": [self.iteration]}
        return {f"{group}-{index}": each for group, all_ in groups.items() for index, each in enumerate(all_)}
