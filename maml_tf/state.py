"""What meta-training changes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from maml_tf.derivatives import exact_derivatives
from maml_tf.devices import on_gpu
from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor, leading_size
from maml_tf.meta_optimizer import GradientOptimizer, MetaProblem, ProblemSolver, as_meta_optimizer, positions_by_prefix
from maml_tf.naming import leaf_names
from maml_tf.randomness import Draws, drawing

Snapshot = dict[str, np.ndarray]


class _Group(NamedTuple):
    """Parameters that one gradient optimizer updates."""

    optimizer: GradientOptimizer
    positions: list[int]
    slots: list[tf.Variable]


class State:
    """Parameters being meta-trained, the variables of the meta-optimizer, and the count of meta-iterations.

    Networks, learners and task distributions never change; a state does. A learner changes it by one of

    * `descend` (or `descend_in_parts`), which differentiates a meta-loss and applies the gradients;
    * `apply_gradients`, if the learner computes the gradients itself;
    * `solve`, for a meta-optimizer that evaluates objective and constraint itself;
    * `assign`, which replaces the parameters.

    All gradients go through `apply_gradients`. In a replica of a `tf.distribute` strategy it averages them over the
    replicas first, so a learner needs no change to run on several devices.

    Attributes:
        iteration: The number of meta-iterations so far, a variable.
        seed: Seed of the random numbers that networks draw in `descend` and `descend_in_parts`; see
            `maml_tf.randomness`. `train` sets it to the seed of `Training`.
    """

    def __init__(self, parameters: Parameters, meta_optimizer: Any = None) -> None:
        """Starts from `parameters`.

        Args:
            parameters: A nested structure of tensors.
            meta_optimizer: A meta-optimizer of this library or a Keras optimizer; a mapping from prefixes of parameter
                names to several gradient optimizers; or None, if only `assign` is used.

        Raises:
            SettingError: It is none of these, or the prefixes do not divide the parameters.
        """
        self.seed: int | Tensor = 0
        self._recorded: list[list[Tensor]] | None = None
        self._structure = tf.nest.map_structure(lambda _: None, parameters)
        self._parameters = [tf.Variable(value) for value in tf.nest.flatten(parameters)]
        self._solver: ProblemSolver | None = None
        self._groups: list[_Group] = []
        self.iteration = tf.Variable(0, dtype=tf.int64, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA)
        if isinstance(meta_optimizer, Mapping):
            groups = positions_by_prefix(leaf_names(parameters), list(meta_optimizer))
            for optimizer, positions in zip(meta_optimizer.values(), groups, strict=True):
                self._add_group(as_meta_optimizer(optimizer), positions)
        elif meta_optimizer is not None:
            self._add_group(as_meta_optimizer(meta_optimizer), list(range(len(self._parameters))))
        # Most slots start at zero, which need not be kept; a learning rate does not.
        values = [slot.numpy() for slot in self._slots]
        self._slots_at_start = [value if np.any(value) else None for value in values]

    @property
    def names(self) -> list[str]:
        """The names of the parameters, in the order of their variables."""
        return leaf_names(self._structure)

    @property
    def parameters(self) -> Parameters:
        """The present parameters, a nested structure of tensors."""
        return self._pack(self._values())

    def assign(self, parameters: Parameters) -> None:
        """Replaces the parameters."""
        for variable, value in zip(self._parameters, tf.nest.flatten(parameters), strict=True):
            variable.assign(value)

    def reset(self, parameters: Parameters) -> None:
        """Starts again from `parameters`."""
        self.assign(parameters)
        for slot, start in zip(self._slots, self._slots_at_start, strict=True):
            slot.assign(tf.zeros_like(slot) if start is None else start)
        self.iteration.assign(0)

    def descend(self, objective: Callable[[Parameters], Tensor]) -> Tensor:
        """Takes one step of the meta-optimizer along the gradient of a meta-loss.

        Args:
            objective: Maps parameters to the meta-loss, a scalar.

        Returns:
            The meta-loss before the step.

        Raises:
            SettingError: TensorFlow has no derivative of an operation of the objective.
        """
        loss, gradients = self._gradients(objective, self._values())
        self._apply(gradients)
        return loss

    def descend_in_parts(self, objective: Callable[[Parameters, Any], Tensor], parts: Any) -> Tensor:
        """Takes one step of the meta-optimizer; the meta-loss is the mean over parts.

        The parts are computed one after another in a loop, so that they share memory and the graph contains only one.

        Args:
            objective: Maps parameters and one part to a scalar.
            parts: A nested structure of tensors whose leading axis numbers the parts.

        Returns:
            The meta-loss before the step.
        """
        values, count = self._values(), leading_size(parts)

        def add(index: Tensor, totals: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
            part = tf.nest.map_structure(lambda each: each[index], parts)
            loss, gradients = self._gradients(lambda parameters: objective(parameters, part), values, index)
            return index + 1, [total + each for total, each in zip(totals, [loss, *gradients], strict=True)]

        zeros = [tf.zeros([], values[0].dtype), *map(tf.zeros_like, values)]
        _, totals = tf.while_loop(lambda index, _: index < count, add, [tf.constant(0), zeros], parallel_iterations=1)
        loss, *gradients = (total / count for total in totals)
        self._apply(gradients)
        return loss

    def apply_gradients(self, gradients: Parameters) -> None:
        """Takes one step of the meta-optimizer along given gradients.

        Args:
            gradients: A nested structure like the parameters.
        """
        tf.nest.assert_same_structure(self._structure, gradients)
        self._apply(tf.nest.flatten(gradients))

    def solve(self, problem: MetaProblem) -> Tensor:
        """Lets a `ProblemSolver` take one step.

        Args:
            problem: Objective and constraint.

        Returns:
            The objective before the step.

        Raises:
            SettingError: The meta-optimizer needs gradients and cannot take a constraint into account.
        """
        if self._solver is None:
            raise SettingError("meta_optimizer must have a method solve(problem, parameters) for this learner")
        self.iteration.assign_add(1)
        parameters, objective = self._solver.solve(problem, self.parameters)
        self.assign(parameters)
        return objective

    @contextmanager
    def recording(self) -> Iterator[list[list[Tensor]]]:
        """Collects gradients within the context, one list for each step, instead of applying them."""
        self._recorded = []
        try:
            yield self._recorded
        finally:
            self._recorded = None

    def snapshot(self) -> Snapshot:
        """Copies all variables to arrays, by name."""
        named = self._named()
        if not on_gpu():
            return {name: variable.numpy() for name, variable in named.items()}
        # One transfer for each type, because each takes much longer than the copy of a small variable.
        arrays = {name: values.numpy() for name, values in self._joined().items()}
        ends = dict.fromkeys(arrays, 0)
        snapshot = {}
        for name, variable in named.items():
            kind, start = variable.dtype.name, ends[variable.dtype.name]
            ends[kind] = start + variable.shape.num_elements()
            snapshot[name] = arrays[kind][start : ends[kind]].reshape(variable.shape)
        return snapshot

    def restore(self, snapshot: Snapshot) -> None:
        """Restores a snapshot.

        Raises:
            ValueError: The snapshot belongs to another network or meta-optimizer.
        """
        named = self._named()
        if {name: (array.shape, array.dtype) for name, array in snapshot.items()} != {
            name: (tuple(variable.shape), variable.dtype.as_numpy_dtype) for name, variable in named.items()
        }:
            raise ValueError("the snapshot has other names, shapes or types than the state")
        for name, variable in named.items():
            variable.assign(snapshot[name])

    def parameters_of(self, snapshot: Snapshot) -> Parameters:
        """Returns the parameters in a snapshot of this state."""
        return self._pack([tf.constant(snapshot[f"parameter-{index}"]) for index in range(len(self._parameters))])

    def _add_group(self, optimizer: GradientOptimizer | ProblemSolver, positions: list[int]) -> None:
        if isinstance(optimizer, ProblemSolver):
            if len(positions) < len(self._parameters):
                raise SettingError(f"meta_optimizer must solve for all parameters, not for a part: {optimizer!r}")
            self._solver = optimizer
        else:
            slots = optimizer.slots([self._parameters[at] for at in positions])
            self._groups.append(_Group(optimizer, positions, slots))

    @property
    def _slots(self) -> list[tf.Variable]:
        return [slot for group in self._groups for slot in group.slots]

    def _values(self) -> list[Tensor]:
        return [variable.read_value() for variable in self._parameters]

    def _gradients(
        self, objective: Callable[[Parameters], Tensor], values: list[Tensor], part: int | Tensor = 0
    ) -> tuple[Tensor, list[Tensor]]:
        draws = Draws(seed=self.seed, step=lambda: [self.iteration.read_value(), part])

        with exact_derivatives(), drawing(draws):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(values)
                loss = objective(self._pack(values))
            return loss, tape.gradient(loss, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    def _apply(self, gradients: list[Tensor]) -> None:
        """Updates all parameters; the one place through which gradients go."""
        if self._recorded is not None:
            self._recorded.append(gradients)
            return
        if not self._groups:
            raise SettingError("meta_optimizer must be one that applies gradients for this learner")
        replica = tf.distribute.get_replica_context()
        if replica and replica.num_replicas_in_sync > 1:
            gradients = replica.all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
        iteration = self.iteration.assign_add(1)
        for group in self._groups:
            variables = [self._parameters[at] for at in group.positions]
            group.optimizer.update(variables, group.slots, [gradients[at] for at in group.positions], iteration)

    def _pack(self, values: list[Tensor]) -> Parameters:
        return tf.nest.pack_sequence_as(self._structure, values)

    @cached_property
    def _joined(self) -> Callable[[], dict[str, Tensor]]:
        """A compiled function that joins all variables of each type, in the order of `_named`, to one vector."""

        def joined() -> dict[str, Tensor]:
            parts: dict[str, list[Tensor]] = {}
            for variable in self._named().values():
                parts.setdefault(variable.dtype.name, []).append(tf.reshape(variable.read_value(), [-1]))
            return {kind: tf.concat(values, 0) for kind, values in parts.items()}

        return tf.function(joined, autograph=False)  # type: ignore[no-any-return]

    def _named(self) -> dict[str, Any]:
        groups = {"parameter": self._parameters, "slot": self._slots, "iteration": [self.iteration]}
        return {f"{group}-{index}": each for group, variables in groups.items() for index, each in enumerate(variables)}
