"""What a learner needs of an environment: a declaration, and simulators that step all rollouts of a meta-batch."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maml_tf.errors import SettingError

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
Step = tuple[Floats, Floats, Flags]  # observations, rewards, ended


class Simulator(Protocol):
    """Steps the rollouts of several tasks together, on the host and with NumPy.

    A rollout depends on the goal and the seed of its task and on its own actions, and on nothing else: neither on the
    other tasks of the meta-batch nor on the number of threads.

    Attributes:
        observation_size: Number of values of an observation.
        action_size: Number of values of an action.
        horizon: Number of time steps after which a rollout is over at the latest. The caller counts them.
    """

    observation_size: int
    action_size: int
    horizon: int

    def begin(self, goals: ArrayLike, rollouts: int, seeds: ArrayLike) -> Floats:
        """Starts rollouts of new tasks.

        Args:
            goals: The goals of the tasks, `[tasks, goal values]`.
            rollouts: Number of rollouts of each task.
            seeds: Integers `[tasks, 2]`, one seed for each task, from which the noise of its first states is drawn.

        Returns:
            The first observations, `[tasks, rollouts, observation_size]`, float32.

        Raises:
            SettingError: A goal is not allowed, or a shape does not fit.
        """

    def step(self, actions: ArrayLike) -> Step:
        """Performs one time step of all rollouts.

        Args:
            actions: `[tasks, rollouts, action_size]`. They are clipped to [-1, 1] and scaled to the bounds of the
                environment, as the authors' `normalized_env.py` does.

        Returns:
            Observations, `[tasks, rollouts, observation_size]`, float32; rewards, `[tasks, rollouts]`, float32; and
            which rollouts have ended, `[tasks, rollouts]`. A rollout that has ended does not restart: its observation
            stays, and its further rewards are 0.

        Raises:
            SettingError: An action is not finite, or the shape does not fit.
            Diverged: The state of a rollout is not finite, in an environment that does not end for this reason.
        """

    def end(self, unneeded: Flags) -> None:
        """Ends rollouts that the caller does not need any longer, so that no time is spent on them.

        Args:
            unneeded: Which rollouts to end, `[tasks, rollouts]`; those that have ended already are not changed.
        """


class Environment(Protocol):
    """A declaration of an environment: plain settings, from which simulators are made."""

    @property
    def observation_size(self) -> int:
        """Number of values of an observation."""

    @property
    def action_size(self) -> int:
        """Number of values of an action."""

    @property
    def horizon(self) -> int:
        """Number of time steps after which a rollout is over at the latest."""

    @property
    def goal_size(self) -> int:
        """Number of values of a goal."""

    def simulator(self) -> Simulator:
        """Returns a new simulator."""


@runtime_checkable
class ParallelEnvironment(Protocol):
    """An environment whose simulators can work at the same time, each called by a thread of its own."""

    def simulators(self) -> "Sequence[Simulator]":
        """Returns new simulators, which share the available CPU cores."""


def checked_goals(goals: ArrayLike, size: int, bounds: tuple[float, float]) -> NDArray[np.float64]:
    """Returns goals as float64 values `[tasks, size]`.

    Raises:
        SettingError: The shape does not fit, or a goal lies outside `bounds`.
    """
    values = np.asarray(goals, np.float64)
    if values.ndim != 2 or values.shape[1] != size:
        raise SettingError(f"goals must have shape [tasks, {size}], not {list(values.shape)}")
    low, high = bounds
    within = ((values >= low) & (values <= high)).all(axis=1)
    if not within.all():
        wrong = values[np.argmin(within)].tolist()
        shown = wrong[0] if size == 1 else wrong
        raise SettingError(f"a goal must be between {low} and {high}, not {shown}")
    return values


def checked_directions(goals: ArrayLike) -> NDArray[np.float64]:
    """Returns directions as float64 values `[tasks, 1]`.

    Raises:
        SettingError: The shape does not fit, or a goal is neither -1 nor 1.
    """
    values = checked_goals(goals, 1, (-1.0, 1.0))
    wrong = values[np.abs(values) != 1.0]
    if wrong.size:
        raise SettingError(f"a goal must be the direction -1 or 1, not {wrong[0]}")
    return values


def checked_seeds(seeds: ArrayLike, tasks: int) -> NDArray[np.int64]:
    """Returns seeds as integers `[tasks, 2]`.

    Raises:
        SettingError: The shape does not fit, or the seeds are not integers.
    """
    values = np.asarray(seeds)
    if values.shape != (tasks, 2) or not np.issubdtype(values.dtype, np.integer):
        raise SettingError(
            f"seeds must be integers of shape [{tasks}, 2], not {values.dtype} of shape {list(values.shape)}"
        )
    return values.astype(np.int64)


def checked_rollouts(rollouts: int) -> int:
    """Returns the number of rollouts of each task.

    Raises:
        SettingError: It is below 1.
    """
    if rollouts < 1:
        raise SettingError(f"rollouts must be 1 or more, not {rollouts!r}")
    return rollouts


def clipped_actions(actions: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Returns actions as float64 values, clipped to [-1, 1].

    Raises:
        SettingError: The shape is not `shape`, or an action is not finite.
    """
    values = np.asarray(actions, np.float64)
    if values.shape != shape:
        raise SettingError(f"actions must have shape {list(shape)}, not {list(values.shape)}")
    finite = np.isfinite(values)
    if not finite.all():
        at = np.argwhere(~finite)[0].tolist()
        raise SettingError(f"actions must be finite; the action at {at} is {values[tuple(at)]}")
    return np.clip(values, -1.0, 1.0)


def generator_of(seed: NDArray[np.int64]) -> np.random.Generator:
    """Returns the generator of the random numbers of one task; `seed` consists of two integers."""
    return np.random.Generator(np.random.Philox(key=seed.astype(np.uint64)))
