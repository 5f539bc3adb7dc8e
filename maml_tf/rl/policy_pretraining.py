"""One policy for all tasks."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from maml_tf.interfaces import Tensor
from maml_tf.rl.learner import AdaptingPolicy
from maml_tf.rl.sampler import stream
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class PolicyPretraining(AdaptingPolicy):
    """Trains one policy on all tasks without adaptation; it adapts only at meta-test (section 5.3).

    The meta-batch is the number of goals in an iteration, and each goal has `rollouts` rollouts. The authors' scripts
    use 100 goals with one rollout each in locomotion, with TRPO. In 2D navigation they run their MAML script without
    adaptation: 20 rollouts of each of 20 goals, with Adam. In an environment that shows the goal (`oracle=True`) this
    is the oracle.

    Attributes:
        pooled: Whether the rollouts of all goals share one baseline and are standardised together, as in the authors'
            scripts for locomotion. False does both for each goal separately, as in their MAML script.
    """

    rollouts: int = 1
    pooled: bool = True

    def sample_and_update(self, state: State, plan: Any, seeds: Tensor) -> Tensor:
        """Performs one iteration in place.

        Args:
            state: The state to update.
            plan: The goals, `[tasks, goal values]`.
            seeds: `[tasks, 2]`, one seed for each goal, different in each iteration.

        Returns:
            The negative average return before the update, a scalar.

        Raises:
            Diverged: The environment or the policy gave values that are not finite.
        """
        trajectories = self.sample(state.parameters, np.asarray(plan), stream(np.asarray(seeds), 0))
        self.improve(state, [], self.samples(trajectories, self.pooled))
        return -trajectories.average_returns.mean()
