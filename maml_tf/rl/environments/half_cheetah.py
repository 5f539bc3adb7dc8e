"""The half-cheetah: a robot with six joints that runs in a vertical plane."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from maml_tf.rl.environments.goal_tasks import GoalDirection, GoalVelocity
from maml_tf.rl.environments.models import Model
from maml_tf.rl.environments.physics import Fields
from maml_tf.rl.environments.robots import RobotEnvironment
from maml_tf.rl.environments.simulators import Flags, Floats


@dataclass(frozen=True, kw_only=True)
class HalfCheetah:
    """The robot of the authors' `half_cheetah_env_rand.py` and `half_cheetah_env_rand_direc.py`.

    It observes its joint positions, except along the track, its joint velocities, and its centre of mass.
    """

    name: str = "half_cheetah"
    observation_size: int = 20
    action_size: int = 6
    may_end: bool = False
    control_cost: float = 0.05

    def initial_positions(self, model: Model, noise: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the positions of the model file, with noise `[..., positions]` added."""
        positions: NDArray[np.float64] = model.qpos0 + noise
        return positions

    def observe(self, fields: Fields, observations: Floats) -> None:
        """Writes what the robot observes into the first `observation_size` values of `observations`."""
        observations[..., :8] = fields.positions[..., 1:]
        observations[..., 8:17] = fields.velocities
        observations[..., 17:20] = fields.centre_of_mass

    def costs(self, fields: Fields, actions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the cost of the actions, `[...]`."""
        costs: NDArray[np.float64] = self.control_cost * np.square(actions).sum(axis=-1)
        return costs

    def upright(self, fields: Fields) -> Flags:
        """Returns that every rollout goes on, `[...]`."""
        return np.ones(fields.positions.shape[:-1], np.bool_)


@dataclass(frozen=True, kw_only=True)
class HalfCheetahVelocity(RobotEnvironment):
    """A half-cheetah that is to run at a goal velocity between 0 and 2 m/s.

    The reward of a time step is the negative distance between the velocity of its centre of mass and the goal, minus
    the cost of the action. A rollout has 200 time steps. Observations have 20 values, 21 with `oracle`; actions have 6.
    See `RobotEnvironment` for the settings.
    """

    robot: ClassVar[HalfCheetah] = HalfCheetah()
    task: ClassVar[GoalVelocity] = GoalVelocity(fastest=2.0)


@dataclass(frozen=True, kw_only=True)
class HalfCheetahDirection(RobotEnvironment):
    """A half-cheetah that is to run forward, goal 1, or backward, goal -1.

    The reward of a time step is the velocity of its centre of mass in the direction of the goal, minus the cost of the
    action. A rollout has 200 time steps. Observations have 20 values, 21 with `oracle`; actions have 6. See
    `RobotEnvironment` for the settings.
    """

    robot: ClassVar[HalfCheetah] = HalfCheetah()
    task: ClassVar[GoalDirection] = GoalDirection()
