"""Navigation of a point, as an environment of Gymnasium; `registration` names it."""

from typing import Any

import numpy as np
from gymnasium import Env
from gymnasium.spaces import Box
from numpy.typing import ArrayLike, NDArray

from maml_tf.rl.environments.navigation import BOUNDS, REACH, PointNavigation
from maml_tf.rl.environments.simulators import checked_goals

Values = NDArray[np.float32]
SEED = np.zeros((1, 2), np.int64)  # Nothing is random.


class PointEnv(Env[Values, Values]):
    """One rollout of `PointNavigation`.

    Args:
        goal: The goal, two values between -0.5 and 0.5. `set_goal` and the option `goal` of `reset` change it.
        oracle: Whether the observation also contains the goal.

    Raises:
        SettingError: The goal is not allowed.
    """

    metadata = {"render_modes": []}  # noqa: RUF012 - the type that Gymnasium declares

    def __init__(self, goal: ArrayLike = (0.25, 0.25), oracle: bool = False) -> None:
        environment = PointNavigation(oracle=oracle)
        farthest = REACH * environment.horizon
        self.observation_space = Box(-farthest, farthest, (environment.observation_size,), np.float32)
        self.action_space = Box(-1.0, 1.0, (environment.action_size,), np.float32)
        self._simulator = environment.simulator()
        self.set_goal(goal)

    def set_goal(self, goal: ArrayLike) -> None:
        """Sets the goal from the next `reset` on.

        Raises:
            SettingError: It is not allowed.
        """
        self._goal = checked_goals(np.reshape(goal, (1, -1)), 2, BOUNDS)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Values, dict[str, Any]]:
        """Starts a rollout."""
        super().reset(seed=seed)
        if options and "goal" in options:
            self.set_goal(options["goal"])
        return self._simulator.begin(self._goal, 1, SEED)[0, 0], {}

    def step(self, action: Values) -> tuple[Values, float, bool, bool, dict[str, Any]]:
        """Performs one time step.

        Raises:
            SettingError: The action is not finite, or has the wrong shape.
        """
        observations, rewards, ended = self._simulator.step(np.reshape(action, (1, 1, -1)))
        return observations[0, 0], float(rewards[0, 0]), bool(ended[0, 0]), False, {}
