"""What meta-training changes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from maml_tf.interfaces import Parameters, Tensor
from maml_tf.meta_optimizer import Adam

Snapshot = dict[str, np.ndarray]


class State:
    """Parameters being meta-trained, the moments of the meta-optimizer, and the count of iterations.

    The only mutable thing in the library. Everything that a resumed run needs is in here.
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
        return self._pack([variable.read_value() for variable in self._parameters])

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
        assert self._meta_optimizer is not None
        values = [variable.read_value() for variable in self._parameters]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            loss = objective(self._pack(values))
        gradients = tape.gradient(loss, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        iteration = self.iteration.assign_add(1)
        self._meta_optimizer.update(self._parameters, self._slots, gradients, iteration)
        return loss

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

    def _pack(self, values: list[Tensor]) -> Parameters:
        return tf.nest.pack_sequence_as(self._structure, values)

    def _named(self) -> dict[str, Any]:
        groups = {"parameter": self._parameters, "slot": self._slots, "iteration": [self.iteration]}
        return {f"{group}-{index}": each for group, all_ in groups.items() for index, each in enumerate(all_)}
