"""Navigation of a point: the reward, the end of a rollout, and input that is refused."""

from typing import Any

import numpy as np
import pytest

from maml_tf import SettingError
from maml_tf.rl import PointNavigation

GOALS = np.array([[0.25, -0.5], [0.05, 0.0]], np.float32)
SEEDS = np.zeros((2, 2), np.int64)


def begun(oracle: bool = False, rollouts: int = 3) -> tuple[Any, np.ndarray]:
    simulator = PointNavigation(oracle=oracle).simulator()
    return simulator, np.asarray(simulator.begin(GOALS, rollouts, SEEDS))


def test_rollouts_start_at_the_origin() -> None:
    simulator, observations = begun()

    assert observations.dtype == np.float32
    np.testing.assert_array_equal(observations, np.zeros((2, 3, 2)))
    assert (simulator.observation_size, simulator.action_size, simulator.horizon) == (2, 2, 100)


def test_actions_are_clipped_and_move_by_a_tenth() -> None:
    simulator, _ = begun(rollouts=1)
    actions = np.array([[[0.5, -7.0]], [[-0.25, 2.0]]])
    observations, rewards, ended = simulator.step(actions)
    moved = np.array([[0.05, -0.1], [-0.025, 0.1]])

    np.testing.assert_allclose(observations[:, 0], moved, rtol=1e-6)
    np.testing.assert_allclose(rewards[:, 0], -np.linalg.norm(moved - GOALS, axis=1), rtol=1e-6)
    assert rewards.dtype == np.float32
    assert not ended.any()

    further = simulator.step(actions)[0]
    np.testing.assert_allclose(further[:, 0], 2 * moved, rtol=1e-6)


def test_a_rollout_ends_when_both_coordinates_are_near_the_goal_and_stays_ended() -> None:
    simulator, _ = begun()
    # To the goal (0.05, 0) of the second task: within 0.01 of both coordinates, but further away than 0.01; only in
    # one of them; in none.
    ends = np.array([[0.585, 0.085], [0.585, 0.11], [0.0, 1.0]])
    observations, rewards, ended = simulator.step(np.stack([np.zeros((3, 2)), ends]))

    np.testing.assert_array_equal(ended, [[False] * 3, [True, False, False]])
    np.testing.assert_allclose(rewards[1, 0], -np.hypot(0.0085, 0.0085), rtol=1e-4)

    after, later, still = simulator.step(np.ones((2, 3, 2)))
    np.testing.assert_array_equal(still[1], [True, False, False])
    np.testing.assert_array_equal(after[1, 0], observations[1, 0])
    assert later[1, 0] == 0.0
    assert not np.array_equal(after[1, 1], observations[1, 1])
    assert (later[0] < 0).all()


def test_a_rollout_that_is_not_needed_ends() -> None:
    simulator, first = begun()
    unneeded = np.array([[False, True, False], [False, False, False]])
    simulator.end(unneeded)
    observations, rewards, ended = simulator.step(np.ones((2, 3, 2)))

    np.testing.assert_array_equal(ended, unneeded)
    np.testing.assert_array_equal(observations[0, 1], first[0, 1])
    np.testing.assert_array_equal(rewards == 0, unneeded)


def test_an_oracle_sees_the_goal() -> None:
    simulator, observations = begun(oracle=True)
    assert simulator.observation_size == PointNavigation(oracle=True).observation_size == 4
    np.testing.assert_array_equal(observations[..., 2:], np.repeat(GOALS[:, None], 3, axis=1))
    later = simulator.step(np.ones((2, 3, 2)))[0]
    np.testing.assert_array_equal(later[..., 2:], observations[..., 2:])


def test_results_of_a_step_are_not_changed_by_the_next() -> None:
    simulator, first = begun()
    results = [each.copy() for each in (first, *simulator.step(np.ones((2, 3, 2))))]
    simulator, first = begun()
    kept = (first, *simulator.step(np.ones((2, 3, 2))))
    simulator.step(-np.ones((2, 3, 2)))
    for one, other in zip(results, kept, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"goals": [[0.1, 0.6]]}, "a goal must be between -0.5 and 0.5, not [0.1, 0.6]"),
        ({"goals": [[np.nan, 0.0]]}, "a goal must be between -0.5 and 0.5, not [nan, 0.0]"),
        ({"goals": [0.1, 0.2]}, "goals must have shape [tasks, 2], not [2]"),
        ({"rollouts": 0}, "rollouts must be 1 or more, not 0"),
    ],
)
def test_tasks_that_do_not_exist_are_refused(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"goals": GOALS[:1], "rollouts": 2, "seeds": SEEDS[:1]} | changes
    with pytest.raises(SettingError) as raised:
        PointNavigation().simulator().begin(**arguments)
    assert str(raised.value) == message


def test_actions_that_do_not_fit_are_refused() -> None:
    simulator, _ = begun()
    with pytest.raises(SettingError) as raised:
        simulator.step(np.zeros((2, 3)))
    assert str(raised.value) == "actions must have shape [2, 3, 2], not [2, 3]"
    actions = np.zeros((2, 3, 2))
    actions[1, 0, 1] = np.inf
    with pytest.raises(SettingError) as raised:
        simulator.step(actions)
    assert str(raised.value) == "actions must be finite; the action at [1, 0, 1] is inf"
