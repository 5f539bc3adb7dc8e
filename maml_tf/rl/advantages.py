"""Discounted returns and advantages."""

from typing import Protocol

import numpy as np

from maml_tf.rl.trajectories import Samples, Trajectories


class Baseline(Protocol):
    """Predicts returns; see `LinearFeatureBaseline`."""

    def predict(self, observations: np.ndarray, returns: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Fits the rollouts of one task and predicts their returns, `[rollouts, time steps]`."""


def discounted_sums(values: np.ndarray, discount: float) -> np.ndarray:
    """Returns, for each time step, the sum of this and all later values, discounted: `[..., time steps]`."""
    sums = np.zeros(values.shape)
    later = np.zeros(values.shape[:-1])
    for time in reversed(range(values.shape[-1])):
        later = sums[..., time] = values[..., time] + discount * later
    return sums


def advantages_of(
    rewards: np.ndarray, predictions: np.ndarray, mask: np.ndarray, discount: float, gae_lambda: float
) -> np.ndarray:
    """Computes generalised advantages (Schulman et al. 2016), standardised over the time steps of one task.

    Args:
        rewards: `[rollouts, time steps]`.
        predictions: What the baseline predicts, 0 after the end of a rollout, `[rollouts, time steps]`.
        mask: 1 where the rollout was running, `[rollouts, time steps]`.
        discount: Discount of the rewards.
        gae_lambda: 1 for the discounted return minus the baseline; less trusts the baseline more.

    Returns:
        `[rollouts, time steps]`, with mean 0 and standard deviation 1 over the time steps; 0 after the end of a
        rollout.
    """
    following = np.concatenate([predictions[:, 1:], np.zeros_like(predictions[:, :1])], axis=1)
    advantages = discounted_sums(rewards + discount * following - predictions, discount * gae_lambda)
    chosen = advantages[mask > 0]
    standard: np.ndarray = (advantages - chosen.mean()) / (chosen.std() + _TINY) * mask
    return standard


def samples_of(trajectories: Trajectories, baseline: Baseline, discount: float, gae_lambda: float) -> Samples:
    """Computes the advantages of all tasks, each from its own rollouts alone, and forgets the order of time."""
    advantages = [
        advantages_of(rewards, baseline.predict(observations, returns, mask), mask, discount, gae_lambda)
        for observations, rewards, mask, returns in zip(
            trajectories.observations,
            trajectories.rewards,
            trajectories.mask,
            discounted_sums(trajectories.rewards, discount),
            strict=True,
        )
    ]

    def flat(values: np.ndarray) -> np.ndarray:
        return values.reshape(values.shape[0], -1, *values.shape[3:])

    return Samples(
        observations=flat(trajectories.observations),
        actions=flat(trajectories.actions),
        advantages=flat(np.stack(advantages).astype(np.float32)),
        mask=flat(trajectories.mask),
        outputs=flat(trajectories.outputs),
    )


_TINY = 1e-8  # as in rllab, so that equal advantages become zeros
