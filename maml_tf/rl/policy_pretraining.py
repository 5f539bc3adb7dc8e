"""One policy for all tasks."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from maml_tf.checks import check_whole_numbers
from maml_tf.errors import SettingError
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
        time_steps: Number of time steps in an iteration, for pooled rollouts: goals count in turn, until their rollouts
            have as many. None if all count.

    Raises:
        SettingError: As `AdaptingPolicy`; or `time_steps` is below 1, or rollouts are not pooled with it.
    """

    rollouts: int = 1
    pooled: bool = True
    time_steps: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.time_steps is not None:
            check_whole_numbers(self, time_steps=1)
            if not self.pooled:
                raise SettingError(f"pooled must be True with time_steps, not {self.pooled!r}")

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
        counted = trajectories if self.time_steps is None else trajectories.first(self.time_steps)
        self.improve(state, [], self.samples(counted, self.pooled))
        return -trajectories.average_returns.mean()
