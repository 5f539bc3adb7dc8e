"""Meta-testing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Loss, Parameters, TaskDistribution
from maml_tf.learners.learner import AdaptingLearner, Predictor


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a meta-trained learner is tested.

    Attributes:
        tasks: number of test tasks (authors' `main.py`: 600).
        steps: gradient steps.
        after: the numbers of steps after which the query set is predicted; None for 0, 1, ..., `steps`.
        seed: seed of the test tasks, the same for all learners so that they face the same ones.
        batch: tasks that adapt side by side; bounds memory and changes nothing else.

    Raises:
        SettingError: a value is out of range.
    """

    tasks: int = 600
    steps: int = 10
    after: tuple[int, ...] | None = None
    seed: int = 1
    batch: int = 600

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


def evaluate(
    learner: Predictor, parameters: Parameters, tasks: TaskDistribution, protocol: Protocol, score: Loss
) -> np.ndarray:
    """Tests a learner on fresh tasks.

    Args:
        learner: the learner.
        parameters: its meta-trained initialisation.
        tasks: the meta-test distribution.
        protocol: how many tasks and steps.
        score: score of each example, such as `squared_error` or `accuracy`.

    Returns:
        Scores on the query sets, `[len(protocol.counted), tasks]`. A task that diverged keeps its infinite or
        undefined score.
    """
    plan = tasks.sample(tf.constant([protocol.seed, _TEST_STREAM], tf.int64), protocol.tasks)

    parts = []
    # Run eagerly: a graph of all steps would take longer to make than to run.
    for start in range(0, protocol.tasks, protocol.batch):
        chosen = slice(start, start + protocol.batch)
        episodes = tasks.episodes(tf.nest.map_structure(lambda each: each[chosen], plan))  # noqa: B023
        parts.append(_scores(learner, parameters, episodes, protocol, score))
    return np.concatenate(parts, axis=1)


def _scores(
    learner: Predictor, parameters: Parameters, episodes: Episodes, protocol: Protocol, score: Loss
) -> np.ndarray:
    predictions = learner.predict(parameters, episodes, protocol.steps)
    with np.errstate(over="ignore"):  # the scores of a diverging task may be finite and their sum infinite
        chosen = (predictions[steps] for steps in protocol.counted)
        return np.stack([np.mean(score(each, episodes.query.targets), axis=1) for each in chosen])


def tuned(
    learner: AdaptingLearner,
    parameters: Parameters,
    tasks: TaskDistribution,
    protocol: Protocol,
    score: Loss,
    learning_rates: Iterable[float],
    better: Literal["lower", "higher"] = "lower",
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
        SettingError: the protocol takes no step.
    """

    def cost(learning_rate: float) -> float:
        tried = learner.with_learning_rate(learning_rate)
        scores = evaluate(tried, parameters, tasks, protocol, score)[np.array(protocol.counted) > 0]
        mean = float(np.mean(scores, dtype=np.float64))  # a sum of large scores overflows single precision
        sign = 1.0 if better == "lower" else -1.0
        return sign * mean if np.isfinite(mean) else float("inf")

    if max(protocol.counted) < 1:
        raise SettingError(f"steps must be 1 or more to choose a learning rate, not {protocol.steps!r}")
    return learner.with_learning_rate(min(learning_rates, key=cost))


_TEST_STREAM = 2**40  # no meta-training run reaches this iteration, so its tasks are never test tasks
