"""The oracle, which receives a description of the task."""

from dataclasses import dataclass, field

import tensorflow as tf

from maml_tf.interfaces import Episodes, Examples, Loss, Network, Parameters, Tensor
from maml_tf.learners.learner import mean_loss, trainable
from maml_tf.losses import as_loss
from maml_tf.meta_optimizer import Adam
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class Oracle:
    """Receives the descriptor of the task as additional inputs and does not adapt.

    This is the upper bound of section 5.1: every input is accompanied by the amplitude and phase of its task. It is
    trained like `Pretrain`.

    Attributes:
        network: The network; its inputs are the inputs of an example followed by the descriptor.
        loss: The loss of one example.
        meta_optimizer: The optimizer that trains the network.
    """

    network: Network
    loss: Loss
    meta_optimizer: Adam = field(default_factory=Adam)

    def __post_init__(self) -> None:
        as_loss(self.loss)

    def begin(self, seed: int) -> State:
        """Returns the state from which training starts.

        Raises:
            SettingError: The network has running averages.
        """
        return State(trainable(self.network, seed), self.meta_optimizer)

    def objective(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        """Returns the mean loss of the support sets, with the descriptor among the inputs."""
        inputs = _with_descriptor(episodes.support.inputs, episodes.descriptor)
        return mean_loss(self.network, self.loss, parameters, Examples(inputs, episodes.support.targets))

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one iteration in place and returns the loss, a scalar."""
        return state.descend(lambda parameters: self.objective(parameters, episodes))

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> list[Tensor]:
        """Predicts the query targets, with the same result after every step."""
        inputs = _with_descriptor(episodes.query.inputs, episodes.descriptor)
        return [self.network.apply(parameters, inputs)] * (steps + 1)


def _with_descriptor(inputs: Tensor, descriptor: Tensor) -> Tensor:
    shape = [*inputs.shape[:2], descriptor.shape[-1]]
    return tf.concat([inputs, tf.broadcast_to(descriptor[:, tf.newaxis], shape)], axis=-1)
