"""Sampling of rollouts: simulator and policy in turn, for all tasks at once."""

from typing import Any

import numpy as np

from maml_tf.errors import Diverged
from maml_tf.interfaces import Parameters
from maml_tf.rl.policy import Policy
from maml_tf.rl.trajectories import Trajectories


def sample_trajectories(
    simulator: Any,
    policy: Policy,
    parameters: Parameters,
    goals: np.ndarray,
    rollouts: int,
    seeds: np.ndarray,
) -> Trajectories:
    """Samples rollouts of several tasks, each with its own policy.

    All numbers are drawn from the seed of the task, so a task gets the same rollouts whatever other tasks are sampled
    with it.

    Args:
        simulator: Steps all rollouts; see `maml_tf.rl.environments`.
        policy: The policy.
        parameters: Arrays, each shared by all tasks or with a leading axis of tasks.
        goals: What tells the tasks apart, `[tasks, goal values]`.
        rollouts: Number of rollouts of each task.
        seeds: Integers, `[tasks, numbers]`.

    Raises:
        Diverged: A reward or an observation was not finite.
    """
    tasks, times = len(goals), simulator.horizon
    noise = _noise(policy, seeds, (times, rollouts))
    observations = simulator.begin(goals, rollouts, stream(seeds, _SIMULATOR))
    distribution = policy.distribution
    record: dict[str, list[np.ndarray]] = {name: [] for name in Trajectories._fields}
    running = np.ones((tasks, rollouts), np.float32)
    for time in range(times):
        outputs = policy.outputs(parameters, observations)
        actions = distribution.sample(outputs, noise[time])
        following, rewards, ended = simulator.step(actions)
        step = Trajectories(observations, actions, rewards, running, outputs)
        for name, value in step._asdict().items():
            record[name].append(value)
        observations, running = following, running * ~ended
        if not running.any():
            break
    trajectories = Trajectories(**{name: _filled(values, times) for name, values in record.items()})
    _check_finite(trajectories)
    return trajectories


def stream(seeds: np.ndarray, *numbers: int) -> np.ndarray:
    """Derives other seeds, `[tasks, 2]`, from the seeds of tasks; other numbers give independent ones."""
    drawn = [np.random.SeedSequence([*map(int, seed), *numbers]).generate_state(2, np.uint64) for seed in seeds]
    return (np.stack(drawn) >> np.uint64(1)).astype(np.int64)


def _noise(policy: Policy, seeds: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Draws the random numbers of all actions, `[time steps, tasks, rollouts, values]`."""
    generators = [np.random.Generator(np.random.Philox(key=seed)) for seed in stream(seeds, _ACTIONS).astype(np.uint64)]
    return np.stack([policy.distribution.noise(generator, shape) for generator in generators], axis=1)


def _filled(values: list[np.ndarray], times: int) -> np.ndarray:
    """Stacks the values of the time steps, and zeros for those that were not needed, on the third axis."""
    values = [*values, *[np.zeros_like(values[0])] * (times - len(values))]
    return np.stack(values, axis=2)


def _check_finite(trajectories: Trajectories) -> None:
    sound = np.isfinite(trajectories.rewards) & np.isfinite(trajectories.observations).all(axis=-1)
    if not sound.all():
        task, rollout, time = (int(number) for number in np.argwhere(~sound)[0])
        raise Diverged(
            f"the environment gave values that are not finite in task {task}, rollout {rollout}, time step {time}"
        )


_SIMULATOR, _ACTIONS = 0, 1  # streams of random numbers of a task
