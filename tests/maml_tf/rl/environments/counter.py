"""An environment of Gymnasium that adds up its actions."""

from typing import Any

import gymnasium
import numpy as np


class Counter(gymnasium.Env[Any, Any]):
    """The reward is the sum of the actions minus the goal; the episode ends above 11."""

    def __init__(self, numbered: bool, multiple: bool = False) -> None:
        spaces = gymnasium.spaces
        box = spaces.Box(np.array([0.0, -np.inf], np.float32), np.array([4.0, np.inf], np.float32))
        self.observation_space = spaces.Box(-np.inf, np.inf, (2,))
        self.action_space = spaces.Discrete(3, start=5) if numbered else box
        if multiple:
            self.action_space = spaces.MultiBinary(2)
        self.goal = 0.0

    def set_goal(self, goal: Any) -> None:
        self.goal = float(goal[0])

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.noise, self.total = self.np_random.normal(), 0.0
        return self._observation(), {}

    def step(self, action: Any) -> Any:
        self.total += float(np.sum(action))
        return self._observation(), self.total - self.goal, self.total > 11, False, {}

    def _observation(self) -> Any:
        return np.array([self.noise, self.total], np.float32)
