"""Distributions over goals: the tasks of reinforcement learning."""

import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Seed, Tensor

AUTHORS_TEST_GOALS = 40


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
