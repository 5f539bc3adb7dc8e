"""Ordinary training of one classifier on all classes."""

from dataclasses import dataclass, field

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Loss, Network, Parameters, Tensor
from maml_tf.losses import softmax_cross_entropy
from maml_tf.meta_optimizer import Adam
from maml_tf.networks.batch_moments import apply_with_moments, move_averages
from maml_tf.networks.moments import Moments
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """Trains one network to tell all meta-training classes apart, by ordinary minibatches.

    What `NearestNeighbour` and `FineTuning` start from: both baselines of Ravi and Larochelle 2017 (section
    5.1), whose results Table 1 repeats, train the same network in the same way (`pre-train.lua`): Adam of
    0.001, 30,000 batches of 64 images, no augmentation, and the last parameters are taken, not the best.
    Nothing adapts. `maml_tf.tasks.LabelledImages` makes the batches, in the support sets.

    Attributes:
        network: the network, with as many outputs as there are classes. It trains with the batch at hand;
            if its normalisation has running averages, each batch moves them.
        loss: loss of each example.
        meta_optimizer: how it is trained.
        momentum: share of each batch in the running averages (the default of Torch, with which the source
            was run: 0.1).

    Raises:
        SettingError: `momentum` is out of range.
    """

    network: Network
    loss: Loss = softmax_cross_entropy
    meta_optimizer: Adam = field(default_factory=Adam)
    momentum: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.momentum <= 1:
            raise SettingError(f"momentum must be above 0 and at most 1, not {self.momentum!r}")

    def begin(self, seed: int) -> State:
        """Makes the state from which training starts."""
        return State(self.network.initialize(seed), self.meta_optimizer)

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one iteration in place and returns the mean loss of the support sets."""
        noted: dict[str, Moments] = {}

        def objective(parameters: Parameters) -> Tensor:
            outputs, found = apply_with_moments(self.network, parameters, episodes.support.inputs)
            noted.update(tf.nest.map_structure(_over_tasks, found))
            return tf.reduce_mean(self.loss(outputs, episodes.support.targets))

        loss = state.descend(objective)
        state.assign(move_averages(state.parameters, noted, self.momentum))
        return loss

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> list[Tensor]:
        """Predicts the query targets; the same after every step, since nothing adapts."""
        outputs = self.network.apply(parameters, episodes.query.inputs, episodes.support.inputs)
        return [outputs] * (steps + 1)


def _over_tasks(moments: Tensor) -> Tensor:
    return tf.reduce_mean(moments, axis=list(range(moments.shape.rank - 1)))
