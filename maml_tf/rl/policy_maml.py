"""MAML for policies."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from maml_tf.interfaces import Tensor
from maml_tf.rl.learner import AdaptingPolicy
from maml_tf.rl.sampler import stream
from maml_tf.rl.trajectories import Samples
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class PolicyMAML(AdaptingPolicy):
    """Learns initial parameters of a policy from which few policy gradient steps solve a new task (algorithm 3).

    First-order MAML is `InnerLoop(first_order=True)`. The context vector of appendix C.2 is a policy with `context` and
    `InnerLoop(adapts=("context",))`.
    """

    def sample_and_update(self, state: State, plan: Any, seeds: Tensor) -> Tensor:
        """Performs one meta-iteration in place.

        Args:
            state: The state to update.
            plan: The goals of the meta-batch, `[tasks, goal values]`.
            seeds: `[tasks, 2]`, one seed for each task, different in each meta-iteration.

        Returns:
            The negative average return after adaptation and before the update, a scalar. The objective itself is
            always zero there, because advantages are standardised.

        Raises:
            Diverged: The environment or a policy gave values that are not finite.
        """
        goals, seeds = np.asarray(plan), np.asarray(seeds)
        parameters = state.parameters
        samples: list[Samples] = []
        for step in range(self.inner_loop.steps + 1):
            trajectories = self.sample(self.adapt(parameters, samples), goals, stream(seeds, step))
            samples.append(self.samples(trajectories))
        self.improve(state, samples[:-1], samples[-1])
        return -trajectories.average_returns.mean()
