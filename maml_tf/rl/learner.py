"""MAML for reinforcement learning (paper, algorithm 3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.inner_loop import InnerLoop
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.learners.learner import trainable
from maml_tf.meta_optimizer import ProblemSolver
from maml_tf.rl.advantages import Baseline, samples_of
from maml_tf.rl.baseline import LinearFeatureBaseline
from maml_tf.rl.policy import Policy
from maml_tf.rl.sampler import sample_trajectories, stream
from maml_tf.rl.surrogate import Surrogate, adapted, meta_problem
from maml_tf.rl.trajectories import Samples, Trajectories
from maml_tf.rl.trpo import TRPO
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class AdaptingPolicy:
    """A policy that adapts to tasks by policy gradients on its own rollouts."""

    environment: Any
    policy: Policy
    inner_loop: InnerLoop
    rollouts: int = 20
    discount: float = 0.99
    gae_lambda: float = 1.0
    baseline: Baseline = field(default_factory=LinearFeatureBaseline)
    surrogate: Surrogate = "authors"
    meta_optimizer: Any = field(default_factory=TRPO)

    def begin(self, seed: int) -> State:
        """Creates the state from which meta-training starts."""
        return State(trainable(self.policy, seed), self.meta_optimizer)

    def sample_and_score(self, parameters: Parameters, plan: Any, seeds: Tensor, steps: int) -> Tensor:
        """Adapts to tasks and returns their average returns; see `maml_tf.SamplingLearner`."""
        goals, seeds = np.asarray(plan), np.asarray(seeds)
        scores: list[np.ndarray] = []
        samples: list[Samples] = []
        for step in range(steps + 1):
            trajectories = self._sample(self._adapted(parameters, samples), goals, stream(seeds, step))
            scores.append(trajectories.returns.mean(axis=1))
            if step < steps:
                samples.append(self._samples(trajectories))
        return np.stack(scores)

    def _sample(self, parameters: Parameters, goals: np.ndarray, seeds: np.ndarray) -> Trajectories:
        arrays = tf.nest.map_structure(np.asarray, parameters)
        return sample_trajectories(self._simulator, self.policy, arrays, goals, self.rollouts, seeds)

    def _samples(self, trajectories: Trajectories) -> Samples:
        found = samples_of(trajectories, self.baseline, self.discount, self.gae_lambda)
        return Samples(*map(tf.convert_to_tensor, found))

    def _adapted(self, parameters: Parameters, samples: Sequence[Samples]) -> Parameters:
        """Adapts to each task alone, so that the result does not depend on the other tasks, to the last bit."""
        if not samples:
            return parameters
        tasks = [
            self._adapt_one(parameters, [Samples(*(each[task : task + 1] for each in step)) for step in samples])
            for task in range(samples[0].mask.shape[0])
        ]
        shapes = tf.nest.map_structure(lambda each: each.shape, parameters)
        del shapes
        return tf.nest.map_structure(
            lambda value, *each: tf.concat(each, axis=0) if each[0].shape.rank > value.shape.rank else value,
            parameters,
            *tasks,
        )

    @cached_property
    def _simulator(self) -> Any:
        return self.environment.simulator()

    @cached_property
    def _adapt_one(self) -> Any:
        def adapt(parameters: Parameters, samples: list[Samples]) -> Parameters:
            return adapted(self.policy, self.inner_loop, self.surrogate, parameters, samples)

        return tf.function(adapt, autograph=False)

    @cached_property
    def _improve(self) -> Any:
        def improve(state: State, before: list[Samples], after: Samples) -> Tensor:
            problem = meta_problem(self.policy, self.inner_loop, self.surrogate, before, after)
            if isinstance(self.meta_optimizer, ProblemSolver):
                return state.solve(problem)
            return state.descend(problem.objective)

        return tf.function(improve, autograph=False)


@dataclass(frozen=True, kw_only=True)
class PolicyMAML(AdaptingPolicy):
    """MAML."""

    def sample_and_update(self, state: State, plan: Any, seeds: Tensor) -> Tensor:
        """Performs one meta-iteration in place; see `maml_tf.SamplingLearner`."""
        goals, seeds = np.asarray(plan), np.asarray(seeds)
        parameters, samples = state.parameters, []
        for step in range(self.inner_loop.steps + 1):
            trajectories = self._sample(self._adapted(parameters, samples), goals, stream(seeds, step))
            samples.append(self._samples(trajectories))
        self._improve(state, samples[:-1], samples[-1])
        return -trajectories.returns.mean()
