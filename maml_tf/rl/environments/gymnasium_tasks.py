"""Any environment of Gymnasium, as the environment of a learner."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maml_tf.errors import SettingError
from maml_tf.rl.environments.extra import imported
from maml_tf.rl.environments.simulators import Flags, Floats, Step, checked_goals, checked_rollouts, checked_seeds

SetTask = Callable[[Any, NDArray[Any]], object]


@dataclass(frozen=True, kw_only=True)
class GymnasiumTasks:
    """Tasks that differ in a setting of an environment of Gymnasium.

    There is one environment for each rollout, and they are stepped one after another. This is slow but needs nothing of
    the environment. Actions are a `Box` (for a `GaussianPolicy`), or `Discrete` (for a `CategoricalPolicy`). Actions in
    a bounded box are scaled from [-1, 1] to its bounds, as the authors' `normalized_env.py` does. Observations are
    flattened by `gymnasium.spaces.flatten`.

    Attributes:
        make: Creates an environment, or is its id for `gymnasium.make`.
        set_task: Receives an environment, without wrappers, and the goal of its task, `[goal values]`. It is called
            before each rollout, before `reset`.
        horizon: Number of time steps after which a rollout is over at the latest.
        goal_size: Number of values of a goal.

    Raises:
        SettingError: `horizon` or `goal_size` is below 1; or, once the environment is created, Gymnasium is not
            installed, or the actions are of another kind.
    """

    make: Callable[[], Any] | str
    set_task: SetTask
    horizon: int
    goal_size: int = 1

    def __post_init__(self) -> None:
        for name in ("horizon", "goal_size"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} must be 1 or more, not {getattr(self, name)!r}")

    @property
    def observation_size(self) -> int:
        """Number of values of an observation."""
        size: int = imported("gymnasium").spaces.flatdim(self._example.observation_space)
        return size

    @property
    def action_size(self) -> int:
        """Number of values of an action, or number of actions if they are numbered."""
        space = self._example.action_space
        return int(space.n) if self.numbered_actions else int(np.prod(space.shape))

    @cached_property
    def numbered_actions(self) -> bool:
        """Whether actions are numbered (`Discrete`)."""
        spaces, space = imported("gymnasium").spaces, self._example.action_space
        if not isinstance(space, spaces.Box | spaces.Discrete):
            raise SettingError(f"the actions of an environment must be a Box or Discrete, not {space}")
        return isinstance(space, spaces.Discrete)

    def create(self) -> Any:
        """Creates an environment.

        Raises:
            SettingError: Gymnasium is not installed, or does not know the id.
        """
        gymnasium = imported("gymnasium")
        if not isinstance(self.make, str):
            return self.make()
        try:
            return gymnasium.make(self.make)
        except gymnasium.error.UnregisteredEnv:
            raise SettingError(f"make must be the id of an environment of Gymnasium, not {self.make!r}") from None

    def simulator(self) -> "GymnasiumSimulator":
        """Returns a new simulator."""
        return GymnasiumSimulator(self)

    @cached_property
    def _example(self) -> Any:
        return self.create()


class GymnasiumSimulator:
    """Rollouts in environments of Gymnasium; see `Simulator`."""

    def __init__(self, tasks: GymnasiumTasks) -> None:
        """Starts without environments; they are created when they are needed, and used again."""
        self._tasks = tasks
        self._environments: list[Any] = []
        self._ended: Flags = np.zeros((0, 0), np.bool_)
        self._observations: Floats = np.zeros((0, 0, 0), np.float32)
        self.observation_size = tasks.observation_size
        self.action_size = tasks.action_size
        self.horizon = tasks.horizon

    def begin(self, goals: ArrayLike, rollouts: int, seeds: ArrayLike) -> Floats:
        """Starts rollouts of new tasks; each environment has a seed of its own.

        Raises:
            SettingError: Goals or seeds have another shape, or `rollouts` is below 1.
        """
        goals = checked_goals(goals, self._tasks.goal_size, (-np.inf, np.inf))
        seeds = checked_seeds(seeds, len(goals))
        shape = (len(goals), checked_rollouts(rollouts))
        self._environments += [self._tasks.create() for _ in range(shape[0] * shape[1] - len(self._environments))]
        self._ended = np.zeros(shape, np.bool_)
        self._observations = np.zeros((*shape, self.observation_size), np.float32)
        for task, seed in enumerate(seeds):
            own = np.random.SeedSequence([int(number) for number in seed]).generate_state(rollouts)
            for rollout in range(rollouts):
                environment = self._environment(task, rollout)
                self._tasks.set_task(environment.unwrapped, goals[task])
                self._observe(task, rollout, environment.reset(seed=int(own[rollout]))[0])
        return self._observations.copy()

    def step(self, actions: ArrayLike) -> Step:
        """Performs one time step of all rollouts that have not ended."""
        values = np.asarray(actions)
        rewards = np.zeros(self._ended.shape, np.float32)
        for task, rollout in np.argwhere(~self._ended):
            action = self._action(values[task, rollout])
            found, reward, terminated, truncated, _ = self._environment(task, rollout).step(action)
            self._observe(task, rollout, found)
            rewards[task, rollout] = reward
            self._ended[task, rollout] = terminated or truncated
        return self._observations.copy(), rewards, self._ended.copy()

    def end(self, unneeded: Flags) -> None:
        """Ends rollouts; see `Simulator`."""
        self._ended = self._ended | unneeded

    def _environment(self, task: int, rollout: int) -> Any:
        return self._environments[task * self._ended.shape[1] + rollout]

    def _observe(self, task: int, rollout: int, observation: Any) -> None:
        flatten = imported("gymnasium").spaces.flatten
        self._observations[task, rollout] = flatten(self._environments[0].observation_space, observation)

    def _action(self, values: NDArray[Any]) -> Any:
        """Returns an action of the environment for one of the policy."""
        space = self._environments[0].action_space
        if self._tasks.numbered_actions:
            return space.start + int(values[0])
        values = values.reshape(space.shape)
        bounded = np.isfinite(space.low) & np.isfinite(space.high)
        share = (np.clip(values, -1, 1) + 1) / 2
        low, high = np.where(bounded, space.low, 0), np.where(bounded, space.high, 0)
        return np.where(bounded, low + share * (high - low), values).astype(space.dtype)
