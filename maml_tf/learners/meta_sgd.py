"""Meta-SGD: learned inner learning rates."""

from dataclasses import dataclass, replace
from typing import NoReturn

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.inner_loop import adapt
from maml_tf.interfaces import Examples, Parameters
from maml_tf.learners.learner import trainable
from maml_tf.learners.maml import MAML
from maml_tf.losses import as_loss
from maml_tf.naming import leaf_names
from maml_tf.state import State
from maml_tf.update_rules import Rates


@dataclass(frozen=True, kw_only=True)
class MetaSGD(MAML):
    """MAML that also learns one inner learning rate for each element of each parameter (Li et al. 2017).

    Its parameters are `{"initialisation": ..., "rates": ...}`, two structures like the parameters of the network, while
    `adapt` returns parameters of the network. All rates start at the learning rate of the inner loop; the paper of
    Meta-SGD draws them at random. A rate may become negative.

    Raises:
        SettingError: The learning rate of the inner loop is an update rule.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.inner_loop.rate  # noqa: B018 - it raises the error

    def begin(self, seed: int) -> State:
        """Creates the state from which meta-training starts.

        Raises:
            SettingError: The network has running averages.
        """
        initialisation = trainable(self.network, seed)
        rate = self.inner_loop.rate
        rates = tf.nest.map_structure(
            lambda value: tf.fill(value.shape, tf.constant(rate, value.dtype)), initialisation
        )
        return State({"initialisation": initialisation, "rates": rates}, self.meta_optimizer)

    def with_learning_rate(self, learning_rate: float) -> NoReturn:
        """Refuses another learning rate, because it would change the start of meta-training only.

        Raises:
            SettingError: Always.
        """
        raise SettingError(f"learning_rate must not be changed to {learning_rate!r}: MetaSGD has learned its rates")

    def adapt(self, parameters: Parameters, support: Examples) -> tuple[Parameters, ...]:
        """Returns parameters of the network after 0, 1, ... steps with the learned rates; see `maml_tf.adapt`."""
        rates = dict(zip(leaf_names(parameters["rates"]), tf.nest.flatten(parameters["rates"]), strict=True))
        loop = replace(self.inner_loop, learning_rate=Rates(values=rates))
        return adapt(loop, self.network, as_loss(self.loss), parameters["initialisation"], support)
