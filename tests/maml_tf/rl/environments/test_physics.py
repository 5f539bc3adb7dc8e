"""Batched simulations equal single ones bit for bit, whatever the batch and the number of threads."""

from typing import Any

import numpy as np
import pytest

from maml_tf.rl import AntDirection, AntVelocity, HalfCheetahDirection, HalfCheetahVelocity
from maml_tf.rl.environments.physics import Fields

mujoco = pytest.importorskip("mujoco")
pytest.importorskip("gymnasium")

ENVIRONMENTS = [
    environment(dynamics=dynamics)
    for environment in (HalfCheetahVelocity, AntVelocity)
    for dynamics in ("authors", "gymnasium")
]
ids = lambda environment: f"{type(environment).__name__}-{environment.dynamics}"  # noqa: E731
GOALS = np.array([[0.5], [1.5], [2.0]])
SEEDS = np.array([[0, 1], [2, 3], [2**40, -5]])
ROLLOUTS, STEPS = 2, 40


def actions_of(environment: Any, steps: int = STEPS, scale: float = 1.0) -> np.ndarray:
    shape = (steps, len(GOALS), ROLLOUTS, environment.action_size)
    return scale * np.random.default_rng(1).standard_normal(shape)


def rolled(environment: Any, goals: Any = GOALS, seeds: Any = SEEDS, threads: int = 0, tasks: Any = slice(None)) -> Any:
    """Returns the first observations, and observations, rewards and ends of all time steps."""
    simulator = environment.simulator(threads=threads)
    first = simulator.begin(goals[tasks], ROLLOUTS, seeds[tasks])
    steps = [simulator.step(actions[tasks]) for actions in actions_of(environment)]
    return first, *(np.stack(each) for each in zip(*steps, strict=True))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=ids)
def test_every_field_of_every_step_equals_that_of_a_single_simulation(environment: Any) -> None:
    from tests.maml_tf.rl.environments.plain_physics import PlainRobot

    simulator = environment.simulator()
    simulator.begin(GOALS, ROLLOUTS, SEEDS)
    fields: Fields = simulator._physics.fields
    robots = [
        PlainRobot(environment, *each) for each in zip(fields.positions.copy(), fields.velocities.copy(), strict=True)
    ]
    # Small actions keep all ants upright: one that has ended is not stepped.
    for actions in [None, *actions_of(environment, scale=0.05)]:
        if actions is not None:
            assert not simulator.step(actions)[2].any()
            for robot, action in zip(robots, actions.reshape(len(robots), -1), strict=True):
                robot.step(action)
        for index, robot in enumerate(robots):
            for name, value in robot.fields().items():
                np.testing.assert_array_equal(getattr(fields, name)[index], value, err_msg=name)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=ids)
def test_rollouts_do_not_depend_on_threads_or_other_tasks(environment: Any) -> None:
    together = rolled(environment)

    for one, other in zip(together, rolled(environment, threads=1), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(together, rolled(environment, threads=3), strict=True):
        np.testing.assert_array_equal(one, other)
    for tasks in (slice(0, 1), slice(1, 3)):
        alone = rolled(environment, tasks=tasks)
        np.testing.assert_array_equal(alone[0], together[0][tasks])
        for one, other in zip(together[1:], alone[1:], strict=True):
            np.testing.assert_array_equal(one[:, tasks], other)


@pytest.mark.parametrize("environment", ENVIRONMENTS[::2], ids=ids)
def test_a_simulator_can_be_used_again(environment: Any) -> None:
    simulator = environment.simulator()
    results = []
    for rollouts in (ROLLOUTS, 1, ROLLOUTS):
        first = simulator.begin(GOALS, rollouts, SEEDS)
        results.append([first, *simulator.step(actions_of(environment)[0][:, :rollouts])])

    for one, few, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one[:, :1], few)


def test_the_seed_of_a_task_determines_its_first_states() -> None:
    simulator = HalfCheetahDirection().simulator()
    seeds = np.array([[0, 1], [0, 2], [1, 1], [0, 1]])
    first = simulator.begin(np.ones((4, 1)), 3, seeds)

    np.testing.assert_array_equal(first[0], first[3])
    assert len(np.unique(first[..., 0])) == 9


def test_the_velocity_is_that_of_rllab() -> None:
    from tests.maml_tf.rl.environments.plain_physics import PlainRobot, velocity_of_rllab

    environment = AntDirection()
    rng = np.random.default_rng(2)
    robot = PlainRobot(environment, environment.model().numeric("init_qpos").data, rng.standard_normal(14))
    for _ in range(5):
        robot.step(rng.uniform(-1, 1, 8))
        np.testing.assert_allclose(robot.velocity(), velocity_of_rllab(robot.model, robot.data)[0], rtol=1e-9)
