"""Models: the named changes give the numbers of the authors' model files, and no others."""

from typing import Any

import numpy as np
import pytest

from maml_tf.rl.environments.models import CHANGES, model_of

mujoco = pytest.importorskip("mujoco")
pytest.importorskip("gymnasium")

# Of the files in the authors' vendor/mujoco_models, by hand.
AUTHORS: dict[str, dict[str, Any]] = {
    "half_cheetah": {
        "opt.timestep": 0.01,
        "opt.integrator": int(mujoco.mjtIntegrator.mjINT_EULER),
        "nq": 9,
        "nbody": 8,
        "actuator_gear": [120, 90, 60, 120, 60, 30],
        "actuator_ctrlrange": [-1, 1],
        "geom_solref": [0.02, 1],
        "geom_solimp": [0, 0.8, 0.01, 0.5, 2],
        "jnt_stiffness": [0, 0, 0, 240, 180, 120, 180, 120, 60],
        "dof_damping": [0, 0, 0, 6, 4.5, 3, 4.5, 3, 1.5],
        "dof_armature": [0, 0, 0, *[0.1] * 6],
    },
    "ant": {
        "opt.timestep": 0.02,
        "opt.integrator": int(mujoco.mjtIntegrator.mjINT_RK4),
        "nq": 15,
        "nbody": 14,
        "actuator_gear": [1] * 8,
        "actuator_ctrlrange": [-150, 150],
        "geom_solref": [0.02, 1],
        "geom_solimp": [0.8, 0.8, 0.01, 0.5, 2],
        "dof_damping": [*[0] * 6, *[1] * 8],
        "dof_armature": [*[0] * 6, *[1] * 8],
        "numeric_data": [0, 0, 0.55, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1],
    },
}
MASSES = {"half_cheetah": 14.0, "ant": 0.911}


def value_of(model: Any, name: str) -> Any:
    if name.startswith("opt."):
        return float(getattr(model.opt, name[4:]))
    value = getattr(model, name)
    return value[:, 0] if name == "actuator_gear" else value


@pytest.mark.parametrize("robot", AUTHORS)
def test_the_numbers_are_those_of_the_authors(robot: str) -> None:
    model = model_of(robot, "authors")

    for name, expected in AUTHORS[robot].items():
        value = value_of(model, name)
        np.testing.assert_allclose(value, np.broadcast_to(expected, np.shape(value)), rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(model.body_mass.sum(), MASSES[robot], rtol=1e-3)


@pytest.mark.parametrize("robot", AUTHORS)
def test_changes_change_nothing_else(robot: str) -> None:
    mine, theirs = model_of(robot, "gymnasium"), gymnasium_model(robot)
    names = [name for name in dir(theirs) if not name.startswith(("_", "name", "sensor"))]
    arrays = [name for name in names if isinstance(getattr(theirs, name), np.ndarray)]

    assert len(arrays) > 300
    for name in arrays:
        np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), rtol=1e-12, atol=1e-15, err_msg=name)
    for name in ("timestep", "integrator", "solver", "cone", "iterations", "tolerance", "gravity"):
        np.testing.assert_array_equal(getattr(mine.opt, name), getattr(theirs.opt, name), err_msg=name)


def gymnasium_model(robot: str) -> Any:
    """Returns the model as Gymnasium itself loads it."""
    from gymnasium.envs.mujoco.mujoco_env import expand_model_path

    return mujoco.MjModel.from_xml_path(expand_model_path(f"{robot}.xml"))


def test_dynamics_of_gymnasium_have_only_the_changes_that_measure() -> None:
    for robot in ("half_cheetah", "ant"):
        assert {change.__name__ for change in CHANGES[robot, "gymnasium"]} <= {
            "measure_velocity",
            "measure_contact_forces",
            "keep_unstable_states",
        }
