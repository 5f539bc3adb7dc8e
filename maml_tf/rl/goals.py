"""Distributions over goals: the tasks of reinforcement learning."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from maml_tf.checks import check_whole_numbers
from maml_tf.errors import SettingError
from maml_tf.interfaces import Seed, Tensor

AUTHORS_TEST_GOALS = 40
_FIXED = 2**42  # no meta-iteration and no test draws its goals with this number


@dataclass(frozen=True, kw_only=True)
class UniformGoals:
    """Goals that are uniformly distributed, such as velocities or positions.

    Attributes:
        low: The lowest value of a goal.
        high: The highest value of a goal.
        size: Number of values of a goal.

    Raises:
        SettingError: The range is empty or not finite, or `size` is below 1.
    """

    low: float
    high: float
    size: int = 1

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.size)

    def sample(self, seed: Seed, tasks: int) -> Tensor:
        """Draws the goals of `tasks` tasks, `[tasks, size]`."""
        return tf.random.stateless_uniform([tasks, self.size], tf.cast(seed, tf.int64), self.low, self.high)


@dataclass(frozen=True, kw_only=True)
class DirectionGoals:
    """The directions backward, -1, and forward, 1, with equal probability."""

    def sample(self, seed: Seed, tasks: int) -> Tensor:
        """Draws the directions of `tasks` tasks, `[tasks, 1]`."""
        drawn = tf.random.stateless_uniform([tasks, 1], tf.cast(seed, tf.int64), 0, 2, dtype=tf.int32)
        return tf.cast(2 * drawn - 1, tf.float32)


@dataclass(frozen=True, kw_only=True)
class ThresholdDirections:
    """The directions backward, -1, and forward, 1, of uniformly distributed numbers: those below a threshold mean -1.

    The authors' environments drew directions so. In February 2017 the numbers were between 0.1 and 0.8 and the
    threshold 0.4, so that 43 % of the directions were backward (`half_cheetah_env_rand_direc.py` at 7fe27d7).

    Attributes:
        low: The lowest number.
        high: The highest number.
        threshold: The number from which on directions are forward.

    Raises:
        SettingError: The range is empty or not finite, or the threshold lies outside of it.
    """

    low: float
    high: float
    threshold: float

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, size=1)
        if not self.low <= self.threshold <= self.high:
            raise SettingError(f"threshold must be from {self.low!r} to {self.high!r}, not {self.threshold!r}")

    def sample(self, seed: Seed, tasks: int) -> Tensor:
        """Draws the directions of `tasks` tasks, `[tasks, 1]`."""
        drawn = UniformGoals(low=self.low, high=self.high).sample(seed, tasks)
        return tf.where(drawn < self.threshold, -1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class FixedGoals:
    """Goals that are drawn once and kept for all of meta-training.

    With a meta-batch of `count`, or a multiple of it, each meta-iteration has all of them in the same order. Otherwise
    a chunk counts through them, and each chunk begins with the first one.

    The authors' scripts for pretraining step 100 copies of an environment, each of which keeps its first goal
    (`half_cheetah_env_rand.py`, `vectorized_sampler.py`).

    Attributes:
        goals: The distribution from which they are drawn.
        count: Number of goals.

    Raises:
        SettingError: `count` is below 1.
    """

    goals: Any
    count: int

    def __post_init__(self) -> None:
        check_whole_numbers(self, count=1)

    def sample(self, seed: Seed, tasks: int) -> Tensor:
        """Returns the goals of `tasks` tasks, `[tasks, values]`; after the last one comes the first again.

        Only the first number of `seed`, the seed of the training, has an effect. The second one, which differs from one
        meta-iteration to the next, has none.
        """
        first = tf.cast(seed, tf.int64)[0]
        kept = self.goals.sample(tf.stack([first, tf.constant(_FIXED, tf.int64)]), self.count)
        return tf.gather(kept, tf.range(tasks) % self.count)


@dataclass(frozen=True, kw_only=True)
class AuthorsTestGoals:
    """The 40 goals with which the authors test (their `test_maml_*.py`): the same goals whatever the seed.

    The authors draw them with NumPy's `RandomState`, seeded with 1, or with 2 for the directions of the ant. For
    directions they draw numbers as well: those below the middle of the range mean backward.

    Attributes:
        low: The lowest value of a goal.
        high: The highest value of a goal.
        size: Number of values of a goal.
        directions: Whether goals are turned into the directions -1 and 1.
        numpy_seed: The seed of NumPy.

    Raises:
        SettingError: The range is empty or not finite, `size` is below 1, or directions have more than one value.
    """

    low: float
    high: float
    size: int = 1
    directions: bool = False
    numpy_seed: int = 1

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.size)
        if self.directions and self.size != 1:
            raise SettingError(f"size must be 1 for directions, not {self.size!r}")

    def sample(self, seed: Seed, tasks: int) -> Tensor:
        """Returns the first `tasks` goals, `[tasks, size]`.

        Raises:
            SettingError: There are fewer than `tasks` goals.
        """
        if tasks > AUTHORS_TEST_GOALS:
            raise SettingError(f"tasks must be at most {AUTHORS_TEST_GOALS}, the authors' test goals, not {tasks!r}")
        shape = (AUTHORS_TEST_GOALS, self.size)
        goals = np.random.RandomState(self.numpy_seed).uniform(self.low, self.high, shape)
        if self.directions:
            goals = np.where(goals < (self.low + self.high) / 2, -1.0, 1.0)
        return tf.constant(goals[:tasks], tf.float32)


def _check_range(low: float, high: float, size: int) -> None:
    if not -math.inf < low < high < math.inf:
        raise SettingError(f"low must be below high, and both finite, not {low!r} and {high!r}")
    if size < 1:
        raise SettingError(f"size must be 1 or more, not {size!r}")
