"""Batch normalisation as in the authors' program, its variants, and the running averages that some of them use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal, NamedTuple, get_args

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Network, Parameters, TaskDistribution, Tensor, as_episodes
from maml_tf.networks.forms import Shared, per_task
from maml_tf.networks.own_gradient import Function, with_gradient
from maml_tf.networks.pretrained import Pretrained

Statistics = Literal["batch at hand", "support set", "one query at a time", "running averages"]


class Moments(NamedTuple):
    """Mean and variance by which features are normalised; their shapes broadcast with the features.

    Attributes:
        mean: The mean.
        variance: The mean squared distance from the mean.
    """

    mean: Tensor
    variance: Tensor


AVERAGES = Moments._fields  # names of the running averages among the parameters of a layer


@dataclass(frozen=True, kw_only=True)
class BatchNormalization:
    """Normalises each feature by its mean and variance, task by task; it has a shift and no scale.

    The authors' program (`utils.py`, `normalize`) always uses current-batch statistics: support and query sets are
    each normalised by themselves, in meta-training and at meta-test. Predictions on a query set therefore depend on
    the whole query set (transductive), and running averages are never used. This is the setting `batch at hand`. The
    variants differ in the statistics that normalise a query set:

    * `batch at hand`: those of the query set itself (current-batch statistics, transductive);
    * `support set`: those of the support set, computed with the same adapted parameters;
    * `one query at a time`: those of each query example by itself, over its pixels;
    * `running averages`: running averages, which are part of the parameters and normalise support sets too.
      Gradients must not train them: `Classifier` and `FineTuning` update them during training; for learners that
      meta-train with other statistics, `maml_tf.with_running_averages` collects them afterwards.

    Attributes:
        statistics: The statistics that normalise a query set, one of the above.
        epsilon: Added to the variance.

    Raises:
        SettingError: The statistics are unknown, or `epsilon` is not positive.
    """

    statistics: Statistics = "batch at hand"
    epsilon: float = 1e-3

    def __post_init__(self) -> None:
        if self.statistics not in get_args(Statistics):
            raise SettingError(f"statistics must be one of {get_args(Statistics)}, not {self.statistics!r}")
        if not self.epsilon > 0:
            raise SettingError(f"epsilon must be above 0, not {self.epsilon!r}")

    def initialize(self, units: int) -> Parameters:
        """Returns the shift, zeros of shape `[units]`, and the running averages if they are used."""
        shift = {"shift": tf.zeros([units])}
        if self.statistics != "running averages":
            return shift
        return shift | {"mean": tf.zeros([units]), "variance": tf.ones([units])}

    def with_support(self, inputs: Tensor, support: Tensor | None) -> tuple[int | None, Tensor]:
        """Puts the support set in front of a query set `[tasks, examples, ...]` if its statistics are needed.

        Returns:
            The argument `support` of `moments`: None if `inputs` are a support set (`support` is None), else the
            number of support examples that were put in front; and the inputs that include them.
        """
        if support is None:
            return None, inputs
        if self.statistics != "support set":
            return 0, inputs
        return support.shape[1], tf.concat([support, inputs], axis=1)

    @property
    def removes_bias(self) -> bool:
        """Whether a bias before the normalisation has no effect, because the mean that is subtracted contains it."""
        return self.statistics != "running averages"

    def is_by_inputs(self, support: int | None) -> bool:
        """Returns whether inputs are normalised by the mean and variance of all of themselves; see `moments`."""
        return self.removes_bias and (support is None or self.statistics == "batch at hand")

    def shift_of_tasks(self, parameters: Parameters, inputs: Tensor) -> Tensor:
        """Returns the shift of every task, `[tasks, 1, ..., units]`, for inputs `[tasks, ..., units]`."""
        shape = [inputs.shape[0], *[1] * (inputs.shape.rank - 2), inputs.shape[-1]]
        return tf.broadcast_to(_over_examples(parameters["shift"], inputs), shape)

    def moments(self, parameters: Parameters, inputs: Tensor, support: int | None = None) -> Moments:
        """Returns the mean and variance by which `inputs` are normalised.

        Args:
            parameters: The parameters of the layer.
            inputs: `[tasks, examples, ..., units]`.
            support: None for a support set; for a query set, the number of support examples in front of it, as
                returned by `with_support`.

        Raises:
            SettingError: The statistics are `one query at a time`, but examples have no pixels to average over.
        """
        if self.statistics == "running averages":
            return Moments(*(_over_examples(parameters[name], inputs) for name in AVERAGES))
        first = 1
        if support is not None and self.statistics == "support set":
            inputs = inputs[:, :support]
        if support is not None and self.statistics == "one query at a time":
            if inputs.shape.rank == _RANK_WITHOUT_PIXELS:
                raise SettingError(f"statistics must not be {self.statistics!r} where examples have no pixels")
            first = 2
        return moments(inputs, list(range(first, inputs.shape.rank - 1)))

    def apply(self, parameters: Parameters, inputs: Tensor, by: Moments) -> Tensor:
        """Normalises `[tasks, ..., units]` by these moments and adds the shift."""
        scale = tf.math.rsqrt(by.variance + self.epsilon)
        return inputs * scale + (_over_examples(parameters["shift"], inputs) - by.mean * scale)


def moments(inputs: Tensor, axes: list[int]) -> Moments:
    """Returns mean and variance of `inputs` over `axes`, which are kept with size 1; all derivatives are exact.

    `tf.nn.moments` treats the mean inside the variance as a constant, so that only its first derivatives are exact.
    """
    # The mean is an argument so that derivatives of the gradient reach `inputs` through it.
    return Moments(*_moments(tuple(axes))(inputs, tf.reduce_mean(inputs, axes, keepdims=True)))


def apply_with_moments(network: Network, parameters: Parameters, inputs: Tensor) -> tuple[Tensor, dict[str, Moments]]:
    """Applies a network with current-batch statistics, whichever statistics its own normalisation uses.

    Args:
        network: A dataclass; its `normalization`, if it has one, is replaced. The moments of a network that is
            nested in another one are not returned.
        parameters: A dictionary of layers, as for `Conv4` and `MLP`.
        inputs: `[tasks, examples, ...]`.

    Returns:
        The outputs `[tasks, examples, outputs]`; and the moments `[tasks, 1, ..., units]` of every normalised layer
        by its name.

    Raises:
        SettingError: A network that is nested in this one has running averages.
    """
    if isinstance(network, Pretrained):
        network = network.network
    normalization = getattr(network, "normalization", None)
    if normalization is None:
        if has_averages(parameters):
            raise SettingError(f"running averages must be those of the network itself, not of one within {network!r}")
        return network.apply(parameters, inputs), {}
    recording = _Recording(epsilon=normalization.epsilon)
    changed: Any = network
    outputs = replace(changed, normalization=recording).apply(parameters, inputs)
    return outputs, {
        name: of_layer
        for name, layer in parameters.items()
        for recorded, of_layer in recording.recorded
        if recorded is layer
    }


def move_averages(parameters: Parameters, towards: Mapping[str, Moments], momentum: float) -> Parameters:
    """Moves the running averages of every layer that has them towards its moments, by the share `momentum`."""

    def moved(layer: Parameters, towards: Moments) -> Parameters:
        return layer | {name: layer[name] + momentum * (getattr(towards, name) - layer[name]) for name in AVERAGES}

    return parameters | {
        name: moved(parameters[name], of_layer)
        for name, of_layer in towards.items()
        if parameters[name].keys() >= set(AVERAGES)
    }


def has_averages(parameters: Parameters) -> bool:
    """Returns whether any layer in these nested parameters has running averages."""
    if isinstance(parameters, list | tuple):
        return any(map(has_averages, parameters))
    if not isinstance(parameters, Mapping):
        return False
    return parameters.keys() >= {"shift", *AVERAGES} or any(map(has_averages, parameters.values()))


def with_running_averages(
    network: Network, parameters: Parameters, tasks: TaskDistribution, *, batches: int, meta_batch: int, seed: int
) -> Parameters:
    """Collects running averages on support sets after meta-training and adds them to the parameters.

    The authors' program has no running averages. These are the ones that batch normalisation would use in evaluation
    mode: mean and variance of each support set, computed with the unadapted parameters and averaged over all tasks.
    To use them, give the network `BatchNormalization(statistics="running averages")` and list `mean` and `variance`
    among the parameters that the inner loop keeps.

    Args:
        network: A network whose own layers are normalised, with any statistics.
        parameters: Its parameters, shared by all tasks.
        tasks: The meta-training distribution.
        batches: Number of meta-batches to average over.
        meta_batch: Number of tasks in each meta-batch.
        seed: Seed of the tasks.

    Returns:
        The parameters, with `mean` and `variance` `[units]` beside the `shift` of every normalised layer.

    Raises:
        SettingError: A number is out of range, or the network itself has no batch normalisation.
    """
    for name, value, least in (("batches", batches, 1), ("meta_batch", meta_batch, 1), ("seed", seed, 0)):
        if value < least:
            raise SettingError(f"{name} must be {least} or more, not {value!r}")
    recorded = []
    for batch in range(batches):
        plan = tasks.sample(tf.constant([seed, _AVERAGES_STREAM + batch], tf.int64), meta_batch)
        support = as_episodes(tasks.episodes(plan)).support
        _, by_layer = apply_with_moments(network, parameters, support.inputs)
        if not by_layer:
            raise SettingError(f"running averages need a network with batch normalisation of its own, not {network!r}")
        recorded.append(tf.nest.map_structure(_over_tasks, by_layer))
    averages: dict[str, Moments] = tf.nest.map_structure(lambda *values: tf.reduce_mean(values, axis=0), *recorded)
    return parameters | {name: parameters[name] | average._asdict() for name, average in averages.items()}


@dataclass(frozen=True, kw_only=True)
class _Recording(BatchNormalization):
    """Normalises with current-batch statistics and records the moments of every layer."""

    recorded: list[tuple[Parameters, Moments]] = field(default_factory=list)

    @property
    def removes_bias(self) -> bool:
        return False  # Running averages are subtracted from features with their bias, so they must include it.

    def moments(self, parameters: Parameters, inputs: Tensor, support: int | None = None) -> Moments:
        of_layer = super().moments(parameters, inputs, support)
        self.recorded.append((parameters, of_layer))
        return of_layer


@cache
def _moments(axes: tuple[int, ...]) -> Function:
    """Returns a function that maps inputs and their mean over `axes` to that mean and the variance."""

    def moments(inputs: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
        variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), axes, keepdims=True)
        return tf.identity(mean), variance

    def gradient(given: Sequence[Tensor], upstream: Sequence[Tensor]) -> Sequence[Tensor]:
        (inputs, mean), (mean_upstream, variance_upstream) = given, upstream
        count = 1
        for axis in axes:
            count *= inputs.shape[axis]
        # One product and one sum over the large tensor; separate operations would take six.
        slope = variance_upstream * (2.0 / count)
        return inputs * slope + (mean_upstream / count - mean * slope), tf.zeros_like(mean)

    return with_gradient(moments, gradient, outputs=2)


def _over_examples(parameter: Tensor | Shared, inputs: Tensor) -> Tensor:
    """Reshapes a parameter with one row per task, `[tasks, units]`, to broadcast with `[tasks, ..., units]`."""
    parameter = per_task(parameter)
    if parameter.shape.rank != _RANK_WITH_TASKS:
        return parameter
    return tf.reshape(parameter, [parameter.shape[0], *[1] * (inputs.shape.rank - 2), parameter.shape[-1]])


def _over_tasks(moment: Tensor) -> Tensor:
    """Averages over tasks: `[tasks, 1, ..., units]` to `[units]`."""
    return tf.reduce_mean(tf.reshape(moment, [-1, moment.shape[-1]]), axis=0)


_RANK_WITH_TASKS = 2  # tasks, units
_RANK_WITHOUT_PIXELS = 3  # tasks, examples, units
_AVERAGES_STREAM = 2**41  # neither meta-training nor meta-test draws its tasks with these seeds
