"""Mean and variance, differentiable as often as one likes."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from maml_tf.interfaces import Tensor


class Moments(NamedTuple):
    """What a normalisation subtracts and divides by; shapes broadcast with what is normalised.

    Attributes:
        mean: the mean.
        variance: the mean squared distance from it.
    """

    mean: Tensor
    variance: Tensor


def moments(inputs: Tensor, axes: list[int]) -> Moments:
    """Mean and variance of `inputs` over `axes`, which stay as axes of size 1.

    Not `tf.nn.moments`, which takes the mean inside the variance for a constant: that is exact for
    first derivatives only.
    """
    # The mean goes in as an argument so that derivatives of the gradient reach `inputs` through it.
    return Moments(*_moments(inputs, tf.reduce_mean(inputs, axes, keepdims=True), axes))


def _moments(inputs: Tensor, mean: Tensor, axes: list[int]) -> tuple[Tensor, Tensor]:
    count = 1
    for axis in axes:
        count *= inputs.shape[axis]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def apply(inputs: Tensor, mean: Tensor) -> tuple[tuple[Tensor, Tensor], Callable[..., tuple[Tensor, Tensor]]]:
        def gradient(of_mean: Tensor, of_variance: Tensor) -> tuple[Tensor, Tensor]:
            # One product and one sum over the large tensor, where operations one by one take six.
            slope = of_variance * (2.0 / count)
            return inputs * slope + (of_mean / count - mean * slope), tf.zeros_like(mean)

        variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), axes, keepdims=True)
        return (tf.identity(mean), variance), gradient

    return apply(inputs, mean)  # type: ignore[no-any-return]
