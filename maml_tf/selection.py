"""Selection among the states that meta-training passes through."""

from dataclasses import dataclass, field
from typing import get_args

import numpy as np

from maml_tf.checks import check_whole_numbers
from maml_tf.errors import SettingError
from maml_tf.evaluation import Better, Evaluation, Protocol
from maml_tf.interfaces import Loss, Parameters, TaskDistribution
from maml_tf.learners.learner import Predictor, SamplingLearner
from maml_tf.state import Snapshot, State


@dataclass(kw_only=True)
class Selection:
    """Keeps the parameters that score best on meta-validation tasks.

    The authors selected their MiniImagenet model in this way, by early stopping (issue 8 of their repository).
    Meta-test tasks play no part in it.

    Attributes:
        tasks: The meta-validation distribution.
        protocol: How candidates are tested; the score after its last step counts.
        score: Score of each example, such as `accuracy`; None for a `SamplingLearner`, which scores itself.
        every: Number of meta-iterations between two candidates, a multiple of the chunk of `Training`.
        better: Whether lower or higher scores are better.

    Raises:
        SettingError: `every` is below 1, or `better` is unknown.
    """

    tasks: TaskDistribution
    protocol: Protocol
    score: Loss | None = None
    every: int
    better: Better
    _scores: list[tuple[int, float]] = field(default_factory=list, init=False)
    _best: Snapshot = field(default_factory=dict, init=False)
    _evaluation: Evaluation | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        check_whole_numbers(self, every=1)
        if self.better not in get_args(Better):
            raise SettingError(f"better must be one of {get_args(Better)}, not {self.better!r}")

    @property
    def scores(self) -> np.ndarray:
        """Meta-iteration and mean score of each candidate, `[candidates, 2]`; the score is infinite if it diverged."""
        return np.array(self._scores, np.float64).reshape(-1, 2)

    def consider(self, learner: Predictor | SamplingLearner, state: State, done: int) -> None:
        """Tests the state after `done` meta-iterations if it is a candidate."""
        if done % self.every:
            return
        mean = float(np.mean(self._evaluation_of(learner).scores(state.parameters)[-1]))
        sign = 1.0 if self.better == "higher" else -1.0
        score = mean if np.isfinite(mean) else -sign * np.inf
        if sign * score > max((sign * earlier for _, earlier in self._scores), default=-np.inf):
            self._best = state.snapshot()
        self._scores = [*self._scores, (done, score)]

    def _evaluation_of(self, learner: Predictor | SamplingLearner) -> Evaluation:
        if self._evaluation is None or self._evaluation.learner is not learner:
            self._evaluation = Evaluation(learner=learner, tasks=self.tasks, protocol=self.protocol, score=self.score)
        return self._evaluation

    def best(self, state: State) -> Parameters:
        """Returns the parameters of the best candidate; without candidates, the parameters of `state`."""
        return state.parameters_of(self._best) if self._best else state.parameters

    def snapshot(self) -> Snapshot:
        """Copies everything to arrays, by name."""
        return {_SCORES: self.scores, **{_BEST + name: array for name, array in self._best.items()}}

    def restore(self, snapshot: Snapshot) -> None:
        """Restores a snapshot; arrays that are not part of a selection are ignored."""
        self._scores = [(int(done), float(score)) for done, score in snapshot.get(_SCORES, np.empty([0, 2]))]
        self._best = {name.removeprefix(_BEST): array for name, array in snapshot.items() if name.startswith(_BEST)}


PREFIX = "selection/"  # prefix of all array names in a snapshot
_SCORES = f"{PREFIX}scores"
_BEST = f"{PREFIX}best/"
