"""Half-cheetah and ant, as environments of Gymnasium, which can render them; `registration` names them."""

import copy
from typing import Any

import mujoco
import numpy as np
from gymnasium.envs.mujoco import MujocoEnv
from gymnasium.spaces import Box
from numpy.typing import ArrayLike, NDArray

from maml_tf.errors import Diverged
from maml_tf.rl.environments.ant import AntDirection, AntVelocity
from maml_tf.rl.environments.half_cheetah import HalfCheetahDirection, HalfCheetahVelocity
from maml_tf.rl.environments.physics import fields_of
from maml_tf.rl.environments.robots import UNSTABLE, RobotEnvironment
from maml_tf.rl.environments.simulators import clipped_actions

Values = NDArray[np.float64]
Step = tuple[Values, np.float64, bool, bool, dict[str, np.float64]]
RENDER_MODES = ["human", "rgb_array", "depth_array", "rgbd_tuple"]
ENVIRONMENTS: dict[str, type[RobotEnvironment]] = {
    each.__name__: each for each in (HalfCheetahVelocity, HalfCheetahDirection, AntVelocity, AntDirection)
}


class RobotEnv(MujocoEnv):
    """One rollout of a `RobotEnvironment`; rounded to float32, its numbers are those of the simulators, bit for bit.

    Actions are between -1 and 1.

    Args:
        environment: Name of the environment, such as `HalfCheetahVelocity`.
        goal: The goal. `set_goal` and the option `goal` of `reset` change it.
        oracle: Whether the observation also contains the goal.
        dynamics: The dynamics, `authors` or `gymnasium`.
        **rendering: Settings of Gymnasium's `MujocoEnv`, such as `render_mode`.

    Raises:
        SettingError: The goal or a setting is not allowed.
    """

    metadata = {"render_modes": RENDER_MODES}  # noqa: RUF012 - the type that Gymnasium declares

    def __init__(
        self,
        environment: str,
        goal: float = 1.0,
        oracle: bool = False,
        dynamics: str = "authors",
        **rendering: Any,
    ) -> None:
        self._environment = ENVIRONMENTS[environment](oracle=oracle, dynamics=dynamics)
        self.set_goal(goal)
        size = self._environment.observation_size
        super().__init__(
            f"{self._environment.robot.name}.xml",
            self._environment.substeps,
            Box(-np.inf, np.inf, (size,), np.float64),
            **rendering,
        )
        self.metadata = {"render_modes": RENDER_MODES, "render_fps": round(1.0 / self.dt)}
        self._fields = fields_of(self.model, self.data)

    def set_goal(self, goal: ArrayLike) -> None:
        """Sets the goal.

        Raises:
            SettingError: It is not allowed.
        """
        self._goal = self._environment.task.checked(np.reshape(goal, (1, -1)))[0, 0]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Values, dict[str, Any]]:
        """Starts a rollout."""
        if options and "goal" in options:
            self.set_goal(options["goal"])
        found: tuple[Values, dict[str, Any]] = super().reset(seed=seed, options=options)
        return found

    def reset_model(self) -> Values:
        """Draws an initial state and returns the first observation."""
        noise = self.np_random.standard_normal(self.model.nq + self.model.nv)
        self.data.qpos[:], self.data.qvel[:] = self._environment.initial_state(self.model, noise)
        mujoco.mj_forward(self.model, self.data)
        observation = self._environment.observations(self._fields, self._goal, np.float64)
        self._observation = np.asarray(observation, np.float64)
        return self._observation.copy()

    def step(self, action: ArrayLike) -> Step:
        """Performs one time step.

        Raises:
            SettingError: The action is not finite, or has the wrong shape.
            Diverged: The simulation of a half-cheetah diverged.
        """
        clipped = clipped_actions(action, (self._environment.action_size,))
        self.do_simulation(self.model.actuator_ctrlrange[:, 1] * clipped, self.frame_skip)
        outcome = self._environment.outcome(self._fields, self._goal, clipped, np.float64)
        if self.render_mode == "human":
            self.mujoco_renderer.render(self.render_mode)
        if not outcome.stable:
            return self._diverged()
        self._observation = np.asarray(outcome.observations, np.float64)
        reward, velocity = np.float64(outcome.rewards), np.float64(self._fields.forward_velocity)
        return self._observation.copy(), reward, not outcome.upright, False, {"velocity": velocity}

    def _diverged(self) -> Step:
        if not self._environment.robot.may_end:
            raise Diverged(f"the simulation diverged: {UNSTABLE}")
        return self._observation.copy(), np.float64(0.0), True, False, {}

    def _initialize_simulation(self) -> tuple[Any, Any]:
        model = copy.copy(self._environment.model())
        model.vis.global_.offwidth = max(model.vis.global_.offwidth, self.width)
        model.vis.global_.offheight = max(model.vis.global_.offheight, self.height)
        return model, mujoco.MjData(model)

    def _set_action_space(self) -> Box:
        self.action_space = Box(-1.0, 1.0, (self._environment.action_size,), np.float32)
        return self.action_space

    def _step_mujoco_simulation(self, ctrl: Values, n_frames: int) -> None:
        self.data.ctrl[:] = ctrl
        mujoco.mj_step(self.model, self.data, nstep=n_frames)
        mujoco.mj_forward(self.model, self.data)  # Derived fields are those of the new state.
