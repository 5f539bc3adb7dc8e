"""Classification by the nearest support example."""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Network, Parameters, Tensor

Distance = Literal["cosine", "euclidean"]


class Embedding(Network, Protocol):
    """A network that tells what its last layer sees."""

    def features(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs to features `[tasks, examples, features]`; arguments as for `apply`."""


@dataclass(frozen=True, kw_only=True)
class NearestNeighbour:
    """Gives each query example the class of the support example that is nearest to it; nothing adapts.

    A baseline of Ravi and Larochelle 2017 (section 5.1), whose results Table 1 repeats. Their program
    compares the outputs of the last but one layer of a network trained by `Classifier`
    (`conv-nearest-neighbor.lua`) and takes the one nearest by the cosine (`nearest-neighbor.lua`). It
    normalises by the running averages of training: give the network that statistics to do the same.

    Attributes:
        network: of the features; None compares the inputs themselves (`pixel-nearest-neighbor.lua`).
        distance: the angle between features (`cosine`) or the length of their difference (`euclidean`).

    Raises:
        SettingError: an unknown distance.
    """

    network: Embedding | None = None
    distance: Distance = "cosine"

    def __post_init__(self) -> None:
        if self.distance not in get_args(Distance):
            raise SettingError(f"distance must be one of {get_args(Distance)}, not {self.distance!r}")

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> list[Tensor]:
        """Tells how near each class is to each query example, the same after every step.

        Returns:
            One tensor a step, `[tasks, examples, ways]`: the nearness of the class's nearest support
            example, the larger the nearer. The support set holds at least one example of each class.
        """
        support = self._features(parameters, episodes.support.inputs, None)
        query = self._features(parameters, episodes.query.inputs, episodes.support.inputs)
        nearness = self._nearness(query, support)[..., tf.newaxis]
        of_class = episodes.support.targets[:, tf.newaxis] > 0
        return [tf.reduce_max(tf.where(of_class, nearness, -float("inf")), axis=2)] * (steps + 1)

    def _features(self, parameters: Parameters, inputs: Tensor, support: Tensor | None) -> Tensor:
        if self.network is not None:
            return self.network.features(parameters, inputs, support)
        return tf.reshape(inputs, [*inputs.shape[:2], -1])

    def _nearness(self, query: Tensor, support: Tensor) -> Tensor:
        """Nearness of each query to each support example, `[tasks, queries, supports]`."""
        if self.distance == "cosine":
            query, support = (tf.math.l2_normalize(each, axis=-1) for each in (query, support))
            return tf.matmul(query, support, transpose_b=True)
        # Half of minus the squared distance, without the square of the query that all classes share.
        length = tf.reduce_sum(tf.square(support), axis=-1)[:, tf.newaxis]
        return tf.matmul(query, support, transpose_b=True) - length / 2
