"""Tasks of robots: to run at a goal velocity, or in a goal direction."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maml_tf.rl.environments.simulators import checked_directions, checked_goals


@dataclass(frozen=True, kw_only=True)
class GoalVelocity:
    """Tasks that reward velocities near the goal.

    Attributes:
        fastest: The highest goal; the lowest is 0.
        bonus: Added to the reward of each time step.
    """

    fastest: float
    bonus: float = 0.0

    def checked(self, goals: ArrayLike) -> NDArray[np.float64]:
        """Returns goals as float64 values `[tasks, 1]`; see `checked_goals`."""
        return checked_goals(goals, 1, (0.0, self.fastest))

    def rewards(self, velocities: Any, goals: Any) -> Any:
        """Returns the rewards, without costs."""
        return self.bonus - np.abs(velocities - goals)


@dataclass(frozen=True, kw_only=True)
class GoalDirection:
    """Tasks that reward velocity backward, goal -1, or forward, goal 1."""

    def checked(self, goals: ArrayLike) -> NDArray[np.float64]:
        """Returns goals as float64 values `[tasks, 1]`; see `checked_directions`."""
        return checked_directions(goals)

    def rewards(self, velocities: Any, goals: Any) -> Any:
        """Returns the rewards, without costs."""
        return velocities * goals
