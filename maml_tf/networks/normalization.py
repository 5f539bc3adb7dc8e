"""Batch normalisation as the authors' program has it."""

from dataclasses import dataclass
from typing import Literal, get_args

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks.shared import Shared

Statistics = Literal["batch at hand"]


@dataclass(frozen=True, kw_only=True)
class BatchNormalization:
    """Normalises with the statistics of the batch at hand, in training and at test.

    Support and query sets are each normalised with their own mean and variance, task by task, so
    predictions on a query set depend on the whole set (transductive). There is a shift and no scale,
    and no running average (the authors' `utils.py`, `normalize`). Not written with `tf.nn.moments`,
    which takes the mean inside the variance for a constant: that is exact for first derivatives only.

    Attributes:
        statistics: what mean and variance are taken of.
        epsilon: added to the variance.

    Raises:
        SettingError: unknown statistics.
    """

    statistics: Statistics = "batch at hand"
    epsilon: float = 1e-3

    def __post_init__(self) -> None:
        if self.statistics not in get_args(Statistics):
            raise SettingError(f"statistics must be one of {get_args(Statistics)}, not {self.statistics!r}")

    def initialize(self, units: int) -> Parameters:
        """Makes the shift, `[units]` zeros."""
        return {"shift": tf.zeros([units])}

    def apply(self, parameters: Parameters, inputs: Tensor) -> Tensor:
        """Normalises `[tasks, ..., units]` over all axes but the first and the last."""
        axes = list(range(1, inputs.shape.rank - 1))
        centred = inputs - tf.reduce_mean(inputs, axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), axes, keepdims=True)
        normalized = centred * tf.math.rsqrt(variance + self.epsilon)
        return normalized + _over_examples(parameters["shift"], inputs)


def _over_examples(shift: Tensor | Shared, inputs: Tensor) -> Tensor:
    if isinstance(shift, Shared):
        shift = shift.value + shift.offset
    if shift.shape.rank == 1:
        return shift
    return tf.reshape(shift, [shift.shape[0], *[1] * (inputs.shape.rank - 2), shift.shape[-1]])
