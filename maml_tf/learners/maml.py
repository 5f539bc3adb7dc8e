"""Model-agnostic meta-learning."""

from dataclasses import dataclass

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Parameters, Tensor, leading_size
from maml_tf.learners.learner import AdaptingLearner, mean_loss
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class MAML(AdaptingLearner):
    """Learns an initialisation from which few gradient steps go far (paper, algorithm 2).

    First-order MAML is the same learner with `InnerLoop(first_order=True)`.

    Attributes:
        tasks_at_once: how many tasks of a meta-batch are computed together, None for all. Fewer need
            less memory; the meta-gradient is the same sum, taken in parts. `Training` then needs a chunk of 1.

    Raises:
        SettingError: `tasks_at_once` is below 1, or (when a meta-batch comes) does not divide it.
    """

    tasks_at_once: int | None = None

    def __post_init__(self) -> None:
        if self.tasks_at_once is not None and self.tasks_at_once < 1:
            raise SettingError(f"tasks_at_once must be 1 or more, or None, not {self.tasks_at_once!r}")

    def objective(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        """Mean query loss after adaptation to the support sets, the meta-objective (equation 1)."""
        adapted = self.adapt(parameters, episodes.support)[-1]
        return mean_loss(self.network, self.loss, adapted, episodes.query, episodes.support.inputs)

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one meta-iteration in place and returns the meta-objective."""
        if self.tasks_at_once is None:
            return state.descend(lambda parameters: self.objective(parameters, episodes))
        return state.descend_in_parts(self.objective, _in_parts(episodes, self.tasks_at_once))


def _in_parts(episodes: Episodes, size: int) -> Episodes:
    """Splits the leading axis: `[tasks, ...]` to `[parts, size, ...]`."""
    tasks = leading_size(episodes)
    if tasks % size:
        raise SettingError(f"tasks_at_once must divide the meta-batch of {tasks}, not {size}")
    parts: Episodes = tf.nest.map_structure(
        lambda each: tf.reshape(each, [tasks // size, size, *each.shape[1:]]), episodes
    )
    return parts
