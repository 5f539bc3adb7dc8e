"""Paths are the positions that a simulator reports, of the first rollout of the first task, until it ends."""

import numpy as np

from benchmarks.experiments.reinforcement_learning.paths import Recorded
from maml_tf.rl import PointNavigation
from maml_tf.rl.environments.navigation import PointSimulator


def test_the_first_rollout_of_the_first_task_is_kept_until_it_ends() -> None:
    environment = PointNavigation()
    recorded = Recorded(environment=environment)
    simulator = recorded.simulator()
    goals = np.array([[0.2, 0.0], [0.0, 0.5]])
    simulator.begin(goals, 2, np.zeros([2, 2], np.int64))
    moves = np.zeros([2, 2, 2])
    moves[0, 0] = [1.0, 0.0]
    moves[0, 1] = moves[1] = [0.0, 1.0]
    for _ in range(4):
        simulator.step(moves)
    (path,) = recorded.paths
    assert path.shape == (environment.horizon + 1, 2)
    np.testing.assert_allclose(path[:3], [[0.0, 0.0], [0.1, 0.0], [0.2, 0.0]], atol=1e-6)
    assert np.isnan(path[3:]).all(), "it ended at its goal in the second time step"


def test_every_start_begins_a_new_path_and_nothing_else_changes() -> None:
    environment = PointNavigation()
    recorded = Recorded(environment=environment)
    simulator, plain = recorded.simulator(), environment.simulator()
    assert (recorded.observation_size, recorded.horizon) == (environment.observation_size, environment.horizon)
    assert simulator.horizon == plain.horizon
    for _ in range(2):
        start = np.array([[0.3, 0.3]]), 1, np.zeros([1, 2], np.int64)
        np.testing.assert_array_equal(simulator.begin(*start), plain.begin(*start))
        for ours, theirs in zip(simulator.step(np.ones([1, 1, 2])), plain.step(np.ones([1, 1, 2])), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert len(recorded.paths) == 2
    assert not np.isnan(recorded.paths[1][:2]).any()


def test_the_positions_that_a_simulator_names_are_kept_instead_of_observations() -> None:
    class Robot:
        horizon, positions = 2, np.arange(6.0).reshape(1, 2, 3)

        def begin(self, *_: object) -> np.ndarray:
            return np.zeros([1, 2, 5])

        def step(self, actions: np.ndarray) -> tuple[np.ndarray, ...]:
            return np.zeros([1, 2, 5]), np.zeros([1, 2]), np.zeros([1, 2], bool)

    class Environment:
        def simulator(self) -> Robot:
            return Robot()

    recorded = Recorded(environment=Environment())
    simulator = recorded.simulator()
    simulator.begin()
    simulator.step(np.zeros([1, 2, 1]))
    np.testing.assert_array_equal(recorded.paths[0][:2], [[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]])


def test_a_learner_samples_with_a_single_simulator_which_records() -> None:
    class Robot:
        def simulator(self) -> PointSimulator:
            return PointNavigation().simulator()

        def simulators(self) -> tuple[PointSimulator, ...]:
            return self.simulator(), self.simulator()

    recorded = Recorded(environment=Robot())
    (simulator,) = recorded.simulators()
    simulator.begin(np.array([[0.2, 0.0]]), 1, np.zeros([1, 2], np.int64))
    assert len(recorded.paths) == 1
