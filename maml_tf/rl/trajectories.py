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
    def average_returns(self) -> np.ndarray:
        """The sum of the rewards of a rollout, without discount, averaged over the rollouts of each task, `[tasks]`."""
        begun = self.mask[:, :, 0].sum(axis=1, dtype=np.float64)
        average: np.ndarray = self.rewards.sum(axis=(1, 2), dtype=np.float64) / begun
        return average

    def first(self, time_steps: int) -> "Trajectories":
        """Leaves out the rollouts, of all tasks in turn, before which there are as many time steps already."""
        lengths = self.mask.sum(axis=2)
        before = (np.cumsum(lengths) - lengths.ravel()).reshape(lengths.shape)
        kept = (before < time_steps)[..., np.newaxis].astype(self.mask.dtype)
        return self._replace(mask=self.mask * kept, rewards=self.rewards * kept)

    def as_one_task(self) -> "Trajectories":
        """Returns the rollouts of all tasks as the rollouts of one task."""
        return Trajectories(*(each.reshape(1, -1, *each.shape[2:]) for each in self))


class Samples(NamedTuple):
    """The time steps of the rollouts of each task, in one axis.

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

    def packed(self, examples: int) -> "Samples":
        """Moves the examples that count to the front, and gives all tasks the same number of places.

        Args:
            examples: The number of places; no task has more examples that count.
        """
        order = np.argsort(self.mask <= 0, axis=1, kind="stable")[:, :examples]
        missing = examples - order.shape[1]

        def moved(values: np.ndarray) -> np.ndarray:
            places = order.reshape(*order.shape, *[1] * (values.ndim - 2))
            found = np.take_along_axis(values, places, axis=1)
            return np.pad(found, [(0, 0), (0, max(0, missing)), *[(0, 0)] * (values.ndim - 2)])

        return Samples(*map(moved, self))
