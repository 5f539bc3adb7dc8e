"""Sampling: rollouts depend on the seed of their task alone, and end where they should."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Diverged
from maml_tf.rl import GaussianPolicy, Samples, sample_trajectories
from maml_tf.rl.sampler import Sampler, stream
from tests.maml_tf.rl.problems import TIMES, Line

POLICY = GaussianPolicy(observation_size=1, action_size=1, hidden=(3,))
GOALS = np.array([[0.7], [-0.7], [0.2]], np.float32)
SEEDS = np.array([[3, 0], [3, 1], [3, 2]])


def shared() -> Any:
    return tf.nest.map_structure(np.asarray, POLICY.initialize(0))


def own() -> Any:
    return tf.nest.map_structure(lambda each: np.stack([each, each + 0.1, each - 0.1]), shared())


def sampled(parameters: Any, chosen: Any = slice(None), rollouts: int = 4, **settings: Any) -> Any:
    simulator = Line(**settings).simulator()
    return sample_trajectories(simulator, POLICY, parameters, GOALS[chosen], rollouts, SEEDS[chosen])


def test_it_records_what_the_policy_saw_and_did() -> None:
    found = sampled(shared(), tolerance=0.0)

    assert [each.shape for each in found] == [(3, 4, TIMES, 1)] * 2 + [(3, 4, TIMES)] * 2 + [(3, 4, TIMES, 2)]
    assert {each.dtype for each in found} == {np.dtype(np.float32)}
    moved = found.observations[:, :, :-1] + 0.3 * np.clip(found.actions[:, :, :-1], -1, 1)
    np.testing.assert_allclose(found.observations[:, :, 1:], moved, atol=1e-6)
    flat = found.observations.reshape(3, -1, 1)
    np.testing.assert_allclose(found.outputs.reshape(3, -1, 2), POLICY.outputs(shared(), flat), atol=1e-6)
    assert found.mask.all()


def test_rollouts_end() -> None:
    found = sampled(shared(), rollouts=20, tolerance=0.4)
    lengths = found.mask.sum(axis=2)

    assert 1 <= lengths.min() < lengths.max() == TIMES
    assert (np.diff(found.mask, axis=2) <= 0).all()
    assert not found.rewards[found.mask == 0].any()
    assert (found.rewards[found.mask > 0] != 0).all()


def test_a_task_gets_the_same_whatever_is_sampled_with_it() -> None:
    whole = sampled(own())
    alone = sampled(tf.nest.map_structure(lambda each: each[1:2], own()), slice(1, 2))
    for together, single in zip(whole, alone, strict=True):
        np.testing.assert_array_equal(together[1:2], single)


def test_seeds_and_streams_differ() -> None:
    seeds = np.concatenate([stream(SEEDS), stream(SEEDS, 0), stream(SEEDS, 1)])
    assert len(np.unique(seeds, axis=0)) == 9
    assert seeds.dtype == np.int64
    assert (seeds >= 0).all()
    actions = sampled(shared(), tolerance=0.0).actions
    assert len(np.unique(actions[0])) == actions[0].size


def test_a_budget_of_time_steps_is_filled_with_whole_rollouts() -> None:
    def sample(chosen: Any) -> Any:
        line = Line(tolerance=0.4)
        sampler = Sampler(simulators=[line.simulator()], policy=POLICY, rollouts=2, budget="time steps")
        return sampler.sample(shared(), GOALS[chosen], SEEDS[chosen])

    found = sample(slice(None))
    lengths = found.mask.sum(axis=2)
    for task in lengths:
        kept = task[task > 0]
        assert kept.sum() >= 2 * TIMES > kept[:-1].sum(), "the last rollout was needed"
    assert not found.rewards[found.mask == 0].any()
    begun = (found.mask[..., 0] > 0).sum(axis=1)
    np.testing.assert_allclose(found.average_returns, found.rewards.sum(axis=(1, 2)) / begun, rtol=1e-6)
    for task in range(3):
        np.testing.assert_allclose(sample(slice(task, task + 1)).average_returns, found.average_returns[task])


@pytest.mark.parametrize("seed", range(8))
def test_a_budget_takes_complete_rollouts_in_turn_and_steps_few_others(seed: int) -> None:
    simulator, wanted = Line(tolerance=0.4).simulator(), 3 * TIMES
    sampler = Sampler(simulators=[simulator], policy=POLICY, rollouts=3, budget="time steps")
    seeds = np.array([[seed, task] for task in range(3)])
    found = sampler.sample(shared(), GOALS, seeds)
    steps = simulator.steps

    rounds = [
        sample_trajectories(simulator, POLICY, shared(), GOALS, 3, stream(seeds, number))
        for number in range(found.mask.shape[1] // 3)
    ]
    actions, masks = (np.concatenate([getattr(each, name) for each in rounds], 1) for name in ("actions", "mask"))
    lengths = masks.sum(axis=2)
    kept = np.cumsum(lengths, axis=1) - lengths < wanted
    np.testing.assert_array_equal(found.mask, masks * kept[..., np.newaxis])
    np.testing.assert_array_equal(found.actions[found.mask > 0], actions[found.mask > 0])
    # Of the rollouts that are not kept, some time steps pass until others have ended.
    assert found.mask.sum() <= steps <= found.mask.sum() + lengths[~kept].sum() / 2


@pytest.mark.parametrize("parameters", [shared(), own(), {"network": shared()["network"], "log_std": own()["log_std"]}])
@pytest.mark.parametrize("budget", ["rollouts", "time steps"])
def test_several_simulators_sample_what_one_does(parameters: Any, budget: Any) -> None:
    def sample(number: int) -> Any:
        simulators = [Line(tolerance=0.4).simulator() for _ in range(number)]
        sampler = Sampler(simulators=simulators, policy=POLICY, rollouts=3, budget=budget)
        return sampler.sample(parameters, GOALS, SEEDS), simulators

    whole, _ = sample(1)
    for number in (2, 3, 5):
        found, simulators = sample(number)
        assert sum(len(each.goals) for each in simulators[:3]) == 3, "each has its own part of the tasks"
        for ours, expected in zip(found, whole, strict=True):
            np.testing.assert_array_equal(ours[whole.mask > 0], expected[whole.mask > 0])


def test_values_that_are_not_finite_are_noticed_in_every_simulator() -> None:
    broken = own()
    broken["log_std"][2] = np.nan
    simulators = [Line().simulator() for _ in range(2)]
    sampler = Sampler(simulators=simulators, policy=POLICY, rollouts=3, budget="rollouts")
    message = "the policy of task 0 is not finite in .*, where task 0 is number 2 of the meta-batch"
    with pytest.raises(Diverged, match=message):
        sampler.sample(broken, GOALS, SEEDS)


def test_only_rollouts_that_are_needed_are_completed() -> None:
    everything = sampled(shared(), rollouts=5, tolerance=0.4)
    simulator = Line(tolerance=0.4).simulator()
    time_steps = np.array([2 * TIMES, 0, 1])
    found = sample_trajectories(simulator, POLICY, shared(), GOALS, 5, SEEDS, time_steps)
    lengths = everything.mask.sum(axis=2)
    needed = np.cumsum(lengths, axis=1) - lengths < time_steps[:, np.newaxis]

    assert needed.sum(axis=1).tolist() == [3, 0, 1], "otherwise this test shows less"
    for ours, complete in zip(found, everything, strict=True):
        np.testing.assert_array_equal(ours[needed], complete[needed])
    np.testing.assert_array_equal(simulator.moved, found.mask.sum(axis=2))
    assert not simulator.moved[1].any()
    assert simulator.moved[~needed].sum() < lengths[~needed].sum() / 2


def test_packing_keeps_what_counts() -> None:
    mask = np.array([[0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0]])
    values = np.arange(8.0).reshape(2, 4)
    found = Samples(values[..., np.newaxis], values[..., np.newaxis], values, mask, values[..., np.newaxis]).packed(3)

    np.testing.assert_array_equal(found.mask, [[1, 1, 0], [1, 1, 0]])
    np.testing.assert_array_equal(found.advantages[:, :2], [[1, 3], [4, 5]])
    np.testing.assert_array_equal(found.observations[:, :2, 0], [[1, 3], [4, 5]])
    assert found.packed(5).outputs.shape == (2, 5, 1)


def test_values_that_are_not_finite_are_noticed() -> None:
    with pytest.raises(Diverged, match="the reward of task 1 is not finite in rollout 2 at time step 3"):
        sampled(shared(), tolerance=0.0, broken_at=3)
    broken = own()
    broken["log_std"][2] = np.nan
    with pytest.raises(Diverged, match="the policy of task 2 is not finite in rollout 0 at time step 0"):
        sampled(broken)
