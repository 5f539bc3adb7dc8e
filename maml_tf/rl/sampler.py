"""Sampling of rollouts: simulator and policy in turn, for all tasks at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import tensorflow as tf

from maml_tf.errors import Diverged
from maml_tf.interfaces import Parameters
from maml_tf.rl.environments.simulators import Simulator
from maml_tf.rl.policy import Policy
from maml_tf.rl.trajectories import Trajectories

Budget = Literal["rollouts", "time steps"]


def sample_trajectories(
    simulator: Simulator,
    policy: Policy,
    parameters: Parameters,
    goals: np.ndarray,
    rollouts: int,
    seeds: np.ndarray,
    time_steps: np.ndarray | None = None,
) -> Trajectories:
    """Samples rollouts of several tasks, each with its own policy.

    All numbers are drawn from the seed of the task, so a task gets the same rollouts whatever other tasks are sampled
    with it.

    Args:
        simulator: Steps all rollouts.
        policy: The policy.
        parameters: Arrays, each shared by all tasks or with a leading axis of tasks.
        goals: What tells the tasks apart, `[tasks, goal values]`.
        rollouts: Number of rollouts of each task.
        seeds: Integers that are not negative, `[tasks, numbers]`.
        time_steps: How many time steps are needed of each task, `[tasks]`; all that there are if None. A rollout ends
            as soon as those before it have so many, because it is not needed then.

    Raises:
        Diverged: The environment or a policy gave values that are not finite.
    """
    times = simulator.horizon
    noise = _noise(policy, seeds, (times, rollouts))
    observations = simulator.begin(goals, rollouts, stream(seeds, _SIMULATOR))
    running = np.ones((len(goals), rollouts), np.float32)
    lengths = np.zeros_like(running)
    steps: list[Trajectories] = []
    for time in range(times):
        if time_steps is not None:
            unneeded = ~_needed(lengths, time_steps)
            simulator.end(unneeded)
            running = running * ~unneeded
        outputs = policy.outputs(parameters, observations)
        _check_finite("the policy", outputs, time)
        actions = policy.distribution.sample(outputs, noise[time])
        following, rewards, ended = simulator.step(actions)
        _check_finite("the reward", rewards[..., np.newaxis], time)
        steps.append(Trajectories(observations, actions, rewards, running, outputs))
        lengths = lengths + running
        observations, running = following, running * ~ended
        if not running.any():
            break
    return Trajectories(*(_filled(values, times) for values in zip(*steps, strict=True)))


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """Samples as many rollouts as are wanted.

    Attributes:
        simulators: They step the rollouts. Each has its own part of the tasks, and a thread of its own if there are
            several.
        policy: The policy.
        rollouts: Number of rollouts of each task.
        budget: Whether that is their number, or the number of time steps divided by the horizon; then a task is sampled
            until its rollouts have at least as many.
    """

    simulators: Sequence[Simulator]
    policy: Policy
    rollouts: int
    budget: Budget

    def sample(self, parameters: Parameters, goals: np.ndarray, seeds: np.ndarray) -> Trajectories:
        """Samples rollouts of each task; see `sample_trajectories`."""
        parts = np.array_split(np.arange(len(goals)), min(len(self.simulators), len(goals)))
        if len(parts) == 1:
            return self._sample(self.simulators[0], parameters, goals, seeds)

        def sample_part(simulator: Simulator, tasks: np.ndarray) -> Trajectories:
            try:
                return self._sample(simulator, self._own(parameters, tasks), goals[tasks], seeds[tasks])
            except Diverged as error:
                raise Diverged(f"{error}, where task 0 is number {tasks[0]} of the meta-batch") from None

        with ThreadPoolExecutor(len(parts)) as threads:
            return _joined(list(threads.map(sample_part, self.simulators, parts)))

    def _sample(
        self, simulator: Simulator, parameters: Parameters, goals: np.ndarray, seeds: np.ndarray
    ) -> Trajectories:
        rounds: list[Trajectories] = []
        wanted = self.rollouts * simulator.horizon if self.budget == "time steps" else 0
        taken: np.ndarray = np.zeros(len(goals))
        while not rounds or taken.min() < wanted:
            own = stream(seeds, len(rounds))
            missing = wanted - taken if wanted else None
            arguments = (simulator, self.policy, parameters, goals, self.rollouts, own, missing)
            rounds.append(sample_trajectories(*arguments))
            taken += rounds[-1].mask.sum(axis=(1, 2))
        found = Trajectories(*(np.concatenate(values, axis=1) for values in zip(*rounds, strict=True)))
        return _within(found, wanted) if wanted else found

    def _own(self, parameters: Parameters, tasks: np.ndarray) -> Parameters:
        """Returns the parameters of some tasks; shared ones are left as they are."""
        chosen: Parameters = tf.nest.map_structure(
            lambda each, axes: each[tasks] if each.ndim > axes else each, parameters, self._axes
        )
        return chosen

    @cached_property
    def _axes(self) -> Parameters:
        axes: Parameters = tf.nest.map_structure(lambda each: each.shape.rank, self.policy.initialize(0))
        return axes


def stream(seeds: np.ndarray, *numbers: int) -> np.ndarray:
    """Derives other seeds, `[tasks, 2]`, from the seeds of tasks; other numbers give independent ones."""
    # As a spawn key, zeros count too: a sequence of numbers is the same with zeros after it.
    sequences = (np.random.SeedSequence([int(number) for number in seed], spawn_key=numbers) for seed in seeds)
    drawn = [sequence.generate_state(2, np.uint64) for sequence in sequences]
    return (np.stack(drawn) >> np.uint64(1)).astype(np.int64)


def _needed(lengths: np.ndarray, time_steps: np.ndarray | int) -> np.ndarray:
    """Returns which rollouts are needed: those before which a task has fewer time steps than are needed of it.

    Args:
        lengths: Number of time steps of each rollout, at least so far, `[tasks, rollouts]`.
        time_steps: How many are needed of each task, `[tasks]`, or of any task.
    """
    before = np.cumsum(lengths, axis=1) - lengths
    needed: np.ndarray = before < np.expand_dims(time_steps, -1)
    return needed


def _joined(parts: list[Trajectories]) -> Trajectories:
    """Joins the rollouts of several groups of tasks; tasks that have fewer get empty ones."""
    most = max(part.mask.shape[1] for part in parts)

    def filled(values: np.ndarray) -> np.ndarray:
        if values.shape[1] == most:  # Padding would copy large arrays.
            return values
        return np.pad(values, [(0, 0), (0, most - values.shape[1]), *[(0, 0)] * (values.ndim - 2)])

    return Trajectories(*(np.concatenate([filled(each) for each in values]) for values in zip(*parts, strict=True)))


def _within(found: Trajectories, wanted: int) -> Trajectories:
    """Removes the rollouts that are not needed for so many time steps of each task."""
    kept = _needed(found.mask.sum(axis=2), wanted)[..., np.newaxis].astype(np.float32)
    return found._replace(mask=found.mask * kept, rewards=found.rewards * kept)


def _noise(policy: Policy, seeds: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Draws the random numbers of all actions, `[time steps, tasks, rollouts, values]`."""
    generators = [np.random.Generator(np.random.Philox(key=seed)) for seed in stream(seeds, _ACTIONS).astype(np.uint64)]
    return np.stack([policy.distribution.noise(generator, shape) for generator in generators], axis=1)


def _filled(values: tuple[np.ndarray, ...], times: int) -> np.ndarray:
    """Stacks the values of the time steps on the third axis, followed by zeros for those that were not needed."""
    return np.stack([*values, *[np.zeros_like(values[0])] * (times - len(values))], axis=2)


def _check_finite(what: str, values: np.ndarray, time: int) -> None:
    finite = np.isfinite(values).all(axis=-1)
    if not finite.all():
        task, rollout = (int(number) for number in np.argwhere(~finite)[0])
        raise Diverged(f"{what} of task {task} is not finite in rollout {rollout} at time step {time}")


_SIMULATOR, _ACTIONS = 0, 1  # streams of random numbers of a task
