"""Many simulations of one robot, stepped together by MuJoCo's own threads."""

import os
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maml_tf.rl.environments.extra import imported
from maml_tf.rl.environments.models import CONTACT_FORCES, FORWARD_VELOCITY, Model


class Fields(NamedTuple):
    """What is known of a robot: arrays with any leading axes.

    Attributes:
        positions: `[..., positions]`, `qpos` of MuJoCo.
        velocities: `[..., velocities]`, `qvel` of MuJoCo.
        centre_of_mass: `[..., 3]`, in metres.
        forward_velocity: `[...]`, of the centre of mass, in metres per second.
        rotation: `[..., 9]`, the rotation matrix of the torso.
        contact_forces: `[..., bodies, 6]`, torques and forces on the bodies from outside; None if the model does not
            measure them.
    """

    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]
    centre_of_mass: NDArray[np.float64]
    forward_velocity: NDArray[np.float64]
    rotation: NDArray[np.float64]
    contact_forces: NDArray[np.float64] | None


def fields_of(model: Model, source: Any) -> Fields:
    """Returns views of a robot's fields.

    Args:
        model: A model from `model_of`.
        source: A `mujoco.MjData`, or a `mujoco.batch.Batch`, whose arrays have a leading axis of simulations.
    """
    torso, sensor = model.body("torso").id, model.sensor(FORWARD_VELOCITY).adr[0]
    return Fields(
        positions=source.qpos,
        velocities=source.qvel,
        centre_of_mass=source.subtree_com[..., torso, :],
        forward_velocity=source.sensordata[..., sensor],
        rotation=source.xmat[..., torso, :],
        contact_forces=source.cfrc_ext if measures_forces(model) else None,
    )


def measures_forces(model: Model) -> bool:
    """Returns whether a model from `model_of` measures contact forces."""
    names = [model.sensor(index).name for index in range(model.nsensor)]
    return CONTACT_FORCES in names


class Physics:
    """Simulations of one model.

    Each depends on its own state and controls only, and equals bit for bit a single `mujoco.MjData` on which `mj_step`
    and then `mj_forward` are called, as rllab does, at any number of threads. All of `Fields` is computed in every
    call: a field that is not would hold values of another simulation.

    Args:
        model: A model from `model_of`.
        simulations: Number of simulations.
        substeps: Number of time steps of MuJoCo in one time step of the environment.
        threads: Number of threads; as many as there are available CPU cores if 0.

    Attributes:
        fields: The fields of all simulations, `[simulations, ...]`, which every call updates in place.
    """

    def __init__(self, model: Model, simulations: int, *, substeps: int, threads: int = 0) -> None:
        stages = imported("mujoco").mjtStage
        self._batch = imported("mujoco.batch").Batch(model, simulations, threads or available_cores())
        self._controls = self._batch.bind("ctrl")
        self._substeps = substeps
        # Derived fields describe the state before the last step, unless they are computed again at the new one.
        self._stage = int(stages.mjSTAGE_ACC if measures_forces(model) else stages.mjSTAGE_VEL)
        self.fields = fields_of(model, self._batch)

    def begin(self, positions: NDArray[np.float64], velocities: NDArray[np.float64]) -> None:
        """Starts all simulations from positions and velocities, `[simulations, ...]`."""
        self._batch.reset(stage=int(imported("mujoco").mjtStage.mjSTAGE_NONE))
        self._batch.qpos, self._batch.qvel = positions, velocities
        self._batch.forward(stage=self._stage)

    def step(self, controls: NDArray[np.float64], running: NDArray[np.bool_] | None) -> None:
        """Performs one time step of the environment.

        Args:
            controls: `[simulations, controls]`.
            running: `[simulations]`, which simulations to step; all if None. The others keep all their fields.
        """
        self._controls[:] = controls
        self._batch.step(running, nstep=self._substeps, stage=self._stage)


def available_cores() -> int:
    """Returns the number of CPU cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
