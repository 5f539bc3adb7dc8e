"""A second, plain computation of the robots' environments: one `mujoco.MjData` after the other."""

from typing import Any

import mujoco
import numpy as np

TORSO = 1


class PlainRobot:
    """One rollout of a robot, as rllab's `mujoco_env.py` steps it.

    Velocities and forces are computed by direct calls, not by the sensors of the model.
    """

    def __init__(self, environment: Any, positions: np.ndarray, velocities: np.ndarray) -> None:
        self.environment, self.model = environment, environment.model()
        self.data = mujoco.MjData(self.model)
        self.data.qpos[:], self.data.qvel[:] = positions, velocities
        mujoco.mj_forward(self.model, self.data)
        self._complete()

    def step(self, action: np.ndarray) -> None:
        self.data.ctrl[:] = self.model.actuator_ctrlrange[:, 1] * action
        for _ in range(self.environment.substeps):
            mujoco.mj_step(self.model, self.data)
        mujoco.mj_forward(self.model, self.data)
        self._complete()

    def _complete(self) -> None:
        mujoco.mj_subtreeVel(self.model, self.data)
        mujoco.mj_rnePostConstraint(self.model, self.data)

    def observation(self) -> np.ndarray:
        data = self.data
        if self.environment.robot.name == "half_cheetah":
            return np.concatenate([data.qpos[1:], data.qvel, data.subtree_com[TORSO]])
        forces = np.clip(data.cfrc_ext, -1, 1).ravel()
        return np.concatenate([data.qpos, data.qvel, forces, data.xmat[TORSO], data.subtree_com[TORSO]])

    def velocity(self) -> float:
        return float(self.data.subtree_linvel[TORSO, 0])

    def fields(self) -> dict[str, np.ndarray]:
        data = self.data
        found = {
            "positions": data.qpos,
            "velocities": data.qvel,
            "centre_of_mass": data.subtree_com[TORSO],
            "forward_velocity": data.subtree_linvel[TORSO, 0],
            "rotation": data.xmat[TORSO],
        }
        if self.environment.robot.name == "ant":
            found["contact_forces"] = data.cfrc_ext
        return {name: np.array(value) for name, value in found.items()}


def velocity_of_rllab(model: Any, data: Any) -> np.ndarray:
    """Returns the velocity of the centre of mass of the whole robot, by the formula of rllab's `mjcore.py`."""
    momentum = np.zeros(3)
    for body in range(1, model.nbody):
        velocity = np.zeros(6)
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_BODY, body, velocity, 0)
        momentum += velocity[3:] * model.body_mass[body]
    found: np.ndarray = momentum / model.body_mass.sum()
    return found
