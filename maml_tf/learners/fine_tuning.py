"""Fine-tuning of a trained classifier."""

from dataclasses import dataclass

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Examples, Parameters, Tensor, leading_size
from maml_tf.learners.learner import AdaptingLearner
from maml_tf.naming import leaf_names
from maml_tf.networks.batch_moments import AVERAGES, apply_with_moments, move_averages


@dataclass(frozen=True, kw_only=True)
class FineTuning(AdaptingLearner):
    """Goes on training a network on the support set of a task, with a new last layer.

    A baseline of Ravi and Larochelle 2017 (section 5.1), whose results Table 1 repeats. As in their program
    (`pre-trained-SGD.lua`), a network trained by `Classifier` receives a last layer for the classes of a
    task, drawn once and the same for all tasks, and all its parameters take 15 steps on the whole support
    set. The learning rate is the one of 0.5, 0.1, 0.01 ... 0.00001 with the highest accuracy on 100
    meta-validation tasks (see `maml_tf.tuned`); the program tries decays of it as well, of which we keep none.

    The steps normalise by the support set, and each moves the running averages, if there are any; the
    program predicts query sets with these: give the network that statistics to do the same.

    Attributes:
        network: the network, with as many outputs as a task has classes.
        inner_loop: the steps; `adapts` and `keeps` choose the parameters that change.
        last_layer: name of the last layer among the parameters.
        seed: of the new last layer.
        momentum: share of each step in the running averages.

    Raises:
        SettingError: a value is out of range, or (when parameters come) nothing is named as said.
    """

    last_layer: str = "linear"
    seed: int = 0
    momentum: float = 0.1

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise SettingError(f"seed must be 0 or more, not {self.seed!r}")
        if not 0 < self.momentum <= 1:
            raise SettingError(f"momentum must be above 0 and at most 1, not {self.momentum!r}")

    def adapt(self, parameters: Parameters, support: Examples) -> tuple[Parameters, ...]:
        """Parameters after 0, 1, ... steps, the new last layer in each.

        Args:
            parameters: of the trained classifier, that all tasks share.
            support: support sets of all tasks.

        Returns:
            What changes has a leading axis of tasks; the running averages are `[tasks, 1, ..., units]` then.
        """
        parameters = self._with_new_last_layer(parameters)
        chosen = self._chosen(parameters)
        values = tf.nest.flatten(parameters)
        for index in chosen:
            values[index] = tf.repeat(values[index][tf.newaxis], leading_size(support), axis=0)
        trajectory = [tf.nest.pack_sequence_as(parameters, values)]
        for _ in range(self.inner_loop.steps):
            trajectory.append(self._descend(trajectory[-1], chosen, support))
        return tuple(trajectory)

    def _with_new_last_layer(self, parameters: Parameters) -> Parameters:
        if self.last_layer not in parameters:
            raise SettingError(f"last_layer must be one of {sorted(parameters)}, not {self.last_layer!r}")
        return parameters | {self.last_layer: self.network.initialize(self.seed)[self.last_layer]}

    def _chosen(self, parameters: Parameters) -> list[int]:
        """Places of the parameters that change, among all."""
        names = leaf_names(parameters)
        # Running averages follow the moments of the support set, not a gradient.
        chosen = [place for place in self.inner_loop.places(names) if names[place].split("/")[-1] not in AVERAGES]
        if not chosen:
            raise SettingError(f"adapts={self.inner_loop.adapts!r} leaves nothing but running averages to adapt")
        return chosen

    def _descend(self, parameters: Parameters, chosen: list[int], support: Examples) -> Parameters:
        values: list[Tensor] = tf.nest.flatten(parameters)
        point = [values[index] for index in chosen]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(point)
            outputs, found = apply_with_moments(self.network, parameters, support.inputs)
            # Tasks do not depend on one another: the gradient of the sum holds each task's own gradient.
            loss = tf.reduce_sum(self.inner_loop.scale(self.loss(outputs, support.targets), support.targets))
        changes = tape.gradient(loss, point, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        for index, change in zip(chosen, changes, strict=True):
            values[index] -= self.inner_loop.learning_rate * change
        return move_averages(tf.nest.pack_sequence_as(parameters, values), found, self.momentum)
