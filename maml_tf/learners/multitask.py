"""The average of regressors that are each trained on one task."""

from dataclasses import dataclass
from typing import Literal, get_args

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Examples, Network, Parameters, Tensor, leading_size
from maml_tf.learners.learner import AdaptingLearner, mean_loss, trainable
from maml_tf.state import State

Regularization = Literal["none", "l2", "mean"]


@dataclass(frozen=True, kw_only=True)
class MultiTask(AdaptingLearner):
    """Trains a new network on every task and averages their parameters.

    These are the multi-task baselines of appendix C.1 (Table 2). One meta-iteration fits one regressor to the support
    set of one task, so `Training` needs a meta-batch of 1. The mean of all regressors is the initialisation that is
    fine-tuned at meta-test.

    Attributes:
        fit_steps: Number of steps of the meta-optimizer that fit one regressor.
        regularization: What the loss penalises: `none`; `l2`, the squared distance from zero; or `mean`, the squared
            distance from the mean of the previous regressors.
        strength: The factor of the squared distance in the loss; without a regularisation it plays no part.

    Raises:
        SettingError: The regularisation is unknown, a value is out of range, or a meta-batch has several tasks.
    """

    fit_steps: int = 1000
    regularization: Regularization = "none"
    strength: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.regularization not in get_args(Regularization):
            allowed = get_args(Regularization)
            raise SettingError(f"regularization must be one of {allowed}, not {self.regularization!r}")
        for name in ("fit_steps", "strength"):
            if not getattr(self, name) >= 0:
                raise SettingError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        if self.regularization != "none" and not self.strength:
            raise SettingError(
                f"strength must be above 0 with regularization {self.regularization!r}, not {self.strength!r}"
            )

    def begin(self, seed: int) -> "AveragingState":
        """Returns the state from which training starts: the mean of no regressors, which is zero.

        Raises:
            SettingError: The network has running averages.
        """
        first = trainable(self.network, seed)
        mean = tf.nest.map_structure(tf.zeros_like, first)
        return AveragingState(mean, State(first, self.meta_optimizer), seed)

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Fits one regressor, includes it in the mean, and returns its final loss, a scalar.

        Raises:
            SettingError: There is more than one task.
        """
        if leading_size(episodes) != 1:
            raise SettingError(f"meta_batch must be 1 for MultiTask, not {leading_size(episodes)}")
        assert isinstance(state, AveragingState)
        mean = state.parameters
        regressor = state.fresh_regressor(self.network)
        tf.while_loop(
            lambda step: step < self.fit_steps,
            lambda step: self._fit_once(regressor, mean, episodes.support, step),
            [tf.constant(0)],
        )
        state.include(regressor.parameters)
        return mean_loss(self.network, self.loss, regressor.parameters, episodes.support)

    def _fit_once(self, regressor: State, mean: Parameters, support: Examples, step: Tensor) -> list[Tensor]:
        def objective(parameters: Parameters) -> Tensor:
            loss = mean_loss(self.network, self.loss, parameters, support)
            return loss + self.strength * self._penalty(parameters, mean)

        with tf.control_dependencies([regressor.descend(objective)]):
            return [step + 1]

    def _penalty(self, parameters: Parameters, mean: Parameters) -> Tensor | float:
        if self.regularization == "none":
            return 0.0
        centre = mean if self.regularization == "mean" else tf.nest.map_structure(tf.zeros_like, mean)
        distances = tf.nest.map_structure(tf.math.squared_difference, parameters, centre)
        return tf.add_n([tf.reduce_sum(distance) for distance in tf.nest.flatten(distances)])


class AveragingState(State):
    """The mean of the regressors fitted so far, and the regressor that is being fitted.

    Every meta-iteration starts a new regressor, so a snapshot contains only the mean.
    """

    def __init__(self, mean: Parameters, regressor: State, seed: int) -> None:
        """Starts from `mean`; the n-th regressor is initialised from `seed` and n."""
        super().__init__(mean)
        self._regressor = regressor
        self._seed = seed

    def fresh_regressor(self, network: Network) -> State:
        """Initialises the next regressor and returns it."""
        seed = _REGRESSORS_PER_SEED * (self._seed + 1) + self.iteration.read_value()
        self._regressor.reset(network.initialize(seed))
        self._regressor.seed = seed
        return self._regressor

    def include(self, fitted: Parameters) -> None:
        """Includes one more regressor in the mean."""
        count = self.iteration.assign_add(1)

        def moved(old: Tensor, new: Tensor) -> Tensor:
            return old + (new - old) / tf.cast(count, old.dtype)

        self.assign(tf.nest.map_structure(moved, self.parameters, fitted))


_REGRESSORS_PER_SEED = 100_000  # different seeds share no initialisation
