"""Meta-testing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import tensorflow as tf

from maml_tf.checks import check_whole_numbers
from maml_tf.errors import SettingError
from maml_tf.interfaces import (
    Episodes,
    Loss,
    Parameters,
    TaskDistribution,
    Tensor,
    as_episodes,
    leading_size,
    mean_of_tasks,
)
from maml_tf.learners.learner import AdaptingLearner, Predictor, SamplingLearner
from maml_tf.losses import as_loss
from maml_tf.networks.keras import computes_one_by_one

Better = Literal["lower", "higher"]  # which scores are better


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a meta-trained learner is tested.

    Attributes:
        tasks: Number of test tasks (authors' `main.py`: 600).
        steps: Number of gradient steps.
        after: Numbers of steps after which the query set is predicted; None for 0, 1, ..., `steps`.
        seed: Seed of the test tasks; all learners that are tested with it face the same tasks.
        batch: Number of tasks that adapt at once. It bounds memory and changes nothing else.
        compiled: Whether one compiled graph serves all batches, which requires learner, tasks and score to consist of
            TensorFlow operations. It changes nothing but the time: compiling takes seconds and saves half the time of
            a convolutional network. None compiles if there are ten batches or more. A network that computes tasks one
            after another (`KerasNetwork`) has a graph of a single task, without tasks and score; here, None compiles
            if there are ten tasks or more.

    Raises:
        SettingError: A value is out of range.
    """

    tasks: int = 600
    steps: int = 10
    after: tuple[int, ...] | None = None
    seed: int = 1
    batch: int = 600
    compiled: bool | None = None

    def __post_init__(self) -> None:
        check_whole_numbers(self, tasks=1, steps=0, seed=0, batch=1)
        if isinstance(self.after, int) or not self.counted or not set(self.counted) <= set(range(self.steps + 1)):
            raise SettingError(f"after must be numbers from 0 to {self.steps}, the steps, not {self.after!r}")

    @property
    def counted(self) -> tuple[int, ...]:
        """The numbers of steps after which there are scores."""
        return tuple(range(self.steps + 1)) if self.after is None else self.after

    @property
    def is_compiled(self) -> bool:
        """Whether one compiled graph serves all batches, if the network computes a batch of tasks together."""
        return self.tasks // self.batch >= _WORTH_A_GRAPH if self.compiled is None else self.compiled


def evaluate(
    learner: Predictor | SamplingLearner,
    parameters: Parameters,
    tasks: TaskDistribution,
    protocol: Protocol,
    score: Loss | None = None,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Tests a learner on new tasks.

    Args:
        learner: The learner.
        parameters: Its meta-trained initialisation.
        tasks: The meta-test distribution.
        protocol: How many tasks and steps.
        score: Score of each example, such as `squared_error` or `accuracy`; None for a `SamplingLearner`, which scores
            itself.
        progress: Called after each batch with the number of tasks done.

    Returns:
        Scores on the query sets, `[len(protocol.counted), tasks]`. The score of a task that diverged stays infinite or
        undefined.

    Raises:
        SettingError: There is a score for a `SamplingLearner`, or none for another learner.
    """
    return Evaluation(learner=learner, tasks=tasks, protocol=protocol, score=score).scores(parameters, progress)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A test of several states of one learner on the same tasks, with one compiled graph for all. See `evaluate`.

    Attributes:
        learner: The learner.
        tasks: The meta-test distribution.
        protocol: How many tasks and steps.
        score: Score of each example, or None.

    Raises:
        SettingError: There is a score for a `SamplingLearner`, or none for another learner.
    """

    learner: Predictor | SamplingLearner
    tasks: TaskDistribution
    protocol: Protocol
    score: Loss | None = None

    def __post_init__(self) -> None:
        if isinstance(self.learner, SamplingLearner) != (self.score is None):
            needed = "None for a learner that scores itself" if self.score else "a function for a learner that predicts"
            raise SettingError(f"score must be {needed}, not {self.score!r}")
        if self.score is not None:
            as_loss(self.score, "score")

    def scores(self, parameters: Parameters, progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Returns the scores of a meta-trained initialisation, `[len(protocol.counted), tasks]`."""
        count, batches = self.protocol.tasks, []
        plan = self.tasks.sample(tf.constant([self.protocol.seed, _TEST_STREAM], tf.int64), count)
        for start in range(0, count, self.protocol.batch):
            end = min(start + self.protocol.batch, count)
            batch = tf.nest.map_structure(lambda leaf: leaf[start:end], plan)  # noqa: B023
            if isinstance(self.learner, SamplingLearner):
                batches.append(self._sampled(parameters, batch, range(start, end)))
            else:
                batches.append(self._predicted(parameters, batch).numpy())
            if progress:
                progress(end)
        return np.concatenate(batches, axis=1)

    def _sampled(self, parameters: Parameters, plan: Any, numbers: range) -> np.ndarray:
        assert isinstance(self.learner, SamplingLearner)
        seeds = task_seeds(self.protocol.seed, _TEST_STREAM + numbers.start, len(numbers))
        scores = self.learner.sample_and_score(parameters, plan, seeds, self.protocol.steps)
        return np.stack([np.asarray(scores[steps]) for steps in self.protocol.counted])

    @cached_property
    def _predicted(self) -> Callable[[Parameters, Any], Tensor]:
        compiled = self.protocol.is_compiled and not computes_one_by_one(self.learner)
        return tf.function(self._scores, autograph=False) if compiled else self._scores

    def _scores(self, parameters: Parameters, plan: Any) -> Tensor:
        assert self.score is not None
        episodes = as_episodes(self.tasks.episodes(plan))
        score = as_loss(self.score, "score")
        chosen = (score(outputs, episodes.query.targets) for outputs in self._predictions(parameters, episodes))
        return tf.stack([mean_of_tasks(values) for values in chosen])

    @cached_property
    def _predictions(self) -> Callable[[Parameters, Episodes], Iterable[Tensor]]:
        compiled = self.protocol.compiled
        if compiled is None:
            compiled = self.protocol.tasks >= _WORTH_A_GRAPH
        return self._one_by_one if compiled and computes_one_by_one(self.learner) else self._together

    def _together(self, parameters: Parameters, episodes: Episodes) -> Iterator[Tensor]:
        assert not isinstance(self.learner, SamplingLearner)
        predictions = self.learner.predict(parameters, episodes, self.protocol.steps)
        return (predictions[steps] for steps in self.protocol.counted)

    def _one_by_one(self, parameters: Parameters, episodes: Episodes) -> list[Tensor]:
        by_task = [self._of_one(parameters, each) for each in _single_tasks(episodes)]
        return [tf.concat(outputs, axis=0) for outputs in zip(*by_task, strict=True)]

    @cached_property
    def _of_one(self) -> Callable[[Parameters, Episodes], list[Tensor]]:
        return tf.function(lambda *arguments: list(self._together(*arguments)), autograph=False)  # type: ignore[no-any-return]


def _single_tasks(episodes: Episodes) -> Iterator[Episodes]:
    for task in range(leading_size(episodes)):
        yield tf.nest.map_structure(lambda leaf: leaf[task : task + 1], episodes)  # noqa: B023


def task_seeds(seed: int, first: int, count: int) -> Tensor:
    """Returns the seeds of `count` consecutively numbered tasks, `[count, 2]`."""
    numbers = tf.range(first, first + count, dtype=tf.int64)
    return tf.stack([tf.fill([count], tf.constant(seed, tf.int64)), numbers], axis=1)


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
        learner: The learner.
        parameters: Its initialisation.
        tasks: The meta-validation distribution.
        protocol: How candidates are tested; its seed must differ from the seed of the meta-test.
        score: Score of each example, averaged over tasks and over all scored numbers of steps except 0.
        learning_rates: The candidates.
        better: Whether lower or higher scores are better.

    Returns:
        The learner with the best learning rate.

    Raises:
        SettingError: The protocol scores no step, `better` is unknown, there are no candidates, or all diverge.
    """
    candidates = tuple(learning_rates)
    _check(protocol, candidates, better)

    def cost(learning_rate: float) -> float:
        tried = learner.with_learning_rate(learning_rate)
        scores = evaluate(tried, parameters, tasks, protocol, score)[np.array(protocol.counted) > 0]
        mean = float(np.mean(scores, dtype=np.float64))  # a sum of large scores would overflow single precision
        sign = 1.0 if better == "lower" else -1.0
        return sign * mean if np.isfinite(mean) else float("inf")

    costs = [cost(learning_rate) for learning_rate in candidates]
    best = int(np.argmin(costs))  # the first of equal ones
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


_WORTH_A_GRAPH = 10  # batches, or single tasks, from which compiling pays
_TEST_STREAM = 2**40  # no meta-training run reaches this iteration, so its tasks are never test tasks
