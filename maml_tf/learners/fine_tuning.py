"""Fine-tuning of a trained classifier."""

from dataclasses import dataclass

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Examples, Parameters, Tensor, leading_size
from maml_tf.learners.learner import AdaptingLearner
from maml_tf.losses import as_loss
from maml_tf.naming import leaf_names
from maml_tf.networks.normalization import AVERAGES, apply_with_moments, move_averages


@dataclass(frozen=True, kw_only=True)
class FineTuning(AdaptingLearner):
    """Continues to train a network on the support set of a task, with a new last layer.

    This is a baseline of Ravi and Larochelle 2017 (section 5.1), whose results Table 1 repeats. As in their program
    (`pre-trained-SGD.lua`), a network trained by `Classifier` receives a new last layer for the classes of a task,
    which has the same initial values for all tasks, and all parameters take 15 steps on the whole support set. The
    learning rate is the one of 0.5, 0.1, 0.01 ... 0.00001 with the highest accuracy on 100 meta-validation tasks
    (see `maml_tf.tuned`). The program also tries to decay it; we do not.

    The steps use current-batch statistics, and each step moves the running averages if there are any. The program
    predicts query sets with these averages; give the network `BatchNormalization(statistics="running averages")` to do
    the same.

    Attributes:
        network: The network, with one output per class of a task.
        inner_loop: The steps; `adapts` and `keeps` choose the parameters that change.
        last_layer: The name of the last layer among the parameters.
        seed: Seed of the new last layer.
        momentum: The weight of each step in the running averages.

    Raises:
        SettingError: A value is out of range, or (once the parameters are known) a name does not exist.
    """

    last_layer: str = "linear"
    seed: int = 0
    momentum: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.seed < 0:
            raise SettingError(f"seed must be 0 or more, not {self.seed!r}")
        if not 0 < self.momentum <= 1:
            raise SettingError(f"momentum must be above 0 and at most 1, not {self.momentum!r}")

    def adapt(self, parameters: Parameters, support: Examples) -> tuple[Parameters, ...]:
        """Returns the parameters after 0, 1, ... steps, all with the new last layer.

        Args:
            parameters: The parameters of the trained classifier, shared by all tasks.
            support: The support sets of all tasks.

        Returns:
            The parameters of every step. Those that change have a leading axis of tasks; running averages that have
            moved are `[tasks, 1, ..., units]`.

        Raises:
            SettingError: `last_layer`, `adapts` or `keeps` names no parameter, or nothing is left to adapt.
        """
        parameters = self._with_new_last_layer(parameters)
        adapted = self._adapted_indices(parameters)
        values = tf.nest.flatten(parameters)
        for index in adapted:
            values[index] = tf.repeat(values[index][tf.newaxis], leading_size(support), axis=0)
        trajectory = [tf.nest.pack_sequence_as(parameters, values)]
        for _ in range(self.inner_loop.steps):
            trajectory.append(self._descend(trajectory[-1], adapted, support))
        return tuple(trajectory)

    def _with_new_last_layer(self, parameters: Parameters) -> Parameters:
        if self.last_layer not in parameters:
            raise SettingError(f"last_layer must be one of {sorted(parameters)}, not {self.last_layer!r}")
        return parameters | {self.last_layer: self.network.initialize(self.seed)[self.last_layer]}

    def _adapted_indices(self, parameters: Parameters) -> list[int]:
        """Returns the indices of the parameters that adapt, in the order of `leaf_names`."""
        names = leaf_names(parameters)
        # Running averages follow the moments of the support set, not a gradient.
        adapted = [index for index in self.inner_loop.places(names) if names[index].split("/")[-1] not in AVERAGES]
        if not adapted:
            raise SettingError(f"adapts={self.inner_loop.adapts!r} leaves nothing but running averages to adapt")
        return adapted

    def _descend(self, parameters: Parameters, adapted: list[int], support: Examples) -> Parameters:
        values: list[Tensor] = tf.nest.flatten(parameters)
        point = [values[index] for index in adapted]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(point)
            outputs, by_layer = apply_with_moments(self.network, parameters, support.inputs)
            # Tasks are independent, so the gradient of the sum contains the gradient of every task.
            loss = tf.reduce_sum(self.inner_loop.scale(as_loss(self.loss)(outputs, support.targets), outputs))
        gradients = tape.gradient(loss, point, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        for index, gradient in zip(adapted, gradients, strict=True):
            values[index] -= self.inner_loop.rate * gradient
        return move_averages(tf.nest.pack_sequence_as(parameters, values), by_layer, self.momentum)
