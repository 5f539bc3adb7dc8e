"""Half-cheetah and ant: observations, rewards, initial states, ends, and input that is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from maml_tf import Diverged, InnerLoop, SettingError
from maml_tf.rl import AntDirection, AntVelocity, GaussianPolicy, HalfCheetahDirection, HalfCheetahVelocity, PolicyMAML
from maml_tf.rl.environments import extra, robots

pytest.importorskip("mujoco")
pytest.importorskip("gymnasium")

ENVIRONMENTS = [HalfCheetahVelocity(), HalfCheetahDirection(), AntVelocity(), AntDirection()]
ids = lambda environment: type(environment).__name__  # noqa: E731
GOALS = {
    HalfCheetahVelocity: (0.25, 2.0),
    HalfCheetahDirection: (-1.0, 1.0),
    AntVelocity: (0.0, 2.75),
    AntDirection: (-1.0, 1.0),
}
SEEDS = np.array([[0, 1], [2, 3]])


def goals_of(environment: Any) -> np.ndarray:
    return np.array(GOALS[type(environment)])[:, None]


def begun(environment: Any, rollouts: int = 2) -> tuple[Any, np.ndarray]:
    simulator = environment.simulator()
    return simulator, simulator.begin(goals_of(environment), rollouts, SEEDS)


def expected_reward(environment: Any, robot: Any, action: np.ndarray, goal: float) -> float:
    """Returns the reward by the formulas of the authors' environments."""
    velocity, clipped = robot.velocity(), np.clip(action, -1, 1)
    is_direction = isinstance(environment, HalfCheetahDirection | AntDirection)
    forward = goal * velocity if is_direction else -abs(velocity - goal)
    if environment.robot.name == "half_cheetah":
        return float(forward - 1e-1 * 0.5 * np.sum(clipped**2))
    contact = 0.5e-3 * np.sum(np.clip(robot.data.cfrc_ext, -1, 1) ** 2)
    bonus = 0.0 if is_direction else 1.0
    return float(forward + bonus - 0.5e-2 * np.sum(clipped**2) - contact + 0.05)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=ids)
def test_observations_and_rewards_are_those_of_the_authors(environment: Any) -> None:
    from tests.maml_tf.rl.environments.plain_physics import PlainRobot

    simulator, first = begun(environment)
    fields = simulator._physics.fields
    robots = [
        PlainRobot(environment, *each) for each in zip(fields.positions.copy(), fields.velocities.copy(), strict=True)
    ]
    assert first.shape == (2, 2, 20 if environment.robot.name == "half_cheetah" else 125)
    for robot, observation in zip(robots, first.reshape(4, -1), strict=True):
        np.testing.assert_array_equal(observation, robot.observation().astype(np.float32))

    goals = np.repeat(goals_of(environment)[:, 0], 2)
    for action in 2 * np.random.default_rng(0).standard_normal((12, 2, 2, simulator.action_size)):
        observations, rewards, ended = simulator.step(action)
        assert (observations.dtype, rewards.dtype) == (np.float32, np.float32)
        assert not ended.any()
        for index, robot in enumerate(robots):
            each = action.reshape(4, -1)[index]
            robot.step(np.clip(each, -1, 1))
            np.testing.assert_array_equal(observations.reshape(4, -1)[index], robot.observation().astype(np.float32))
            expected = expected_reward(environment, robot, each, goals[index])
            np.testing.assert_allclose(rewards.ravel()[index], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=ids)
def test_an_oracle_sees_the_goal(environment: Any) -> None:
    oracle = replace(environment, oracle=True)
    (simulator, first), (plain, others) = begun(oracle), begun(environment)

    assert simulator.observation_size == oracle.observation_size == plain.observation_size + 1 == first.shape[-1]
    actions = np.ones((2, 2, plain.action_size))
    for ours, other in ((first, others), (simulator.step(actions)[0], plain.step(actions)[0])):
        np.testing.assert_array_equal(ours[..., :-1], other)
        np.testing.assert_array_equal(ours[..., -1], np.repeat(goals_of(environment), 2, axis=1).astype(np.float32))


def test_half_cheetahs_start_near_the_pose_of_the_model() -> None:
    _, first = begun(HalfCheetahVelocity(), rollouts=1000)
    positions, velocities = first[..., :8].reshape(-1, 8), first[..., 8:17].reshape(-1, 9)

    np.testing.assert_allclose(positions.mean(axis=0), 0.0, atol=0.002)
    np.testing.assert_allclose(positions.std(axis=0), 0.01, rtol=0.1)
    np.testing.assert_allclose(velocities.mean(axis=0), 0.0, atol=0.02)
    np.testing.assert_allclose(velocities.std(axis=0), 0.1, rtol=0.1)


def test_ants_start_near_the_pose_that_the_model_names() -> None:
    _, first = begun(AntVelocity(), rollouts=400)
    positions, velocities = first[..., :15].reshape(-1, 15), first[..., 15:29].reshape(-1, 14)

    pose = [0, 0, 0.55, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1]
    np.testing.assert_allclose(positions.mean(axis=0), pose, atol=0.003)
    noisy = [index for index in range(15) if index != 3]  # normalising fixes the first number of the quaternion
    np.testing.assert_allclose(positions.std(axis=0)[noisy], 0.01, rtol=0.15)
    np.testing.assert_allclose(np.linalg.norm(positions[:, 3:7], axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(velocities.std(axis=0), 0.1, rtol=0.15)


@pytest.mark.parametrize(("height", "ends"), [(-0.1, True), (0.3, False), (0.9, False), (1.05, True)])
def test_an_ant_ends_when_its_height_leaves_the_allowed_range(height: float, ends: bool) -> None:
    simulator, _ = begun(AntVelocity())
    simulator._physics.fields.positions[1, 2] = height
    actions = np.zeros((2, 2, 8))
    observations, rewards, ended = simulator.step(actions)

    np.testing.assert_array_equal(ended, [[False, ends], [False, False]])
    assert (rewards != 0).all(), "the time step in which a rollout ends counts"
    assert observations[0, 1, 2] == np.float32(simulator._physics.fields.positions[1, 2])

    before = simulator._physics.fields.positions.copy()
    later, further, still = simulator.step(actions)
    np.testing.assert_array_equal(still, ended)
    moved = (simulator._physics.fields.positions != before).any(axis=1)
    np.testing.assert_array_equal(moved, [True, not ends, True, True], err_msg="no time is lost on those that ended")
    assert (further[0, 1] == 0) == ends
    assert np.array_equal(later[0, 1], observations[0, 1]) == ends
    assert (further[[0, 1, 1], [0, 0, 1]] != 0).all()


def test_a_rollout_that_is_not_needed_ends() -> None:
    simulator, first = begun(AntVelocity())
    before = simulator._physics.fields.positions.copy()
    unneeded = np.array([[False, False], [True, False]])
    simulator.end(unneeded)
    observations, rewards, ended = simulator.step(np.zeros((2, 2, 8)))

    np.testing.assert_array_equal(ended, unneeded)
    np.testing.assert_array_equal(observations[1, 0], first[1, 0])
    np.testing.assert_array_equal(rewards == 0, unneeded)
    moved = (simulator._physics.fields.positions != before).any(axis=1)
    np.testing.assert_array_equal(moved, ~unneeded.reshape(-1))


@pytest.mark.parametrize("bad", [np.nan, 1e13])
def test_an_ant_that_diverges_ends_with_its_last_finite_observation(bad: float) -> None:
    simulator, first = begun(AntDirection())
    simulator._physics.fields.velocities[2, 0] = bad
    observations, rewards, ended = simulator.step(np.zeros((2, 2, 8)))

    np.testing.assert_array_equal(ended, [[False, False], [True, False]])
    np.testing.assert_array_equal(observations[1, 0], first[1, 0])
    assert rewards[1, 0] == 0
    assert np.isfinite(observations).all()
    simulator.begin(goals_of(AntDirection()), 2, SEEDS)
    assert not simulator.step(np.zeros((2, 2, 8)))[2].any()


def test_a_half_cheetah_that_diverges_is_an_error() -> None:
    simulator, _ = begun(HalfCheetahVelocity())
    simulator._physics.fields.velocities[3, 1] = np.inf
    with pytest.raises(Diverged) as raised:
        simulator.step(np.zeros((2, 2, 6)))
    assert str(raised.value) == (
        "the simulation of rollout 1 of task 1 diverged: a position, velocity or force is not finite"
    )


@pytest.mark.parametrize(
    ("environment", "changes", "message"),
    [
        (HalfCheetahVelocity(), {"goals": [[2.5]]}, "a goal must be between 0.0 and 2.0, not 2.5"),
        (AntVelocity(), {"goals": [[-0.1]]}, "a goal must be between 0.0 and 3.0, not -0.1"),
        (AntVelocity(), {"goals": [[np.nan]]}, "a goal must be between 0.0 and 3.0, not nan"),
        (AntDirection(), {"goals": [[0.5]]}, "a goal must be the direction -1 or 1, not 0.5"),
        (HalfCheetahDirection(), {"goals": [[2.0]]}, "a goal must be between -1.0 and 1.0, not 2.0"),
        (
            HalfCheetahDirection(),
            {"seeds": [[1, 2, 3]]},
            "seeds must be integers of shape [1, 2], not int64 of shape [1, 3]",
        ),
        (
            HalfCheetahDirection(),
            {"seeds": [[0.5, 2]]},
            "seeds must be integers of shape [1, 2], not float64 of shape [1, 2]",
        ),
    ],
)
def test_tasks_that_do_not_exist_are_refused(environment: Any, changes: dict[str, Any], message: str) -> None:
    arguments = {"goals": [[1.0]], "rollouts": 2, "seeds": SEEDS[:1]} | changes
    with pytest.raises(SettingError) as raised:
        environment.simulator().begin(**arguments)
    assert str(raised.value) == message


def test_unknown_dynamics_are_refused() -> None:
    with pytest.raises(SettingError) as raised:
        AntVelocity(dynamics="bullet")
    assert str(raised.value) == "dynamics must be one of ['authors', 'gymnasium'], not 'bullet'"


def test_another_version_of_mujoco_is_refused() -> None:
    installed = extra.imported("mujoco").__version__
    assert AntVelocity(mujoco=installed).simulator()
    with pytest.raises(SettingError) as raised:
        AntVelocity(mujoco="1.31").simulator()
    assert str(raised.value) == f"mujoco must be '1.31', the version of these settings; {installed!r} is installed"


def test_a_missing_package_is_named_with_the_extra() -> None:
    with pytest.raises(SettingError) as raised:
        extra.imported("mujoco_of_tomorrow.batch")
    message = "this environment needs mujoco_of_tomorrow, which is not installed: pip install maml-tf[rl]"
    assert str(raised.value) == message


@pytest.mark.parametrize(("cores", "threads"), [(1, [1]), (2, [1, 1]), (3, [2, 2]), (16, [8, 8])])
def test_simulators_share_the_available_cores(monkeypatch: pytest.MonkeyPatch, cores: int, threads: list[int]) -> None:
    monkeypatch.setattr(robots, "available_cores", lambda: cores)
    assert [each._threads for each in AntVelocity().simulators()] == threads


def test_a_learner_uses_them() -> None:
    environment = HalfCheetahVelocity()
    policy = GaussianPolicy(observation_size=20, action_size=6, hidden=(3,))
    learner = PolicyMAML(environment=environment, policy=policy, inner_loop=InnerLoop(steps=1, learning_rate=0.1))
    assert len(learner._sampler.simulators) == len(environment.simulators())
