"""What all learners have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, overload

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.inner_loop import InnerLoop, adapt
from maml_tf.interfaces import Episodes, Examples, Loss, Network, Parameters, Tensor
from maml_tf.meta_optimizer import Adam
from maml_tf.networks.batch_moments import has_averages
from maml_tf.state import State


class Predictor(Protocol):
    """What the evaluation needs."""

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> Sequence[Tensor]:
        """Predicts the query targets after 0, 1, ..., `steps` steps of adaptation."""


class Learner(Predictor, Protocol):
    """What the training loop needs as well."""

    def begin(self, seed: int) -> State:
        """Makes the state from which meta-training starts."""

    def update(self, state: State, episodes: Episodes) -> Tensor:
        """Performs one meta-iteration in place and returns its loss, a scalar."""


@dataclass(frozen=True, kw_only=True)
class AdaptingLearner:
    """A learner whose parameters adapt at test by gradient steps on the support set.

    Attributes:
        network: the network.
        loss: loss of each example, in the inner loop and outside.
        inner_loop: how parameters adapt.
        meta_optimizer: how they are meta-trained.
    """

    network: Network
    loss: Loss
    inner_loop: InnerLoop
    meta_optimizer: Adam = field(default_factory=Adam)

    def begin(self, seed: int) -> State:
        """Makes the state from which meta-training starts.

        Raises:
            SettingError: the network has running averages.
        """
        return State(trainable(self.network, seed), self.meta_optimizer)

    def adapt(self, parameters: Parameters, support: Examples) -> tuple[Parameters, ...]:
        """Parameters after 0, 1, ... steps of the inner loop; see `maml_tf.adapt`."""
        return adapt(self.inner_loop, self.network, self.loss, parameters, support)

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> Sequence[Tensor]:
        """Predicts the query targets after 0, 1, ..., `steps` steps of adaptation.

        Returns:
            One tensor a step, `[tasks, examples, outputs]`, computed when it is looked at.
        """
        longer = replace(self, inner_loop=replace(self.inner_loop, steps=steps))
        adapted = longer.adapt(parameters, episodes.support)
        return _Predictions(
            lambda each: self.network.apply(each, episodes.query.inputs, episodes.support.inputs), adapted
        )

    def with_learning_rate(self, learning_rate: float) -> Self:
        """The same learner with another inner learning rate."""
        return replace(self, inner_loop=replace(self.inner_loop, learning_rate=learning_rate))


def trainable(network: Network, seed: int) -> Parameters:
    """Draws parameters all of which follow a gradient.

    Raises:
        SettingError: the network has running averages, which a gradient must not train.
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
    """Loss averaged over tasks and examples, a scalar; for a query set, `support` are the inputs of its support set."""
    return tf.reduce_mean(loss(network.apply(parameters, examples.inputs, support), examples.targets))


class _Predictions(Sequence[Tensor]):
    """Predictions of several parameters; a large query set is not sent through those that nobody asks for."""

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
