"""Model-agnostic meta-learning."""

from dataclasses import dataclass

from maml_tf.interfaces import Episodes, Parameters, Tensor
from maml_tf.learners.learner import AdaptingLearner, mean_loss
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class MAML(AdaptingLearner):
    """Learns an initialisation from which few gradient steps go far (paper, algorithm 2).

    First-order MAML is the same learner with `InnerLoop(first_order=True)`.
    """

    def objective(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        """Mean query loss after adaptation to the support sets, the meta-objective (equation 1)."""
        adapted = self.adapt(parameters, episodes.support)[-1]
        return mean_loss(self.network, self.loss, adapted, episodes.query)

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one meta-iteration in place and returns the meta-objective."""
        return state.descend(lambda parameters: self.objective(parameters, episodes))
