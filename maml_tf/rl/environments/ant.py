"""The ant: a robot with four legs and eight joints."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from maml_tf.rl.environments.goal_tasks import GoalDirection, GoalVelocity
from maml_tf.rl.environments.models import Model
from maml_tf.rl.environments.physics import Fields
from maml_tf.rl.environments.robots import RobotEnvironment
from maml_tf.rl.environments.simulators import Flags, Floats

HEIGHTS = (0.2, 1.0)


@dataclass(frozen=True, kw_only=True)
class Ant:
    """The robot of the authors' `ant_env_rand.py` and `ant_env_rand_direc.py`.

    It observes its positions, velocities, the contact forces on its bodies, clipped to [-1, 1], the rotation matrix of
    its torso, and its centre of mass. A rollout ends when the height of the torso leaves 0.2 m to 1 m, or when the
    simulation diverges; its last observation is then the last one that is finite, and the reward of this time step 0.
    """

    name: str = "ant"
    observation_size: int = 125
    action_size: int = 8
    may_end: bool = True
    control_cost: float = 0.005
    contact_cost: float = 0.0005
    survival: float = 0.05

    def initial_positions(self, model: Model, noise: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the positions that the model file names `init_qpos`, with noise `[..., positions]` added.

        The quaternion of the torso is normalised: MuJoCo did so by itself when the authors used it.
        """
        positions: NDArray[np.float64] = model.numeric("init_qpos").data + noise
        quaternion = positions[..., 3:7]
        quaternion /= np.linalg.norm(quaternion, axis=-1, keepdims=True)
        return positions

    def observe(self, fields: Fields, observations: Floats) -> None:
        """Writes what the robot observes into the first `observation_size` values of `observations`."""
        observations[..., :15] = fields.positions
        observations[..., 15:29] = fields.velocities
        observations[..., 29:113] = _forces(fields)
        observations[..., 113:122] = fields.rotation
        observations[..., 122:125] = fields.centre_of_mass

    def costs(self, fields: Fields, actions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the cost of actions and of contact forces, minus the reward for survival, `[...]`."""
        control = self.control_cost * np.square(actions).sum(axis=-1)
        contact = self.contact_cost * np.square(_forces(fields)).sum(axis=-1)
        costs: NDArray[np.float64] = control + contact - self.survival
        return costs

    def upright(self, fields: Fields) -> Flags:
        """Returns whether the height of the torso is allowed, `[...]`."""
        height = fields.positions[..., 2]
        flags: Flags = (height >= HEIGHTS[0]) & (height <= HEIGHTS[1])
        return flags


@dataclass(frozen=True, kw_only=True)
class AntVelocity(RobotEnvironment):
    """An ant that is to run at a goal velocity between 0 and 3 m/s along the x axis.

    The reward of a time step is 1 minus the distance between the velocity of its centre of mass and the goal, minus the
    costs of action and contact forces, plus 0.05. A rollout has up to 200 time steps. Observations have 125 values,
    126 with `oracle`; actions have 8. See `Ant` for the end of a rollout and `RobotEnvironment` for the settings.
    """

    robot: ClassVar[Ant] = Ant()
    # The paper mentions a bonus without its size (appendix A.2); this is the size in `ant_env_rand.py`.
    task: ClassVar[GoalVelocity] = GoalVelocity(fastest=3.0, bonus=1.0)


@dataclass(frozen=True, kw_only=True)
class AntDirection(RobotEnvironment):
    """An ant that is to run forward along the x axis, goal 1, or backward, goal -1.

    The reward of a time step is the velocity of its centre of mass in the direction of the goal, minus the costs of
    action and contact forces, plus 0.05. A rollout has up to 200 time steps. Observations have 125 values, 126 with
    `oracle`; actions have 8. See `Ant` for the end of a rollout and `RobotEnvironment` for the settings.
    """

    robot: ClassVar[Ant] = Ant()
    task: ClassVar[GoalDirection] = GoalDirection()


def _forces(fields: Fields) -> NDArray[np.float64]:
    """Returns the clipped contact forces of all bodies, `[..., 84]`."""
    if fields.contact_forces is None:
        raise ValueError("the model does not measure contact forces")
    forces = np.clip(fields.contact_forces, -1.0, 1.0)
    return forces.reshape(*forces.shape[:-2], -1)
