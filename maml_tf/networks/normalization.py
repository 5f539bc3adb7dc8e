"""Batch normalisation as the authors' program has it, and its variants."""

from dataclasses import dataclass
from typing import Literal, get_args

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks.moments import Moments, moments
from maml_tf.networks.shared import Shared, per_task

Statistics = Literal["batch at hand", "support set", "one query at a time", "running averages"]


@dataclass(frozen=True, kw_only=True)
class BatchNormalization:
    """Normalises each feature by its mean and variance, task by task; there is a shift and no scale.

    The authors' program (`utils.py`, `normalize`) always takes the batch at hand: support and query
    set each by their own statistics, in meta-training and at meta-test, so that predictions on a query
    set depend on the whole set (transductive), and running averages are never used. The variants differ
    in what a query set is normalised with:

    * `batch at hand`: the query set itself;
    * `support set`: the support set, sent through the same adapted parameters;
    * `one query at a time`: each query example by itself, over its pixels;
    * `running averages`: averages that are part of the parameters, for support sets too. A gradient must
      not train them: `Classifier` and `FineTuning` move them as they go, and where other learners meta-trained
      with other statistics, `maml_tf.with_running_averages` collects them afterwards.

    Attributes:
        statistics: one of the above.
        epsilon: added to the variance.

    Raises:
        SettingError: unknown statistics, or an `epsilon` that is not above 0.
    """

    statistics: Statistics = "batch at hand"
    epsilon: float = 1e-3

    def __post_init__(self) -> None:
        if self.statistics not in get_args(Statistics):
            raise SettingError(f"statistics must be one of {get_args(Statistics)}, not {self.statistics!r}")
        if not self.epsilon > 0:
            raise SettingError(f"epsilon must be above 0, not {self.epsilon!r}")

    def initialize(self, units: int) -> Parameters:
        """Makes the shift, `[units]` zeros, and the running averages if they are used."""
        shift = {"shift": tf.zeros([units])}
        if self.statistics != "running averages":
            return shift
        return shift | {"mean": tf.zeros([units]), "variance": tf.ones([units])}

    def with_support(self, inputs: Tensor, support: Tensor | None) -> tuple[int | None, Tensor]:
        """Puts the support set before a query set `[tasks, examples, ...]` if its statistics are wanted.

        Returns:
            For `moments`: None for a support set (`support` is None), else how many examples were put
            in front; and the inputs with them.
        """
        if support is None:
            return None, inputs
        if self.statistics != "support set":
            return 0, inputs
        return support.shape[1], tf.concat([support, inputs], axis=1)

    @property
    def removes_bias(self) -> bool:
        """Whether a constant added to all inputs of a feature changes nothing, since the mean is taken of them."""
        return self.statistics != "running averages"

    def moments(self, parameters: Parameters, inputs: Tensor, support: int | None = None) -> Moments:
        """What to normalise `inputs` with.

        Args:
            parameters: of this layer.
            inputs: `[tasks, examples, ..., units]`.
            support: None for a support set; for a query set, how many examples of its support set
                come before it (of `with_support`).

        Raises:
            SettingError: one query example at a time has no pixels to average over.
        """
        if self.statistics == "running averages":
            return Moments(*(_over_examples(parameters[name], inputs) for name in Moments._fields))
        first = 1
        if support is not None and self.statistics == "support set":
            inputs = inputs[:, :support]
        if support is not None and self.statistics == "one query at a time":
            if inputs.shape.rank == _RANK_WITHOUT_PIXELS:
                raise SettingError(f"statistics must not be {self.statistics!r} where examples have no pixels")
            first = 2
        return moments(inputs, list(range(first, inputs.shape.rank - 1)))

    def apply(self, parameters: Parameters, inputs: Tensor, by: Moments) -> Tensor:
        """Normalises `[tasks, ..., units]` by these moments and shifts."""
        scale = tf.math.rsqrt(by.variance + self.epsilon)
        return inputs * scale + (_over_examples(parameters["shift"], inputs) - by.mean * scale)


def _over_examples(parameter: Tensor | Shared, inputs: Tensor) -> Tensor:
    """Gives a parameter of each task, `[tasks, units]`, the axes to broadcast with `[tasks, ..., units]`."""
    parameter = per_task(parameter)
    if parameter.shape.rank != _RANK_OF_EACH_TASK:
        return parameter
    return tf.reshape(parameter, [parameter.shape[0], *[1] * (inputs.shape.rank - 2), parameter.shape[-1]])


_RANK_OF_EACH_TASK = 2  # tasks, units
_RANK_WITHOUT_PIXELS = 3  # tasks, examples, units
