"""Model-agnostic meta-learning."""

from dataclasses import dataclass

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Parameters, Tensor, leading_size
from maml_tf.learners.learner import AdaptingLearner, mean_loss
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class MAML(AdaptingLearner):
    """Learns an initialisation from which few gradient steps solve a new task (paper, algorithm 2).

    First-order MAML is the same learner with `InnerLoop(first_order=True)`.

    Attributes:
        tasks_at_once: Number of tasks of a meta-batch that are computed together; None for all. Fewer need less memory;
            the meta-gradient is the same sum, accumulated in parts. `Training` then needs a chunk of 1.
        groups: Number of groups into which the tasks that are computed together are divided. The groups do not depend
            on one another, so all threads of a CPU have work, and the activations of a small group fit into its cache.
            The meta-gradient is the same sum; the graph holds one copy of the computation for each group.

    Raises:
        SettingError: `tasks_at_once` or `groups` is below 1. When a meta-batch is given: it is not divisible by them.
    """

    tasks_at_once: int | None = None
    groups: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tasks_at_once is not None and self.tasks_at_once < 1:
            raise SettingError(f"tasks_at_once must be 1 or more, or None, not {self.tasks_at_once!r}")
        if self.groups < 1:
            raise SettingError(f"groups must be 1 or more, not {self.groups!r}")

    def objective(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        """Returns the meta-objective (section 2.2): the mean query loss after adaptation to the support sets."""
        if self.groups == 1:
            return self._of_group(parameters, episodes)
        tasks = leading_size(episodes)
        if tasks % self.groups:
            raise SettingError(f"groups must divide the {tasks} tasks that are computed together, not {self.groups}")
        parts = _in_parts(episodes, tasks // self.groups)
        groups = [tf.nest.map_structure(lambda leaf, place=place: leaf[place], parts) for place in range(self.groups)]
        return tf.add_n([self._of_group(parameters, group) for group in groups]) / self.groups

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one meta-iteration in place and returns the meta-objective before it."""
        if self.tasks_at_once is None:
            return state.descend(lambda parameters: self.objective(parameters, episodes))
        tasks = leading_size(episodes)
        if tasks % self.tasks_at_once:
            raise SettingError(f"tasks_at_once must divide the meta-batch of {tasks}, not {self.tasks_at_once}")
        return state.descend_in_parts(self.objective, _in_parts(episodes, self.tasks_at_once))

    def _of_group(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        adapted = self.adapt(parameters, episodes.support)[-1]
        return mean_loss(self.network, self.loss, adapted, episodes.query, episodes.support.inputs)


def _in_parts(episodes: Episodes, size: int) -> Episodes:
    """Splits the leading axis: `[tasks, ...]` to `[parts, size, ...]`."""
    parts: Episodes = tf.nest.map_structure(
        lambda leaf: tf.reshape(leaf, [leaf.shape[0] // size, size, *leaf.shape[1:]]), episodes
    )
    return parts
