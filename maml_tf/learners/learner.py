"""What meta-training and meta-testing need of learners, and what adapting learners have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, overload, runtime_checkable

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.inner_loop import InnerLoop, adapt
from maml_tf.interfaces import Episodes, Examples, Loss, Network, Parameters, Tensor, check_not_empty
from maml_tf.losses import as_loss
from maml_tf.meta_optimizer import Adam
from maml_tf.networks.normalization import has_averages
from maml_tf.state import State


class Predictor(Protocol):
    """What meta-testing needs of a learner."""

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> Sequence[Tensor]:
        """Predicts the query targets, `[tasks, examples, outputs]`, after 0, 1, ..., `steps` steps of adaptation."""


class Learner(Predictor, Protocol):
    """What meta-training needs of a learner that is given examples."""

    def begin(self, seed: int) -> State:
        """Creates the state from which meta-training starts."""

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one meta-iteration in place and returns its loss, a scalar."""


@runtime_checkable
class SamplingLearner(Protocol):
    """A learner that samples its own examples with the parameters it trains, as in reinforcement learning.

    Its task distribution needs `sample` only, whose plan describes the tasks (goals, for example). Both methods run
    eagerly, outside any graph, so they may step simulators. They must draw all random numbers from `seeds`: then an
    interrupted run resumes bit for bit, and scores do not depend on how tasks are batched.
    """

    def begin(self, seed: int) -> State:
        """Creates the state from which meta-training starts."""

    def sample_and_update(self, state: State, plan: Any, seeds: Tensor) -> Tensor:
        """Performs one meta-iteration in place and returns its loss, a scalar.

        Args:
            state: The state to update.
            plan: The tasks of the meta-batch, a slice of what the task distribution drew.
            seeds: `[tasks, 2]`, one seed for each task, different in each meta-iteration.
        """

    def sample_and_score(self, parameters: Parameters, plan: Any, seeds: Tensor, steps: int) -> Tensor:
        """Adapts to tasks and returns their scores after 0, 1, ..., `steps` steps, `[steps + 1, tasks]`.

        Args:
            parameters: The meta-trained initialisation.
            plan: The tasks.
            seeds: `[tasks, 2]`, one seed for each task.
            steps: Number of steps.
        """


@dataclass(frozen=True, kw_only=True)
class AdaptingLearner:
    """A learner whose parameters adapt at meta-test by gradient steps on the support set.

    Attributes:
        network: The network.
        loss: Loss of each example, in the inner loop and outside; it may be a Keras loss with `reduction="none"`.
        inner_loop: How parameters adapt.
        meta_optimizer: How they are meta-trained; see `State` for what it may be.

    Raises:
        SettingError: The loss is a Keras loss with a reduction, or no function.
    """

    network: Network
    loss: Loss
    inner_loop: InnerLoop
    meta_optimizer: Any = field(default_factory=Adam)

    def __post_init__(self) -> None:
        as_loss(self.loss)

    def begin(self, seed: int) -> State:
        """Creates the state from which meta-training starts.

        Raises:
            SettingError: The network has running averages, or `meta_optimizer` is not a meta-optimizer.
        """
        return State(trainable(self.network, seed), self.meta_optimizer)

    def adapt(self, parameters: Parameters, support: Examples) -> tuple[Parameters, ...]:
        """Returns parameters of the network after 0, 1, ... steps of the inner loop; see `maml_tf.adapt`."""
        return adapt(self.inner_loop, self.network, as_loss(self.loss), parameters, support)

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> Sequence[Tensor]:
        """Predicts the query targets after 0, 1, ..., `steps` steps of adaptation.

        Returns:
            One tensor for each number of steps, `[tasks, examples, outputs]`, computed when it is accessed.
        """
        longer = replace(self, inner_loop=replace(self.inner_loop, steps=steps))
        adapted = longer.adapt(parameters, episodes.support)
        return _Predictions(
            lambda each: self.network.apply(each, episodes.query.inputs, episodes.support.inputs), adapted
        )

    def with_learning_rate(self, learning_rate: float) -> Self:
        """Returns the same learner with another inner learning rate.

        Raises:
            SettingError: The inner loop has an update rule in place of a learning rate.
        """
        self.inner_loop.rate  # noqa: B018 - it raises the error
        return replace(self, inner_loop=replace(self.inner_loop, learning_rate=learning_rate))


def trainable(network: Network, seed: int) -> Parameters:
    """Draws parameters that may all follow a gradient.

    Raises:
        SettingError: The network has running averages, which a gradient must not train.
    """
    parameters = network.initialize(seed)
    if has_averages(parameters):
        raise SettingError(
            "statistics must not be 'running averages' in a network that is trained by gradients alone; "
            "see maml_tf.with_running_averages"
        )
    return parameters


def mean_loss(
    network: Network, loss: Loss, parameters: Parameters, examples: Examples, support: Tensor | None = None
) -> Tensor:
    """Returns the loss averaged over tasks and examples, a scalar.

    Args:
        network: The network.
        loss: Loss of each example.
        parameters: Parameters of the network.
        examples: A support or query set of each task.
        support: Inputs of the support sets if `examples` are query sets, else None.

    Raises:
        SettingError: There are no examples.
    """
    losses = as_loss(loss)(network.apply(parameters, examples.inputs, support), examples.targets)
    check_not_empty(losses)
    return tf.reduce_mean(losses)


class _Predictions(Sequence[Tensor]):
    """Predictions with several parameters, each computed on access: a query set may be large, and few may be needed."""

    def __init__(self, predict: Callable[[Parameters], Tensor], parameters: Sequence[Parameters]) -> None:
        self._predict = predict
        self._parameters = parameters

    def __len__(self) -> int:
        return len(self._parameters)

    @overload
    def __getitem__(self, index: int) -> Tensor: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Tensor]: ...

    def __getitem__(self, index: int | slice) -> Tensor:
        if isinstance(index, slice):
            return _Predictions(self._predict, self._parameters[index])
        return self._predict(self._parameters[index])
