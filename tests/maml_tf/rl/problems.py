"""A small environment, and samples in double precision."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from maml_tf.rl import Samples

TIMES = 6


@dataclass(frozen=True, kw_only=True)
class Line:
    """A point on a line that starts near 0; the reward is the negative distance to the goal, where a rollout ends."""

    reach: float = 0.3
    tolerance: float = 0.1
    broken_at: int | None = None
    observation_size: int = 1
    action_size: int = 1
    goal_size: int = 1
    horizon: int = TIMES

    def simulator(self) -> "LineSimulator":
        return LineSimulator(self)


class LineSimulator:
    observation_size, action_size, horizon = 1, 1, TIMES

    def __init__(self, line: Line) -> None:
        self.line, self.steps = line, 0

    def begin(self, goals: Any, rollouts: int, seeds: Any) -> Any:
        noise = [np.random.default_rng([int(number) for number in seed]).normal(size=rollouts) for seed in seeds]
        self.positions = 0.1 * np.stack(noise)
        self.goals = np.asarray(goals, np.float64)
        self.ended = np.zeros(self.positions.shape, np.bool_)
        self.moved = np.zeros(self.positions.shape, np.int64)
        self.time = 0
        return self.positions[..., np.newaxis].astype(np.float32)

    def step(self, actions: Any) -> Any:
        moves = self.line.reach * np.clip(np.asarray(actions, np.float64)[..., 0], -1, 1)
        self.positions = self.positions + np.where(self.ended, 0, moves)
        self.moved += ~self.ended
        self.steps += int((~self.ended).sum())
        distances = np.abs(self.positions - self.goals)
        rewards = np.where(self.ended, 0, -distances).astype(np.float32)
        if self.time == self.line.broken_at:
            rewards[1, 2] = np.nan
        self.time += 1
        self.ended = self.ended | (distances < self.line.tolerance)
        return self.positions[..., np.newaxis].astype(np.float32), rewards, self.ended

    def end(self, unneeded: Any) -> None:
        self.ended = self.ended | unneeded


class Goals:
    """Goals on both sides."""

    def sample(self, seed: Any, tasks: int) -> Any:
        signs = tf.where(tf.random.stateless_uniform([tasks, 1], seed) < 0.5, -1.0, 1.0)
        return 0.7 * signs

    def episodes(self, plan: Any) -> Any:
        raise AssertionError("policies need no episodes")


def double(parameters: Any) -> Any:
    return tf.nest.map_structure(lambda each: tf.cast(each, tf.float64), parameters)


def varied(parameters: Any, seed: int = 0) -> Any:
    """Returns parameters in double precision none of which is zero."""
    generator = np.random.default_rng(seed)
    return tf.nest.map_structure(lambda each: each + 0.1 * generator.standard_normal(each.shape), double(parameters))


def drawn(policy: Any, parameters: Any, seed: int, tasks: int = 2, examples: int = 7) -> Samples:
    """Draws samples of a policy at observations of no environment, some of them masked."""
    generator = np.random.default_rng(seed)
    observations = generator.standard_normal((tasks, examples, policy.observation_size))
    outputs = policy.apply(parameters, tf.constant(observations)).numpy()
    noise = policy.distribution.noise(generator, (tasks, examples))
    actions = policy.distribution.sample(outputs, noise).astype(np.float64)
    mask = np.ones((tasks, examples))
    mask[0, -2:] = 0
    values = observations, actions, generator.standard_normal((tasks, examples)), mask, outputs
    return Samples(*map(tf.constant, values))


def flat(parameters: Any) -> np.ndarray:
    return np.concatenate([np.asarray(each).ravel() for each in tf.nest.flatten(parameters)])
