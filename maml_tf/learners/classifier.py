"""Ordinary training of one classifier on all meta-training classes."""

from dataclasses import dataclass, field

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Loss, Network, Parameters, Tensor
from maml_tf.losses import as_loss, softmax_cross_entropy
from maml_tf.meta_optimizer import Adam
from maml_tf.networks.normalization import Moments, apply_with_moments, move_averages
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """Trains one network to classify all meta-training classes, with ordinary minibatches.

    `NearestNeighbour` and `FineTuning` start from such a network. Both are baselines of Ravi and Larochelle 2017
    (section 5.1), whose results Table 1 repeats, and both start from the same training (`pre-train.lua`): Adam with
    a learning rate of 0.001, 30,000 batches of 64 images, no augmentation; the last parameters are used, not the
    best. Nothing adapts. `maml_tf.tasks.LabelledImages` supplies the batches as support sets.

    Attributes:
        network: The network, with one output per class. It trains with current-batch statistics; if its
            normalisation has running averages, every batch moves them.
        loss: The loss of one example.
        meta_optimizer: The optimizer that trains the network.
        momentum: The weight of each batch in the running averages (0.1, the default of Torch, which the source uses).

    Raises:
        SettingError: `momentum` is out of range.
    """

    network: Network
    loss: Loss = softmax_cross_entropy
    meta_optimizer: Adam = field(default_factory=Adam)
    momentum: float = 0.1

    def __post_init__(self) -> None:
        as_loss(self.loss)
        if not 0 < self.momentum <= 1:
            raise SettingError(f"momentum must be above 0 and at most 1, not {self.momentum!r}")

    def begin(self, seed: int) -> State:
        """Returns the state from which training starts."""
        return State(self.network.initialize(seed), self.meta_optimizer)

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one iteration in place and returns the mean loss of the support sets, a scalar."""
        batch_moments: dict[str, Moments] = {}

        def objective(parameters: Parameters) -> Tensor:
            outputs, by_layer = apply_with_moments(self.network, parameters, episodes.support.inputs)
            batch_moments.update(tf.nest.map_structure(_over_tasks, by_layer))
            return tf.reduce_mean(as_loss(self.loss)(outputs, episodes.support.targets))

        loss = state.descend(objective)
        state.assign(move_averages(state.parameters, batch_moments, self.momentum))
        return loss

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> list[Tensor]:
        """Predicts the query targets, with the same result after every step."""
        outputs = self.network.apply(parameters, episodes.query.inputs, episodes.support.inputs)
        return [outputs] * (steps + 1)


def _over_tasks(moments: Tensor) -> Tensor:
    return tf.reduce_mean(moments, axis=list(range(moments.shape.rank - 1)))
