"""Meta-testing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Loss, Parameters, TaskDistribution, Tensor
from maml_tf.learners.learner import AdaptingLearner, Predictor

Better = Literal["lower", "higher"]  # which way a score is better


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a meta-trained learner is tested.

    Attributes:
        tasks: number of test tasks (authors' `main.py`: 600).
        steps: gradient steps.
        after: the numbers of steps after which the query set is predicted; None for 0, 1, ..., `steps`.
        seed: seed of the test tasks, the same for all learners so that they face the same ones.
        batch: tasks that adapt side by side; bounds memory and changes nothing else.
        compiled: whether one graph serves all batches, for which learner, tasks and score must be TensorFlow
            throughout; changes nothing but the time. It saves half the time of a convolutional network and takes
            seconds to make: None for "if there are ten batches or more".

    Raises:
        SettingError: a value is out of range.
    """

    tasks: int = 600
    steps: int = 10
    after: tuple[int, ...] | None = None
    seed: int = 1
    batch: int = 600
    compiled: bool | None = None

    def __post_init__(self) -> None:
        for name, least in {"tasks": 1, "steps": 0, "seed": 0, "batch": 1}.items():
            if getattr(self, name) < least:
                raise SettingError(f"{name} must be {least} or more, not {getattr(self, name)!r}")
        if not self.counted or not all(0 <= steps <= self.steps for steps in self.counted):
            raise SettingError(f"after must be numbers from 0 to {self.steps}, the steps, not {self.after!r}")

    @property
    def counted(self) -> tuple[int, ...]:
        """The numbers of steps after which there are scores."""
        return tuple(range(self.steps + 1)) if self.after is None else self.after

    @property
    def is_compiled(self) -> bool:
        """Whether one graph serves all batches."""
        return self.tasks // self.batch >= _WORTH_A_GRAPH if self.compiled is None else self.compiled


def evaluate(
    learner: Predictor,
    parameters: Parameters,
    tasks: TaskDistribution,
    protocol: Protocol,
    score: Loss,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Tests a learner on fresh tasks.

    Args:
        learner: the learner.
        parameters: its meta-trained initialisation.
        tasks: the meta-test distribution.
        protocol: how many tasks and steps.
        score: score of each example, such as `squared_error` or `accuracy`.
        progress: called after each batch with the number of tasks done.

    Returns:
        Scores on the query sets, `[len(protocol.counted), tasks]`. A task that diverged keeps its infinite or
        undefined score.
    """
    return Evaluation(learner=learner, tasks=tasks, protocol=protocol, score=score).of(parameters, progress)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A test of many states of one learner on the same tasks, see `evaluate`; what it compiles serves them all.

    Attributes:
        learner: the learner.
        tasks: the meta-test distribution.
        protocol: how many tasks and steps.
        score: score of each example.
    """

    learner: Predictor
    tasks: TaskDistribution
    protocol: Protocol
    score: Loss

    def of(self, parameters: Parameters, progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Scores of a meta-trained initialisation, `[len(protocol.counted), tasks]`."""
        count, parts = self.protocol.tasks, []
        plan = self.tasks.sample(tf.constant([self.protocol.seed, _TEST_STREAM], tf.int64), count)
        for start in range(0, count, self.protocol.batch):
            end = min(start + self.protocol.batch, count)
            batch = tf.nest.map_structure(lambda each: each[start:end], plan)  # noqa: B023
            parts.append(self._of_batch(parameters, batch).numpy())
            if progress:
                progress(end)
        return np.concatenate(parts, axis=1)

    @cached_property
    def _of_batch(self) -> Callable[[Parameters, Any], Tensor]:
        return tf.function(self._scores, autograph=False) if self.protocol.is_compiled else self._scores

    def _scores(self, parameters: Parameters, plan: Any) -> Tensor:
        episodes = self.tasks.episodes(plan)
        predictions = self.learner.predict(parameters, episodes, self.protocol.steps)
        chosen = (self.score(predictions[steps], episodes.query.targets) for steps in self.protocol.counted)
        return tf.stack([tf.reduce_mean(each, axis=1) for each in chosen])


def tuned(
    learner: AdaptingLearner,
    parameters: Parameters,
    tasks: TaskDistribution,
    protocol: Protocol,
    score: Loss,
    learning_rates: Iterable[float],
    better: Better = "lower",
) -> AdaptingLearner:
    """Chooses the inner learning rate of a baseline (the "automatically tuned step size" of section 5.1).

    Args:
        learner: the learner.
        parameters: its initialisation.
        tasks: the meta-validation distribution.
        protocol: how to try; its seed must not be that of the test.
        score: what counts, averaged over tasks and over the scored numbers of steps from 1 on.
        learning_rates: the candidates.
        better: which way the score is better.

    Returns:
        The learner with the best learning rate.

    Raises:
        SettingError: the protocol scores no step, `better` is unknown, there are no candidates, or all diverge.
    """
    candidates = tuple(learning_rates)
    _check(protocol, candidates, better)

    def cost(learning_rate: float) -> float:
        tried = learner.with_learning_rate(learning_rate)
        scores = evaluate(tried, parameters, tasks, protocol, score)[np.array(protocol.counted) > 0]
        mean = float(np.mean(scores, dtype=np.float64))  # a sum of large scores overflows single precision
        sign = 1.0 if better == "lower" else -1.0
        return sign * mean if np.isfinite(mean) else float("inf")

    costs = [cost(learning_rate) for learning_rate in candidates]
    best = int(np.argmin(costs))  # the first of equals
    if np.isinf(costs[best]):
        raise SettingError(f"learning_rates must have one that does not diverge, not {candidates!r}")
    return learner.with_learning_rate(candidates[best])


def _check(protocol: Protocol, candidates: tuple[float, ...], better: str) -> None:
    if max(protocol.counted) < 1:
        name = "steps" if protocol.after is None else "after"
        raise SettingError(f"{name} must reach 1 or more to choose a learning rate, not {getattr(protocol, name)!r}")
    if better not in get_args(Better):
        raise SettingError(f"better must be one of {get_args(Better)}, not {better!r}")
    if not candidates:
        raise SettingError(f"learning_rates must be one or more numbers, not {candidates!r}")


_WORTH_A_GRAPH = 10  # batches
_TEST_STREAM = 2**40  # no meta-training run reaches this iteration, so its tasks are never test tasks
