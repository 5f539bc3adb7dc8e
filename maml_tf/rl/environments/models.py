"""The MuJoCo models of the robots: Gymnasium's own model files with named changes.

With the changes for the dynamics of the authors, all numbers that define the physics are equal to those of the files
in the authors' `vendor/mujoco_models`. The files of Gymnasium 1.4 differ from these in cameras and in what the changes
of the ant restore.

MuJoCo computes the masses and inertias of capsules from these numbers. It has done so exactly since version 2.1.2; the
version of the authors took each capsule for a cylinder.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from maml_tf.rl.environments.extra import imported

Spec = Any  # a mujoco.MjSpec
Model = Any  # a mujoco.MjModel
FORWARD_VELOCITY = "forward velocity"
CONTACT_FORCES = "contact forces"


def measure_velocity(spec: Spec) -> None:
    """Adds a sensor of the velocity of the centre of mass of the torso and all that is attached to it.

    MuJoCo computes this velocity only for sensors.
    """
    mujoco = imported("mujoco")
    kind, body = mujoco.mjtSensor.mjSENS_SUBTREELINVEL, mujoco.mjtObj.mjOBJ_BODY
    spec.add_sensor(name=FORWARD_VELOCITY, type=kind, objtype=body, objname="torso")


def measure_contact_forces(spec: Spec) -> None:
    """Adds a sensor whose computation also gives the external forces on all bodies, `cfrc_ext`.

    MuJoCo computes them only for sensors that depend on accelerations; otherwise they are zero.
    """
    mujoco = imported("mujoco")
    kind, body = mujoco.mjtSensor.mjSENS_FRAMELINACC, mujoco.mjtObj.mjOBJ_BODY
    spec.add_sensor(name=CONTACT_FORCES, type=kind, objtype=body, objname="torso")


def keep_unstable_states(spec: Spec) -> None:
    """Prevents MuJoCo from resetting an unstable simulation to the initial state, which would hide it."""
    spec.option.disableflags |= int(imported("mujoco").mjtDisableBit.mjDSBL_AUTORESET)


def authors_time_step(spec: Spec) -> None:
    """Sets the time step of the authors' ant, 0.02 s; Gymnasium's is 0.01 s."""
    spec.option.timestep = 0.02


def authors_contacts(spec: Spec) -> None:
    """Sets how stiff contacts of the authors' ant are; Gymnasium's file leaves it to MuJoCo."""
    for geom in spec.geoms:
        geom.solref[:] = (0.02, 1.0)
        geom.solimp[:3] = (0.8, 0.8, 0.01)


def authors_motors(spec: Spec) -> None:
    """Gives motors of the ant the range 150 and no gear; Gymnasium's have the range 1 and the gear 150."""
    for actuator in spec.actuators:
        actuator.gear[0] = 1.0
        actuator.ctrlrange[:] = (-150.0, 150.0)


COMMON = (measure_velocity, keep_unstable_states)
CHANGES: dict[tuple[str, str], tuple[Callable[[Spec], None], ...]] = {
    ("half_cheetah", "authors"): COMMON,
    ("half_cheetah", "gymnasium"): COMMON,
    ("ant", "authors"): (*COMMON, measure_contact_forces, authors_time_step, authors_contacts, authors_motors),
    ("ant", "gymnasium"): (*COMMON, measure_contact_forces),
}


@cache
def model_of(robot: str, dynamics: str) -> Model:
    """Returns the model of a robot, `half_cheetah` or `ant`; callers must not change it.

    Raises:
        SettingError: MuJoCo or Gymnasium is not installed.
    """
    mujoco = imported("mujoco")
    folder = Path(str(imported("gymnasium").__file__)).parent / "envs" / "mujoco" / "assets"
    spec = mujoco.MjSpec.from_file(str(folder / f"{robot}.xml"))
    for change in CHANGES[robot, dynamics]:
        change(spec)
    return _compiled(spec)


def _compiled(spec: Spec) -> Model:
    """Compiles a model and scales its mass, by functions because the attribute of model files is deprecated."""
    mujoco = imported("mujoco")
    mass = spec.compiler.settotalmass
    spec.compiler.settotalmass = -1.0
    model = spec.compile()
    if mass > 0:
        mujoco.mj_setTotalmass(model, mass)
        mujoco.mj_setConst(model, mujoco.MjData(model))
    return model
