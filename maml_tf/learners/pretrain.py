"""Pretraining on all tasks at once."""

from dataclasses import dataclass

from maml_tf.interfaces import Episodes, Parameters, Tensor
from maml_tf.learners.learner import AdaptingLearner, mean_loss
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class Pretrain(AdaptingLearner):
    """Trains one network on the support examples of all tasks; it adapts only at meta-test.

    This is the baseline of section 5.1. As in the authors' `maml.py`, each iteration reduces the loss of the
    support examples of one meta-batch.
    """

    def objective(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        """Returns the mean loss of the support sets without adaptation, a scalar."""
        return mean_loss(self.network, self.loss, parameters, episodes.support)

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one iteration in place and returns the loss, a scalar."""
        return state.descend(lambda parameters: self.objective(parameters, episodes))
