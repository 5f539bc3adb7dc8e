"""Classification by the nearest support example."""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Network, Parameters, Tensor

Distance = Literal["cosine", "euclidean"]


class Embedding(Network, Protocol):
    """A network that also returns the inputs of its last layer."""

    def features(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs to features `[tasks, examples, features]`; the arguments are those of `apply`."""


@dataclass(frozen=True, kw_only=True)
class NearestNeighbour:
    """Assigns every query example to the class of the nearest support example; nothing adapts.

    This is a baseline of Ravi and Larochelle 2017 (section 5.1), whose results Table 1 repeats. Their program
    compares the inputs of the last layer of a network trained by `Classifier` (`conv-nearest-neighbor.lua`) by
    their cosine similarity (`nearest-neighbor.lua`). It normalises with the running averages of training; give the
    network `BatchNormalization(statistics="running averages")` to do the same.

    Attributes:
        network: The network that computes the features; None compares the inputs (`pixel-nearest-neighbor.lua`).
        distance: `cosine` (the angle between features) or `euclidean` (the length of their difference).

    Raises:
        SettingError: The distance is unknown.
    """

    network: Embedding | None = None
    distance: Distance = "cosine"

    def __post_init__(self) -> None:
        if self.distance not in get_args(Distance):
            raise SettingError(f"distance must be one of {get_args(Distance)}, not {self.distance!r}")

    def predict(self, parameters: Parameters, episodes: Episodes, steps: int) -> list[Tensor]:
        """Scores every class for every query example, with the same result after every step.

        Returns:
            One tensor per step, `[tasks, examples, ways]`: the similarity of the query example and the nearest support
            example of the class. The support set must contain at least one example of every class.
        """
        support = self._features(parameters, episodes.support.inputs, None)
        query = self._features(parameters, episodes.query.inputs, episodes.support.inputs)
        similarity = self._similarity(query, support)[..., tf.newaxis]
        of_class = episodes.support.targets[:, tf.newaxis] > 0
        return [tf.reduce_max(tf.where(of_class, similarity, -float("inf")), axis=2)] * (steps + 1)

    def _features(self, parameters: Parameters, inputs: Tensor, support: Tensor | None) -> Tensor:
        if self.network is not None:
            return self.network.features(parameters, inputs, support)
        return tf.reshape(inputs, [*inputs.shape[:2], -1])

    def _similarity(self, query: Tensor, support: Tensor) -> Tensor:
        """Returns the similarity of all pairs of examples, `[tasks, query examples, support examples]`."""
        if self.distance == "cosine":
            query, support = (tf.math.l2_normalize(features, axis=-1) for features in (query, support))
            return tf.matmul(query, support, transpose_b=True)
        # Minus half of the squared distance, without the square of the query, which is the same for all classes.
        squares = tf.reduce_sum(tf.square(support), axis=-1)[:, tf.newaxis]
        return tf.matmul(query, support, transpose_b=True) - squares / 2
