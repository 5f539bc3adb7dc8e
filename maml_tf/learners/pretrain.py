"""Pretraining on all tasks at once, and no training at all."""

from dataclasses import dataclass

from maml_tf.interfaces import Episodes, Parameters, Tensor
from maml_tf.learners.learner import AdaptingLearner, mean_loss
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class Pretrain(AdaptingLearner):
    """Trains one network on the support examples of all tasks; it adapts only at test.

    The baseline of section 5.1. As in the authors' `maml.py`, an iteration descends the loss of the
    support points of one meta-batch.
    """

    def objective(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        """Mean support loss without adaptation."""
        return mean_loss(self.network, self.loss, parameters, episodes.support)

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one iteration in place and returns the loss."""
        return state.descend(lambda parameters: self.objective(parameters, episodes))
