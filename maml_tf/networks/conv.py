"""The convolutional network of the paper."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import tensorflow as tf

from maml_tf.checks import check_whole_numbers
from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks.fused import Block, fused, is_faster
from maml_tf.networks.layers import add_filter_bias, check_type, convolve, linear, max_pool
from maml_tf.networks.normalization import BatchNormalization

Downsampling = Literal["stride", "max pool"]
Summary = Literal["mean", "flatten"]
ConvolutionType = Literal["bfloat16"]


@dataclass(frozen=True, kw_only=True)
class Conv4:
    """Four blocks of a 3 x 3 convolution, batch normalisation and ReLU, followed by one linear layer.

    For Omniglot the paper uses 64 filters and strides of 2; the authors' `maml.py` applies global average pooling
    and draws the weights of the linear layer from N(0, 1). For MiniImagenet it uses 32 filters and max-pooling;
    the last feature maps are flattened, and the linear layer is initialised like the convolutions
    (section 5.2, `maml.py`).

    Attributes:
        image: Height, width and channels; inputs with two dimensions per example have one channel.
        outputs: Number of outputs.
        filters: Number of filters of each convolution.
        downsampling: How each block halves the image: `stride` (rounding up) or `max pool` (rounding down).
        summary: How the last feature maps enter the linear layer: `mean` (global average pooling) or `flatten`.
        linear_standard_deviation: Standard deviation of the normal distribution from which the weights of the linear
            layer are drawn; None for Glorot's uniform distribution, which all convolutions use. Biases start at zero.
        normalization: The normalisation of each block.
        convolution_type: Type of the numbers that convolutions and their derivatives take and give: `bfloat16`, which
            has eight significant bits, or None for the type of the parameters. Processors that multiply it in hardware
            are faster with it, and the meta-gradient is less accurate. Parameters, and all that is not a convolution,
            keep their type.

    Raises:
        SettingError: The downsampling, the summary or the type of convolutions is unknown, a number is below 1, or the
            image is too small.
    """

    image: tuple[int, int, int]
    outputs: int
    filters: int
    downsampling: Downsampling
    summary: Summary
    linear_standard_deviation: float | None = None
    normalization: BatchNormalization = field(default_factory=BatchNormalization)
    convolution_type: ConvolutionType | None = None

    def __post_init__(self) -> None:
        if self.downsampling not in get_args(Downsampling):
            raise SettingError(f"downsampling must be one of {get_args(Downsampling)}, not {self.downsampling!r}")
        if self.summary not in get_args(Summary):
            raise SettingError(f"summary must be one of {get_args(Summary)}, not {self.summary!r}")
        if self.convolution_type not in (None, *get_args(ConvolutionType)):
            allowed = (*get_args(ConvolutionType), None)
            raise SettingError(f"convolution_type must be one of {allowed}, not {self.convolution_type!r}")
        check_whole_numbers(self, outputs=1, filters=1)
        if len(self.image) != 3 or min(*self.image, self._remaining_pixels()) < 1:
            raise SettingError(
                f"image must be height, width and channels, with a pixel left after four halvings, not {self.image!r}"
            )

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws `block_0` to `block_3` (`kernel [3, 3, in, out]`, `bias [out]`, `shift [out]`) and `linear`."""
        seed = tf.cast(seed, tf.int64)
        parameters = {}
        for index, channels in enumerate([self.image[2], *[self.filters] * (_BLOCKS - 1)]):
            shape = [_SIDE, _SIDE, channels, self.filters]
            kernel = _glorot(shape, tf.stack([seed, index]), fans=_SIDE**2 * (channels + self.filters))
            layer = {"kernel": kernel, "bias": tf.zeros([self.filters])}
            parameters[f"block_{index}"] = layer | self.normalization.initialize(self.filters)
        parameters["linear"] = {
            "kernel": self._linear_kernel(tf.stack([seed, _BLOCKS])),
            "bias": tf.zeros([self.outputs]),
        }
        return parameters

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs `[tasks, examples, height, width, ...]` to outputs `[tasks, examples, outputs]`.

        Raises:
            SettingError: The inputs are not images of the shape `image`, channels last, or have another type than the
                parameters.
        """
        features = self.features(parameters, inputs, support)
        return linear(features, parameters["linear"]["kernel"], parameters["linear"]["bias"])

    def features(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs to the inputs of the linear layer, `[tasks, examples, features]`.

        Raises:
            SettingError: The inputs are not images of the shape `image`, channels last, or have another type than the
                parameters.
        """
        for images in (inputs, support):
            self._check_layout(images)
        check_type(inputs, parameters["block_0"]["bias"])
        in_front, inputs = self.normalization.with_support(inputs, support)
        features = tf.reshape(inputs, [*inputs.shape[:2], *self.image])
        for index in range(_BLOCKS):
            features = self._block(parameters[f"block_{index}"], features, in_front)
        features = features if in_front is None else features[:, in_front:]
        if self.summary == "mean":
            features = tf.reduce_mean(features, axis=[2, 3])
        return tf.reshape(features, [*features.shape[:2], -1])

    def _check_layout(self, images: Tensor | None) -> None:
        # Another layout may have as many pixels, and would be reshaped into nonsense.
        allowed = (tuple(self.image), tuple(self.image[:2])) if self.image[2] == 1 else (tuple(self.image),)
        if images is not None and tuple(images.shape[2:]) not in allowed:
            raise SettingError(
                f"inputs must be images of shape {self.image}, channels last, not {tuple(images.shape[2:])}"
            )

    def _block(self, layer: Parameters, features: Tensor, support: int | None) -> Tensor:
        stride = 2 if self.downsampling == "stride" else 1
        features = convolve(features, layer["kernel"], stride, self.convolution_type)
        if self.normalization.is_by_inputs(support) and is_faster(features):
            block = Block(pools=self.downsampling == "max pool", epsilon=self.normalization.epsilon)
            return fused(block, features, self.normalization.shift_of_tasks(layer, features))
        if not self.normalization.removes_bias:
            features = add_filter_bias(features, layer["bias"])
        by = self.normalization.moments(layer, features, support)
        if self.downsampling == "max pool":
            # Normalisation and ReLU are monotonic, so taking the maximum before them gives the same function
            # with a quarter of the work.
            features = max_pool(features)
        return tf.nn.relu(self.normalization.apply(layer, features, by))

    def _linear_kernel(self, seed: Tensor) -> Tensor:
        features = self.filters * (1 if self.summary == "mean" else self._remaining_pixels())
        shape = [features, self.outputs]
        if self.linear_standard_deviation is None:
            return _glorot(shape, seed, fans=sum(shape))
        return tf.random.stateless_normal(shape, seed, stddev=self.linear_standard_deviation)

    def _remaining_pixels(self) -> int:
        """Returns the number of pixels of the last feature maps."""
        height, width = self.image[:2]
        for _ in range(_BLOCKS):
            height, width = (-(-side // 2) if self.downsampling == "stride" else side // 2 for side in (height, width))
        return height * width


def _glorot(shape: list[int], seed: Tensor, fans: int) -> Tensor:
    limit = (6.0 / fans) ** 0.5
    return tf.random.stateless_uniform(shape, seed, -limit, limit)


_BLOCKS = 4
_SIDE = 3
