"""What learners of policies have in common: sampling, and adaptation by policy gradients."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

import numpy as np
import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.inner_loop import InnerLoop
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.learners.learner import trainable
from maml_tf.meta_optimizer import ProblemSolver
from maml_tf.rl.advantages import Baseline, samples_of
from maml_tf.rl.baseline import LinearFeatureBaseline
from maml_tf.rl.distributions import Categorical
from maml_tf.rl.environments.simulators import Environment, ParallelEnvironment
from maml_tf.rl.policy import Policy
from maml_tf.rl.sampler import Budget, Sampler, stream
from maml_tf.rl.surrogate import Surrogate, adapted, meta_problem
from maml_tf.rl.trajectories import Samples, Trajectories
from maml_tf.rl.trpo import TRPO
from maml_tf.state import State


@dataclass(frozen=True, kw_only=True)
class AdaptingPolicy:
    """A policy that adapts to tasks by policy gradients on its own rollouts; the base of `SamplingLearner`s.

    The plan of the task distribution is the goals, `[tasks, goal values]`. Each inner step uses new rollouts, whose
    advantages come from a baseline that is fitted to the same rollouts of the same task, and are standardised. The
    defaults are those of the authors' `maml_trpo.py` scripts, with two exceptions: there, `budget` is `time steps`, and
    TRPO has `curvature="symmetric differences"`.

    Attributes:
        environment: The environment.
        policy: The policy.
        inner_loop: How the policy adapts. Its number of steps counts in meta-training only.
        rollouts: Number of rollouts of each task for each inner step, and after the last one.
        budget: What limits sampling if rollouts end early. `rollouts`: each task has exactly `rollouts` rollouts. `time
            steps`: each task is sampled until its rollouts have `rollouts` times the horizon of time steps; the last
            rollout is completed. The authors' sampler does the latter, so tasks that end early yield more rollouts.
        discount: Discount of the rewards.
        gae_lambda: The lambda of generalised advantage estimation; 1 for the return minus the baseline.
        baseline: Predicts returns.
        surrogate: What the inner loop descends; see `maml_tf.rl.surrogate.inner_objective`.
        meta_optimizer: How the parameters are trained: TRPO, or a gradient optimizer on the same objective without its
            constraint.

    Raises:
        SettingError: A value is out of range, or environment and policy have different sizes.
    """

    environment: Environment
    policy: Policy
    inner_loop: InnerLoop
    rollouts: int = 20
    budget: Budget = "rollouts"
    discount: float = 0.99
    gae_lambda: float = 1.0
    baseline: Baseline = field(default_factory=LinearFeatureBaseline)
    surrogate: Surrogate = "authors"
    meta_optimizer: Any = field(default_factory=TRPO)

    def __post_init__(self) -> None:
        for name in ("observation_size", "action_size"):
            needed, found = getattr(self.environment, name), getattr(self.policy, name)
            if needed != found:
                raise SettingError(f"policy.{name} must be {needed}, as in the environment, not {found!r}")
        if getattr(self.environment, "numbered_actions", False) != isinstance(self.policy.distribution, Categorical):
            kind = "numbered actions" if getattr(self.environment, "numbered_actions", False) else "actions of numbers"
            raise SettingError(f"policy must fit an environment with {kind}, not be a {type(self.policy).__name__}")
        if self.rollouts < 1:
            raise SettingError(f"rollouts must be 1 or more, not {self.rollouts!r}")
        for name in ("discount", "gae_lambda"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingError(f"{name} must be from 0 to 1, not {getattr(self, name)!r}")
        for name, allowed in (("budget", get_args(Budget)), ("surrogate", get_args(Surrogate))):
            if getattr(self, name) not in allowed:
                raise SettingError(f"{name} must be one of {allowed}, not {getattr(self, name)!r}")

    def begin(self, seed: int) -> State:
        """Creates the state from which training starts.

        Raises:
            SettingError: `meta_optimizer` is not a meta-optimizer.
        """
        return State(trainable(self.policy, seed), self.meta_optimizer)

    def sample_and_score(self, parameters: Parameters, plan: Any, seeds: Tensor, steps: int) -> Tensor:
        """Adapts to tasks and returns their scores, `[steps + 1, tasks]`; see `maml_tf.SamplingLearner`.

        The score after n steps is the average return, without discount, of the rollouts that are sampled then; the
        next step uses these rollouts.

        Raises:
            Diverged: The environment or a policy gave values that are not finite.
        """
        goals, seeds = np.asarray(plan), np.asarray(seeds)
        scores: list[np.ndarray] = []
        samples: list[Samples] = []
        for step in range(steps + 1):
            trajectories = self.sample(self.adapt(parameters, samples), goals, stream(seeds, step))
            scores.append(trajectories.average_returns)
            if step < steps:
                samples.append(self.samples(trajectories))
        return np.stack(scores)

    def sample(self, parameters: Parameters, goals: np.ndarray, seeds: np.ndarray) -> Trajectories:
        """Samples rollouts of each task.

        Args:
            parameters: The parameters, each shared by all tasks or with a leading axis of tasks.
            goals: The goals, `[tasks, goal values]`.
            seeds: Integers, `[tasks, numbers]`.
        """
        return self._sampler.sample(tf.nest.map_structure(np.asarray, parameters), goals, seeds)

    def samples(self, trajectories: Trajectories, pooled: bool = False) -> Samples:
        """Computes the advantages of each task and puts its time steps into one axis.

        Args:
            trajectories: Rollouts of each task.
            pooled: Whether to treat the rollouts of all tasks as those of one task.
        """
        used = trajectories.as_one_task() if pooled else trajectories
        found = samples_of(used, self.baseline, self.discount, self.gae_lambda)
        if self.budget == "time steps":
            # A graph needs a fixed number of places; a task has fewer than this many time steps.
            most = (self.rollouts + 1) * self.environment.horizon
            found = found.packed(most * len(trajectories.mask) // len(used.mask))
        return Samples(*map(tf.convert_to_tensor, found))

    def adapt(self, parameters: Parameters, samples: Sequence[Samples]) -> Parameters:
        """Returns the parameters after one inner step on each of the given samples, in turn.

        Each task is adapted by itself, so that its result does not depend on the other tasks, to the last bit.
        """
        if not samples:
            return parameters
        tasks = [
            self._adapt_one(parameters, [Samples(*(each[task : task + 1] for each in step)) for step in samples])
            for task in range(samples[0].mask.shape[0])
        ]
        # Parameters that do not adapt have no axis of tasks.
        return tf.nest.map_structure(
            lambda before, *after: before if after[0].shape == before.shape else tf.concat(after, axis=0),
            parameters,
            *tasks,
        )

    def improve(self, state: State, before: Sequence[Samples], after: Samples) -> None:
        """Changes the parameters in place by one step of the meta-optimizer.

        Args:
            state: The state.
            before: The samples of each inner step; none to train the policy as it is.
            after: The samples of the policies that are to be better.
        """
        self._improve(state, list(before), after)

    @cached_property
    def _sampler(self) -> Sampler:
        environment: Any = self.environment
        parallel = isinstance(environment, ParallelEnvironment)
        simulators = environment.simulators() if parallel else [environment.simulator()]
        return Sampler(simulators=simulators, policy=self.policy, rollouts=self.rollouts, budget=self.budget)

    @cached_property
    def _adapt_one(self) -> Any:
        def adapt_one(parameters: Parameters, samples: list[Samples]) -> Parameters:
            return adapted(self.policy, self.inner_loop, self.surrogate, parameters, samples)

        return tf.function(adapt_one, autograph=False)

    @cached_property
    def _improve(self) -> Any:
        def improve(state: State, before: list[Samples], after: Samples) -> None:
            problem = meta_problem(self.policy, self.inner_loop, self.surrogate, before, after)
            if isinstance(self.meta_optimizer, ProblemSolver):
                state.solve(problem)
            else:
                state.descend(problem.objective)

        return tf.function(improve, autograph=False)
