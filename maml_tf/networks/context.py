"""A network whose inputs are extended by a context vector."""

from dataclasses import dataclass

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Network, Parameters, Tensor
from maml_tf.networks.shared import Shared, per_task


@dataclass(frozen=True, kw_only=True)
class ContextVector:
    """Concatenates free parameters, the context vector, to the inputs of a network.

    The baseline of appendix C.2 (Table 3): with `InnerLoop(adapts=("context",))` tasks adapt the context
    vector alone, and the rest is meta-learned. The paper does not say how large it is. The authors'
    `maml.py` before its commit 007d776 has 5 values for vectors; for images it has three channels with
    values of their own in each pixel, `(28, 28, 3)` for Omniglot.

    Batch normalisation takes away what is the same in all pixels of all examples: of a vector nothing
    is left where it follows the first layer, and of channels without values for each pixel no more than
    what the borders of the image show.

    Attributes:
        network: the network; its declared inputs count the context vector as further features or channels.
        shape: of the context vector: `(features,)` for vectors; for images `(channels,)`, the same in each
            pixel, or `(height, width, channels)`.

    Raises:
        SettingError: the shape is empty or has a number below 1.
    """

    network: Network
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.shape or min(self.shape) < 1:
            raise SettingError(f"shape must be one or more numbers, each 1 or more, not {self.shape!r}")

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws `network` like the network and `context` from Glorot's uniform distribution for one row."""
        limit = (6.0 / (1 + tf.TensorShape(self.shape).num_elements())) ** 0.5
        own_seed = tf.stack([tf.cast(seed, tf.int64), _CONTEXT_STREAM])
        return {
            "context": tf.random.stateless_uniform(self.shape, own_seed, -limit, limit),
            "network": self.network.initialize(seed),
        }

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs `[tasks, examples, ...]`, images of two dimensions having one channel, to outputs."""
        context = parameters["context"]
        if support is not None:
            support = self._extended(support, context)
        return self.network.apply(parameters["network"], self._extended(inputs, context), support)

    def _extended(self, inputs: Tensor, context: Tensor | Shared) -> Tensor:
        if inputs.shape.rank == _RANK_WITHOUT_CHANNELS:
            inputs = inputs[..., tf.newaxis]
        context = per_task(context)
        tasks = context.shape[: -len(self.shape)]  # nothing where all tasks share it
        between = inputs.shape.rank - len(tasks) - len(self.shape)
        context = tf.reshape(context, [*tasks, *[1] * between, *self.shape])
        spread = tf.broadcast_to(context, [*inputs.shape[:-1], self.shape[-1]])
        return tf.concat([inputs, spread], axis=-1)


_CONTEXT_STREAM = 2**40  # no layer of the network has this number, so that none draws the same values
_RANK_WITHOUT_CHANNELS = 4  # tasks, examples, height, width
