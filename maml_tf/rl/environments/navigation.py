"""Navigation of a point to a goal in the plane."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maml_tf.errors import SettingError
from maml_tf.rl.environments.simulators import Flags, Floats, Step, checked_goals, checked_rollouts, clipped_actions

Reward = Literal["distance", "squared distance"]

BOUNDS = (-0.5, 0.5)
REACH = 0.1
TOLERANCE = 0.01


@dataclass(frozen=True, kw_only=True)
class PointNavigation:
    """A point that starts at the origin and moves by up to 0.1 along each axis in a time step (authors' scripts).

    The observation is the position. The reward is the negative distance to the goal, as in the authors'
    `point_env_randgoal.py`, from which Table 4 comes; the paper's text says that it is squared. A rollout ends when
    both coordinates are within 0.01 of those of the goal, or after 100 time steps. Goals lie in the square from -0.5 to
    0.5. Observations have 2 values, 4 with `oracle`; actions have 2.

    Attributes:
        oracle: Whether the observation also contains the goal.
        reward: Whether the reward is minus the `distance` to the goal or minus the `squared distance`.

    Raises:
        SettingError: The reward is unknown.
    """

    oracle: bool = False
    reward: Reward = "distance"
    action_size: ClassVar[int] = 2
    goal_size: ClassVar[int] = 2
    horizon: ClassVar[int] = 100

    def __post_init__(self) -> None:
        if self.reward not in get_args(Reward):
            raise SettingError(f"reward must be one of {get_args(Reward)}, not {self.reward!r}")

    @property
    def observation_size(self) -> int:
        """Number of values of an observation."""
        return 4 if self.oracle else 2

    def simulator(self) -> "PointSimulator":
        """Returns a new simulator."""
        return PointSimulator(environment=self, observation_size=self.observation_size)


@dataclass(kw_only=True)
class PointSimulator:
    """Rollouts of a point in the plane.

    Attributes:
        environment: The settings.
        observation_size: Number of values of an observation.
        action_size: Number of values of an action.
        horizon: Number of time steps after which a rollout is over at the latest.
    """

    environment: PointNavigation
    observation_size: int
    action_size: int = PointNavigation.action_size
    horizon: int = PointNavigation.horizon
    _goals: NDArray[np.float64] = field(init=False)
    _positions: NDArray[np.float64] = field(init=False)
    _ended: NDArray[np.bool_] = field(init=False)

    def begin(self, goals: ArrayLike, rollouts: int, seeds: ArrayLike) -> Floats:
        """Starts rollouts of new tasks; see `Simulator`. There is no noise, so the seeds are not used."""
        values = checked_goals(goals, 2, BOUNDS)
        shape = (len(values), checked_rollouts(rollouts), 2)
        self._goals = np.broadcast_to(values[:, np.newaxis], shape)
        self._positions = np.zeros(shape)
        self._ended = np.zeros(shape[:2], np.bool_)
        return self._observations()

    def step(self, actions: ArrayLike) -> Step:
        """Performs one time step of all rollouts; see `Simulator`."""
        moves = REACH * clipped_actions(actions, self._positions.shape)
        running = ~self._ended
        self._positions = self._positions + np.where(running[..., np.newaxis], moves, 0.0)
        offsets = self._positions - self._goals
        squared = np.square(offsets).sum(axis=-1)
        distances = squared if self.environment.reward == "squared distance" else np.sqrt(squared)
        rewards = np.where(running, -distances, 0.0).astype(np.float32)
        self._ended = self._ended | (np.abs(offsets) < TOLERANCE).all(axis=-1)
        return self._observations(), rewards, self._ended

    def end(self, unneeded: Flags) -> None:
        """Ends rollouts; see `Simulator`."""
        self._ended = self._ended | unneeded

    def _observations(self) -> Floats:
        parts = [self._positions, self._goals] if self.environment.oracle else [self._positions]
        return np.concatenate(parts, axis=-1).astype(np.float32)
