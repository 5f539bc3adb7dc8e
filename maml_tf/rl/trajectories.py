"""What was sampled, and what the objectives need of it."""

from typing import NamedTuple

import numpy as np

from maml_tf.interfaces import Tensor


class Trajectories(NamedTuple):
    """Rollouts of several tasks.

    After the end of a rollout, rewards and mask are zero, and the other values have no meaning.

    Attributes:
        observations: What the policy saw before each action, `[tasks, rollouts, time steps, values]`.
        actions: What the policy did, before any clipping, `[tasks, rollouts, time steps, values]`.
        rewards: What followed each action, `[tasks, rollouts, time steps]`.
        mask: 1 where the rollout was still running, else 0, `[tasks, rollouts, time steps]`.
        outputs: Outputs of the policy that sampled, `[tasks, rollouts, time steps, outputs]`.
    """

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    mask: np.ndarray
    outputs: np.ndarray

    @property
    def returns(self) -> np.ndarray:
        """The sum of the rewards of each rollout, without discount, `[tasks, rollouts]`."""
        summed: np.ndarray = self.rewards.sum(axis=2, dtype=np.float64)
        return summed

    def as_one_task(self) -> "Trajectories":
        """Returns the rollouts of all tasks as the rollouts of one task."""
        return Trajectories(*(each.reshape(1, -1, *each.shape[2:]) for each in self))


class Samples(NamedTuple):
    """The time steps of the rollouts of each task, in no order.

    Attributes:
        observations: `[tasks, examples, values]`.
        actions: `[tasks, examples, values]`.
        advantages: How much better each action was than expected, `[tasks, examples]`.
        mask: 1 where the example counts, else 0, `[tasks, examples]`.
        outputs: Outputs of the policy that sampled, `[tasks, examples, outputs]`.
    """

    observations: Tensor
    actions: Tensor
    advantages: Tensor
    mask: Tensor
    outputs: Tensor
