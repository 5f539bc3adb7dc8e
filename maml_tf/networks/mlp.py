"""Multi-layer perceptrons."""

from dataclasses import dataclass
from itertools import pairwise

import tensorflow as tf

from maml_tf.checks import check_whole_numbers
from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks.layers import check_type, linear
from maml_tf.networks.normalization import BatchNormalization


@dataclass(frozen=True, kw_only=True)
class MLP:
    """Hidden layers with ReLU, followed by one linear layer.

    The sinusoid network of the paper is `MLP(inputs=1, hidden=(40, 40), outputs=1)` (section 5.1);
    the non-convolutional Omniglot network has hidden layers of 256, 128, 64 and 64 units with batch
    normalisation (section 5.2).

    Attributes:
        inputs: Number of input features; inputs with more axes are flattened.
        hidden: Number of units of each hidden layer.
        outputs: Number of outputs.
        normalization: The normalisation before each ReLU; None for no normalisation.
        standard_deviation: Standard deviation of the truncated normal distribution from which weights are drawn
            (0.01 in the authors' `maml.py`). Biases start at zero.

    Raises:
        SettingError: A number is below 1, or `standard_deviation` is negative.
    """

    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    normalization: BatchNormalization | None = None
    standard_deviation: float = 0.01

    def __post_init__(self) -> None:
        check_whole_numbers(self, inputs=1, outputs=1)
        if any(units < 1 for units in self.hidden):
            raise SettingError(f"hidden must be numbers of units, each 1 or more, not {self.hidden!r}")
        if not self.standard_deviation >= 0:
            raise SettingError(f"standard_deviation must be 0 or more, not {self.standard_deviation!r}")

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws parameters: for each layer `kernel [in, out]`, `bias [out]`, and `shift [out]` if normalised."""
        sizes = (self.inputs, *self.hidden, self.outputs)
        layers = []
        seed = tf.cast(seed, tf.int64)
        for index, (fan_in, fan_out) in enumerate(pairwise(sizes)):
            kernel = tf.random.stateless_truncated_normal(
                [fan_in, fan_out],
                seed=tf.stack([seed, tf.constant(index, tf.int64)]),
                stddev=self.standard_deviation,
            )
            layer = {"kernel": kernel, "bias": tf.zeros([fan_out])}
            if self.normalization and index < len(self.hidden):
                layer |= self.normalization.initialize(fan_out)
            layers.append(layer)
        return {f"layer_{index}": layer for index, layer in enumerate(layers)}

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs `[tasks, examples, ...]`, which are flattened, to outputs `[tasks, examples, outputs]`.

        Raises:
            SettingError: The examples have another number of features than `inputs`, or another type than the
                parameters.
        """
        for given in (inputs, support):
            if given is not None and tf.TensorShape(given.shape[2:]).num_elements() != self.inputs:
                raise SettingError(
                    f"inputs must have {self.inputs} features in each example, not the shape {tuple(given.shape[2:])}"
                )
        check_type(inputs, parameters["layer_0"]["bias"])
        in_front = None
        if self.normalization:
            in_front, inputs = self.normalization.with_support(inputs, support)
        features = tf.reshape(inputs, [*inputs.shape[:2], self.inputs])
        for index in range(len(self.hidden)):
            layer = parameters[f"layer_{index}"]
            features = linear(features, layer["kernel"], layer["bias"])
            if self.normalization:
                by = self.normalization.moments(layer, features, in_front)
                features = self.normalization.apply(layer, features, by)
            features = tf.nn.relu(features)
        features = features if in_front is None else features[:, in_front:]
        last = parameters[f"layer_{len(self.hidden)}"]
        return linear(features, last["kernel"], last["bias"])
