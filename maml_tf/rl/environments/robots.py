"""Robots that are to run at a goal velocity, or in a goal direction."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maml_tf.errors import Diverged, SettingError
from maml_tf.rl.environments.extra import check_version
from maml_tf.rl.environments.goal_tasks import GoalDirection, GoalVelocity
from maml_tf.rl.environments.models import Model, model_of
from maml_tf.rl.environments.physics import Fields, Physics, available_cores
from maml_tf.rl.environments.simulators import (
    Flags,
    Floats,
    Step,
    checked_rollouts,
    checked_seeds,
    clipped_actions,
    generator_of,
)

SUBSTEPS = {"authors": 1, "gymnasium": 5}  # the frame skip of rllab, and of Gymnasium's v5
HORIZON = 200
POSITION_NOISE, VELOCITY_NOISE = 0.01, 0.1
LARGEST = 1e10  # MuJoCo regards larger positions and velocities as unstable, too.
UNSTABLE = "a position, velocity or force is not finite"


class Robot(Protocol):
    """What distinguishes robots; arrays may have any leading axes."""

    @property
    def name(self) -> str:
        """Name of the model file."""

    @property
    def observation_size(self) -> int:
        """Number of values of an observation, without the goal."""

    @property
    def action_size(self) -> int:
        """Number of motors."""

    @property
    def may_end(self) -> bool:
        """Whether a rollout may end before the horizon, as one that diverges then does."""

    def initial_positions(self, model: Model, noise: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the positions from which rollouts start, with noise `[..., positions]` added."""

    def observe(self, fields: Fields, observations: Floats) -> None:
        """Writes what the robot observes into the first `observation_size` values of `observations`."""

    def costs(self, fields: Fields, actions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns what is subtracted from the reward, `[...]`; `actions` are between -1 and 1."""

    def upright(self, fields: Fields) -> Flags:
        """Returns whether rollouts go on, `[...]`."""


class Outcome(NamedTuple):
    """What a time step led to.

    Attributes:
        observations: `[..., observation_size]`.
        rewards: `[...]`.
        stable: `[...]`, whether the simulation is stable; otherwise observations and rewards have no meaning.
        upright: `[...]`, whether the robot is in a position in which the rollout goes on.
    """

    observations: Floats
    rewards: NDArray[np.float64]
    stable: Flags
    upright: Flags


@dataclass(frozen=True, kw_only=True)
class RobotEnvironment:
    """A robot and its tasks; `HalfCheetahVelocity` and its siblings are the environments of the paper.

    Attributes:
        oracle: Whether the observation also contains the goal.
        dynamics: `authors` steps the model of the authors once in each time step, as rllab does. `gymnasium` steps
            Gymnasium's model five times, as its environments of version 5 do; initial states, observations and
            rewards stay those of the authors.
        mujoco: The version of MuJoCo that must be installed; any if None.

    Raises:
        SettingError: There are no such dynamics.
    """

    oracle: bool = False
    dynamics: str = "authors"
    mujoco: str | None = None
    robot: ClassVar[Robot]
    task: ClassVar[GoalVelocity | GoalDirection]
    goal_size: ClassVar[int] = 1
    horizon: ClassVar[int] = HORIZON

    def __post_init__(self) -> None:
        if self.dynamics not in SUBSTEPS:
            raise SettingError(f"dynamics must be one of {sorted(SUBSTEPS)}, not {self.dynamics!r}")

    @property
    def observation_size(self) -> int:
        """Number of values of an observation."""
        return self.robot.observation_size + self.oracle

    @property
    def action_size(self) -> int:
        """Number of values of an action."""
        return self.robot.action_size

    @property
    def substeps(self) -> int:
        """Number of time steps of MuJoCo in one time step of the environment."""
        return SUBSTEPS[self.dynamics]

    def model(self) -> Model:
        """Returns the model of MuJoCo.

        Raises:
            SettingError: MuJoCo or Gymnasium is not installed, or MuJoCo has another version than `mujoco`.
        """
        check_version(self.mujoco)
        return model_of(self.robot.name, self.dynamics)

    def simulator(self, threads: int = 0) -> "RobotSimulator":
        """Returns a new simulator.

        Args:
            threads: Number of threads; as many as there are available CPU cores if 0. Results do not depend on it.

        Raises:
            SettingError: See `model`.
        """
        return RobotSimulator(self, threads)

    def simulators(self) -> tuple["RobotSimulator", ...]:
        """Returns two new simulators with half of the available CPU cores each, or one if there is a single core.

        While the policies of one act, which NumPy computes with one core, the physics of the other uses its cores.

        Raises:
            SettingError: See `model`.
        """
        cores = available_cores()
        return tuple(self.simulator(threads=-(-cores // 2)) for _ in range(min(cores, 2)))

    def initial_state(
        self, model: Model, noise: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns initial positions and velocities, `[..., values]`.

        Args:
            model: The model of MuJoCo.
            noise: Standard normal numbers, `[..., positions + velocities]`.
        """
        positions = self.robot.initial_positions(model, POSITION_NOISE * noise[..., : model.nq])
        return positions, VELOCITY_NOISE * noise[..., model.nq :]

    def observations(self, fields: Fields, goals: Any, dtype: Any) -> Floats:
        """Returns observations, `[..., observation_size]`, for goals `[...]`."""
        observations = np.empty((*fields.positions.shape[:-1], self.observation_size), dtype)
        self.robot.observe(fields, observations)
        if self.oracle:
            observations[..., -1] = goals
        return observations

    def outcome(self, fields: Fields, goals: Any, actions: NDArray[np.float64], dtype: Any) -> "Outcome":
        """Returns the outcome of a time step after which the robot has these fields.

        Args:
            fields: The fields of any number of robots.
            goals: Their goals, `[...]`.
            actions: Their actions, `[..., action_size]`, between -1 and 1.
            dtype: The type of observations.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # Unstable simulations are found below.
            observations = self.observations(fields, goals, dtype)
            rewards = self.task.rewards(fields.forward_velocity, goals) - self.robot.costs(fields, actions)
            stable = (np.abs(observations) < LARGEST).all(axis=-1) & np.isfinite(rewards)
        return Outcome(observations, rewards, stable, self.robot.upright(fields))


class RobotSimulator:
    """Rollouts of a robot, one simulation each; see `Simulator`.

    Args:
        environment: The settings.
        threads: Number of threads; as many as there are available CPU cores if 0.
    """

    def __init__(self, environment: RobotEnvironment, threads: int) -> None:
        self.observation_size = environment.observation_size
        self.action_size = environment.action_size
        self.horizon = environment.horizon
        self._environment = environment
        self._model = environment.model()
        self._threads = threads
        self._scale = self._model.actuator_ctrlrange[:, 1]
        self._shape = (0, 0)

    @property
    def positions(self) -> NDArray[np.float64]:
        """The positions of all robots, `[tasks, rollouts, positions]`, from which `frames` renders them."""
        return self._physics.fields.positions.reshape(*self._shape, -1).copy()

    def begin(self, goals: ArrayLike, rollouts: int, seeds: ArrayLike) -> Floats:
        """Starts rollouts of new tasks; see `Simulator`."""
        values = self._environment.task.checked(goals)
        numbers = (checked_rollouts(rollouts), self._model.nq + self._model.nv)
        generators = [generator_of(seed) for seed in checked_seeds(seeds, len(values))]
        noise = np.concatenate([each.standard_normal(numbers) for each in generators])
        if self._shape != (len(values), rollouts):
            substeps = self._environment.substeps
            self._physics = Physics(self._model, len(noise), substeps=substeps, threads=self._threads)
        self._shape = (len(values), rollouts)
        self._goals = np.repeat(values[:, 0], rollouts)
        self._running = np.ones(len(noise), np.bool_)
        self._physics.begin(*self._environment.initial_state(self._model, noise))
        self._observations = self._environment.observations(self._physics.fields, self._goals, np.float32)
        return self._observations.reshape(*self._shape, -1).copy()

    def step(self, actions: ArrayLike) -> Step:
        """Performs one time step of all rollouts; see `Simulator`."""
        clipped = clipped_actions(actions, (*self._shape, self.action_size)).reshape(-1, self.action_size)
        self._physics.step(self._scale * clipped, None if self._running.all() else self._running)
        outcome = self._environment.outcome(self._physics.fields, self._goals, clipped, np.float32)
        valid = self._running & outcome.stable
        if not valid.all():
            self._check(outcome.stable)
            np.copyto(outcome.observations, self._observations, where=~valid[:, np.newaxis])
        self._observations = outcome.observations
        self._running = valid & outcome.upright
        rewards = np.where(valid, outcome.rewards, 0.0).astype(np.float32)
        observations = self._observations.reshape(*self._shape, -1).copy()
        return observations, rewards.reshape(self._shape), ~self._running.reshape(self._shape)

    def end(self, unneeded: Flags) -> None:
        """Ends rollouts; see `Simulator`."""
        self._running = self._running & ~unneeded.reshape(-1)

    def _check(self, stable: Flags) -> None:
        lost = np.flatnonzero(self._running & ~stable)
        if lost.size and not self._environment.robot.may_end:
            task, rollout = divmod(int(lost[0]), self._shape[1])
            raise Diverged(f"the simulation of rollout {rollout} of task {task} diverged: {UNSTABLE}")
