"""The oracle, which is told the task."""

from dataclasses import dataclass, field

import tensorflow as tf

from maml_tf.interfaces import Episodes, Examples, Loss, Network, Parameters, Tensor
from maml_tf.learners.learner import mean_loss, trainable
from maml_tf.meta_optimizer import Adam
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class Oracle:
    """Receives the task's descriptor as additional inputs and never adapts.

    The upper bound of section 5.1: amplitude and phase are given with each input. It is trained like
    `Pretrain`.

    Attributes:
        network: the network; its inputs are the examples' inputs followed by the descriptor.
        loss: loss of each example.
        meta_optimizer: how it is trained.
    """

    network: Network
    loss: Loss
    meta_optimizer: Adam = field(default_factory=Adam)

    def begin(self, seed: int) -> State:
        """Makes the state from which training starts.

        Raises:
            SettingError: the network has running averages.
        """
        return State(trainable(self.network, seed), self.meta_optimizer)

    def objective(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        """Mean loss on the support points, with the descriptor given."""
        told = _told(episodes.support.inputs, episodes.descriptor)
        return mean_loss(self.network, self.loss, parameters, Examples(told, episodes.support.targets))

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one iteration in place and returns the loss."""
        return state.descend(lambda parameters: self.objective(parameters, episodes))

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> list[Tensor]:
        """Predicts the query targets; the same after every step, since nothing adapts."""
        told = _told(episodes.query.inputs, episodes.descriptor)
        return [self.network.apply(parameters, told)] * (steps + 1)


def _told(inputs: Tensor, descriptor: Tensor) -> Tensor:
    shape = [*inputs.shape[:2], descriptor.shape[-1]]
    return tf.concat([inputs, tf.broadcast_to(descriptor[:, tf.newaxis], shape)], axis=-1)
