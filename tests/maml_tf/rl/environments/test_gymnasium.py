"""The environments by Gymnasium's interface: found, checked, and equal to the simulators bit for bit."""

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest

from maml_tf import Diverged, SettingError
from maml_tf.rl import environments, register_environments
from maml_tf.rl.environments.registration import IDS

gymnasium = pytest.importorskip("gymnasium")
pytest.importorskip("mujoco")

ROBOTS = [(name, dynamics) for name in IDS[1:] for dynamics in ("authors", "gymnasium")]
SEEDS = np.array([[3, 4]])


@pytest.fixture(autouse=True)
def _registered() -> None:
    register_environments()


def declared(name: str) -> Any:
    return getattr(environments, name.removeprefix("maml_tf/").removesuffix("-v1"))


def test_gymnasium_registers_them_if_the_name_begins_with_the_module() -> None:
    program = "import gymnasium; print(gymnasium.make('maml_tf.rl.registered:maml_tf/PointNavigation-v1').spec.id)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "maml_tf/PointNavigation-v1\n"


@pytest.mark.parametrize("name", IDS)
def test_environments_follow_the_interface(name: str) -> None:
    from gymnasium.utils.env_checker import check_env

    environment = gymnasium.make(name)
    assert environment.spec.max_episode_steps == declared(name).horizon
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*(infinity|render).*")
        check_env(environment.unwrapped, skip_render_check=True)
    environment.close()


@pytest.mark.parametrize("name", IDS)
def test_several_are_made_at_once(name: str) -> None:
    environment = gymnasium.make_vec(name, num_envs=2, vectorization_mode="sync", vector_kwargs={})
    observations, _ = environment.reset(seed=0)
    assert observations.shape == (2, declared(name)().observation_size)
    assert environment.step(environment.action_space.sample())[1].shape == (2,)
    environment.close()


@pytest.mark.parametrize(("name", "dynamics"), ROBOTS)
def test_robots_equal_the_simulators_bit_for_bit(name: str, dynamics: str) -> None:
    simulator = declared(name)(dynamics=dynamics, oracle=True).simulator()
    single = gymnasium.make(name, dynamics=dynamics, oracle=True, goal=1.0).unwrapped
    first = simulator.begin([[1.0]] * 2, 2, np.repeat(SEEDS, 2, axis=0))[0, 1]
    fields = simulator._physics.fields
    single.reset(seed=0)
    single.set_state(fields.positions[1], fields.velocities[1])

    observation = single._environment.observations(single._fields, 1.0, np.float64)
    np.testing.assert_array_equal(observation.astype(np.float32), first)
    ended = False
    actions = 2 * np.random.default_rng(5).standard_normal((60, 2, 2, simulator.action_size))
    for step in range(60):
        observations, rewards, ends = simulator.step(actions[step])
        observation, reward, ended, truncated, info = single.step(actions[step, 0, 1])
        np.testing.assert_array_equal(observation.astype(np.float32), observations[0, 1])
        np.testing.assert_array_equal(single.data.qpos, fields.positions[1])
        assert (np.float32(reward), ended, truncated) == (rewards[0, 1], ends[0, 1], False)
        assert info["velocity"] == fields.forward_velocity[1]
        if ended:
            break
    assert step > 10


def test_navigation_equals_the_simulator_bit_for_bit() -> None:
    goal = np.array([0.1, -0.05])
    simulator = environments.PointNavigation(oracle=True).simulator()
    single = gymnasium.make(IDS[0], goal=goal, oracle=True)
    np.testing.assert_array_equal(single.reset()[0], simulator.begin([goal], 1, SEEDS)[0, 0])
    for action in np.tile([0.5, -0.25], (2, 1)):
        observation, reward, ended, _, _ = single.step(action)
        observations, rewards, ends = simulator.step(action[None, None])
        np.testing.assert_array_equal(observation, observations[0, 0])
        assert (np.float32(reward), ended) == (rewards[0, 0], ends[0, 0])
    assert ended


@pytest.mark.parametrize("name", IDS)
def test_the_goal_can_be_changed(name: str) -> None:
    environment = gymnasium.make(name, oracle=True)
    goal = np.array([0.5, -0.5] if name == IDS[0] else [1.0])
    observation, _ = environment.reset(seed=0, options={"goal": goal})
    np.testing.assert_array_equal(observation[-len(goal) :], goal)
    environment.unwrapped.set_goal(goal)
    with pytest.raises(SettingError, match="a goal must be"):
        environment.reset(options={"goal": goal + 3})
    with pytest.raises(SettingError, match="actions must be finite"):
        environment.step(np.full(environment.action_space.shape, np.nan))


@pytest.mark.parametrize(("name", "rate"), [("HalfCheetahVelocity", 100), ("AntDirection", 50)])
def test_frames_are_rendered_in_real_time(name: str, rate: int) -> None:
    assert gymnasium.make(f"maml_tf/{name}-v1").unwrapped.metadata["render_fps"] == rate
    assert gymnasium.make(f"maml_tf/{name}-v1", dynamics="gymnasium").unwrapped.metadata["render_fps"] == 20


def test_a_simulation_that_diverges_ends_or_is_an_error() -> None:
    ant, half_cheetah = (
        gymnasium.make(f"maml_tf/{name}-v1").unwrapped for name in ("AntVelocity", "HalfCheetahVelocity")
    )
    first, _ = ant.reset(seed=0)
    ant.data.qvel[0] = np.nan
    observation, reward, ended, _, _ = ant.step(np.zeros(8))
    np.testing.assert_array_equal(observation, first)
    assert (reward, ended) == (0.0, True)

    half_cheetah.reset(seed=0)
    half_cheetah.data.qvel[0] = np.nan
    with pytest.raises(Diverged, match=r"^the simulation diverged: a position, velocity or force is not finite$"):
        half_cheetah.step(np.zeros(6))
