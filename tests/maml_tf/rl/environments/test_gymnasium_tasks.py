"""Environments of Gymnasium as environments of learners."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from maml_tf import SettingError
from maml_tf.inner_loop import InnerLoop
from maml_tf.rl import CategoricalPolicy, GaussianPolicy, GymnasiumTasks, PolicyMAML, sample_trajectories
from tests.maml_tf.rl.environments.counter import Counter

LOOP = InnerLoop(steps=1, learning_rate=0.1)
SEEDS = np.array([[0, 1], [0, 2]])
GOALS = np.array([[3.0], [5.0]], np.float32)


def tasks(numbered: bool, **settings: Any) -> GymnasiumTasks:
    return GymnasiumTasks(make=lambda: Counter(numbered, **settings), set_task=Counter.set_goal, horizon=8)


@pytest.mark.parametrize(("numbered", "actions"), [(True, 3), (False, 2)])
def test_sizes_come_from_the_environment(numbered: bool, actions: int) -> None:
    declared = tasks(numbered)
    assert (declared.observation_size, declared.action_size, declared.numbered_actions) == (2, actions, numbered)


def test_actions_in_a_box_are_scaled_to_its_bounds() -> None:
    simulator = tasks(False).simulator()
    simulator.begin(GOALS, 1, SEEDS)
    observations, rewards, _ = simulator.step(np.array([[[-1.0, 0.5]], [[0.0, 9.0]]]))

    # The box reaches from 0 to 4 in the first value and is not bounded in the second.
    np.testing.assert_allclose(observations[:, 0, 1], [0.5, 2.0 + 9.0])
    np.testing.assert_allclose(rewards[:, 0], [-2.5, 6.0])


def test_numbered_actions_start_where_the_environment_says() -> None:
    simulator = tasks(True).simulator()
    simulator.begin(GOALS, 1, SEEDS)
    observations, _, _ = simulator.step(np.array([[[0.0]], [[2.0]]]))
    np.testing.assert_allclose(observations[:, 0, 1], [5.0, 7.0])


def test_rollouts_end_and_stay_ended() -> None:
    simulator = tasks(True).simulator()
    simulator.begin(GOALS, 2, SEEDS)
    first = simulator.step(np.full((2, 2, 1), 1.0))
    second = simulator.step(np.full((2, 2, 1), 1.0))
    third = simulator.step(np.full((2, 2, 1), 1.0))

    assert not first[2].any()
    assert second[2].all(), "the sum is above 11"
    np.testing.assert_array_equal(third[0], second[0])
    assert not third[1].any()


def test_starts_depend_on_the_seed_of_the_task() -> None:
    simulator = tasks(True).simulator()
    both = simulator.begin(GOALS, 3, SEEDS)
    again = tasks(True).simulator().begin(GOALS[1:], 3, SEEDS[1:])

    np.testing.assert_array_equal(both[1:], again)
    assert len(np.unique(both[..., 0])) == 6


@pytest.mark.parametrize("numbered", [True, False])
def test_policies_sample_in_it(numbered: bool) -> None:
    declared = tasks(numbered)
    sizes: dict[str, Any] = {"observation_size": 2, "action_size": declared.action_size, "hidden": (2,)}
    policy = CategoricalPolicy(**sizes) if numbered else GaussianPolicy(**sizes)
    learner = PolicyMAML(environment=declared, policy=policy, inner_loop=LOOP, rollouts=2)
    found = learner.sample(policy.initialize(0), GOALS, SEEDS)
    assert found.actions.shape == (2, 2, 8, 1 if numbered else 2)


def test_the_wrong_kind_of_policy_is_refused() -> None:
    policy = GaussianPolicy(observation_size=2, action_size=3)
    with pytest.raises(SettingError, match="an environment with numbered actions, not be a GaussianPolicy"):
        PolicyMAML(environment=tasks(True), policy=policy, inner_loop=LOOP)


def test_other_actions_are_refused() -> None:
    wrong = GymnasiumTasks(make=lambda: Counter(True, multiple=True), set_task=Counter.set_goal, horizon=8)
    with pytest.raises(SettingError, match="actions of an environment must be a Box or Discrete, not MultiBinary"):
        wrong.numbered_actions  # noqa: B018


def test_an_id_is_made() -> None:
    declared = GymnasiumTasks(make="CartPole-v1", set_task=lambda environment, goal: None, horizon=5)
    assert isinstance(declared.create(), gymnasium.Env)
    assert declared.action_size == 2


def test_a_bad_horizon_is_refused() -> None:
    with pytest.raises(SettingError, match="horizon must be 1 or more, not 0"):
        GymnasiumTasks(make="CartPole-v1", set_task=lambda environment, goal: None, horizon=0)


def test_goals_of_another_size_are_refused() -> None:
    with pytest.raises(SettingError, match=r"goals must have shape \[tasks, 1\], not \[2, 3\]"):
        tasks(True).simulator().begin(np.zeros((2, 3)), 1, SEEDS)


def test_an_unknown_id_is_one_line() -> None:
    with pytest.raises(SettingError, match="make must be the id of an environment of Gymnasium, not 'Nowhere-v7'"):
        GymnasiumTasks(make="Nowhere-v7", set_task=lambda environment, goal: None, horizon=3).create()


def test_a_rollout_that_is_not_needed_ends() -> None:
    simulator = tasks(True).simulator()
    first = simulator.begin(GOALS, 2, SEEDS)
    unneeded = np.array([[False, True], [False, False]])
    simulator.end(unneeded)
    observations, rewards, ended = simulator.step(np.zeros((2, 2, 1)))

    np.testing.assert_array_equal(ended, unneeded)
    np.testing.assert_array_equal(observations[0, 1], first[0, 1])
    assert rewards[0, 1] == 0
    assert (observations != first)[~unneeded].any(axis=-1).all()


def test_a_simulator_serves_many_samples() -> None:
    simulator, policy = tasks(True).simulator(), CategoricalPolicy(observation_size=2, action_size=3, hidden=())
    parameters = {"network": {"layer_0": {"kernel": np.zeros((2, 3), np.float32), "bias": np.zeros(3, np.float32)}}}
    first, second = (sample_trajectories(simulator, policy, parameters, GOALS, 2, SEEDS) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
