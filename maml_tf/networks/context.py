"""A network whose inputs are extended by a context vector."""

from dataclasses import dataclass

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Network, Parameters, Tensor
from maml_tf.networks.forms import Shared, per_task


@dataclass(frozen=True, kw_only=True)
class ContextVector:
    """Concatenates a vector of free parameters, the context vector, to the inputs of a network.

    This is the baseline of appendix C.2 (Table 3): with `InnerLoop(adapts=("context",))` only the context vector
    adapts to a task, and the other parameters are meta-learned. The paper does not state its size. The authors'
    `maml.py` before its commit 007d776 uses 5 values for inputs that are vectors; for images it uses three channels
    with separate values for every pixel, `(28, 28, 3)` for Omniglot.

    Batch normalisation removes whatever is equal in all pixels of all examples. If it follows the first layer, a
    context vector for vectors has no effect, and one with the same values in every pixel acts only through the
    borders of the image.

    Attributes:
        network: The network; its number of inputs or channels includes the context vector.
        shape: Shape of the context vector: `(features,)` for vectors; for images `(channels,)`, the same values in
            every pixel, or `(height, width, channels)`.

    Raises:
        SettingError: The shape is empty or contains a number below 1.
    """

    network: Network
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.shape or min(self.shape) < 1:
            raise SettingError(f"shape must be one or more numbers, each 1 or more, not {self.shape!r}")

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws `network` as the network does, and `context` from Glorot's uniform distribution for a single row."""
        limit = (6.0 / (1 + tf.TensorShape(self.shape).num_elements())) ** 0.5
        own_seed = tf.stack([tf.cast(seed, tf.int64), _CONTEXT_STREAM])
        return {
            "context": tf.random.stateless_uniform(self.shape, own_seed, -limit, limit),
            "network": self.network.initialize(seed),
        }

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs `[tasks, examples, ...]` to outputs; images with two dimensions have one channel.

        Raises:
            SettingError: The context vector has values for every pixel of images of another size.
        """
        context = parameters["context"]
        if support is not None:
            support = self._extended(support, context)
        return self.network.apply(parameters["network"], self._extended(inputs, context), support)

    def _extended(self, inputs: Tensor, context: Tensor | Shared) -> Tensor:
        if inputs.shape.rank == _RANK_WITHOUT_CHANNELS:
            inputs = inputs[..., tf.newaxis]
        if len(self.shape) > 1 and tuple(inputs.shape[2:-1]) != tuple(self.shape[:-1]):
            raise SettingError(
                f"shape must have the height and width of the images {tuple(inputs.shape[2:])}, not {self.shape}"
            )
        context = per_task(context)
        tasks = context.shape[: -len(self.shape)]  # empty if all tasks share it
        between = inputs.shape.rank - len(tasks) - len(self.shape)
        context = tf.reshape(context, [*tasks, *[1] * between, *self.shape])
        spread = tf.broadcast_to(context, [*inputs.shape[:-1], self.shape[-1]])
        return tf.concat([inputs, spread], axis=-1)


_CONTEXT_STREAM = 2**40  # no layer has this index, so none draws the same values
_RANK_WITHOUT_CHANNELS = 4  # tasks, examples, height, width
