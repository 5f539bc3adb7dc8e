"""The types that the parts of the library agree on."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import tensorflow as tf

from maml_tf.errors import SettingError

# TensorFlow ships no type information: these names carry the meaning, and docstrings give the shapes.
Tensor = Any
Parameters = Any  # a nested structure (dicts, lists, tuples) of tensors
# What the inner loop descends: maps parameters, in the forms of `Network`, and the step, from 0, to values `[tasks]`.
Objective = Callable[[Parameters, int], Tensor]
Seed = Tensor | tuple[int, int]  # two integers, as the stateless random functions of TensorFlow take


class Examples(NamedTuple):
    """Labelled examples of several tasks.

    Attributes:
        inputs: `[tasks, examples, ...]`; for a Keras model with several inputs, a tuple or dictionary of such tensors.
        targets: `[tasks, examples, outputs]`; one-hot for classification.
    """

    inputs: Tensor
    targets: Tensor


class Episodes(NamedTuple):
    """A support and a query set for each task of a meta-batch.

    Attributes:
        support: The examples to adapt to.
        query: The examples on which the adapted parameters are scored.
        descriptor: `[tasks, values]`, numbers that describe the task, such as amplitude and phase of a sinusoid;
            `[tasks, 0]` if there are none. Only an oracle may use it.
    """

    support: Examples
    query: Examples
    descriptor: Tensor


class Network(Protocol):
    """A pure function of parameters and inputs.

    A parameter of shape `s` reaches `apply` in one of three forms: `s`, shared by all tasks; `[tasks, *s]`, one value
    for each task; or `maml_tf.networks.Shared`, shared by all tasks and differentiated for each task. A parameter with
    two axes, such as the kernel of an affine layer, may also come as `networks.Factored` or, in an inner step, as
    `networks.forms.Traced`. `networks.per_task` turns every form but the first into the second.
    """

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws initial parameters; the same seed gives the same parameters."""

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs to outputs.

        Args:
            parameters: The parameters.
            inputs: `[tasks, examples, ...]`.
            support: The inputs of the support set if `inputs` are a query set, for normalisation that treats the two
                differently; None if `inputs` are a support set.

        Returns:
            `[tasks, examples, outputs]`.
        """


class Loss(Protocol):
    """Loss of each example."""

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Maps outputs and targets `[tasks, examples, outputs]` to losses `[tasks, examples]`."""


class TaskDistribution(Protocol):
    """A distribution over tasks, sampled with explicit seeds.

    Sampling has two parts, so that the tasks of thousands of meta-iterations can be drawn at once: `sample` draws a
    small plan (numbers, indices), and `episodes` turns a slice of the plan into examples.

    Both must consist of TensorFlow operations, `sample` on the seed and `episodes` on the plan: meta-training compiles
    them into a graph, in which numbers drawn with NumPy would be constants. `FewShotImages` shows how to use arrays of
    data: only indices into them are drawn.
    """

    def sample(self, seed: Seed, tasks: int) -> Any:
        """Draws a plan, a nested structure of tensors with a leading axis of `tasks`."""

    def episodes(self, plan: Any) -> Episodes:
        """Turns a plan, or a slice of its leading axis, into episodes."""


def as_episodes(episodes: Any) -> Episodes:
    """Turns what a task distribution returns, plain tuples or episodes, into episodes of tensors.

    Raises:
        SettingError: It has another structure, or contains ragged or sparse tensors.
    """
    try:
        support, query, descriptor = episodes
        if any(each is None or isinstance(each, Mapping) for each in (support, query, descriptor)):
            raise TypeError  # A dictionary would be unpacked to its keys.
        episodes = Episodes(Examples(*support), Examples(*query), descriptor)
    except (TypeError, ValueError):
        structure = tf.nest.map_structure(lambda each: type(each).__name__, episodes)
        raise SettingError(
            f"episodes must be ((inputs, targets), (inputs, targets), descriptor), not {structure}; without a "
            "descriptor, use tf.zeros([tasks, 0])"
        ) from None
    for each in tf.nest.flatten(episodes):
        if isinstance(each, tf.RaggedTensor | tf.SparseTensor):
            raise SettingError(f"episodes must consist of dense tensors, not {type(each).__name__}: use to_tensor()")
    tensors: Episodes = tf.nest.map_structure(tf.convert_to_tensor, episodes)
    return tensors


def mean_of_tasks(values: Tensor) -> Tensor:
    """Returns the mean over all axes but the first: `[tasks, examples, ...]` to `[tasks]`.

    Raises:
        SettingError: There is no axis of examples, as in a loss that was reduced, or there are no examples.
    """
    if values.shape.rank < 2:
        raise SettingError(f"losses must have one value for each example, [tasks, examples], not {values.shape}")
    check_not_empty(values)
    return tf.reduce_mean(values, axis=1 if values.shape.rank == 2 else list(range(1, values.shape.rank)))


def check_not_empty(losses: Tensor) -> None:
    """Checks that losses, `[tasks, examples, ...]`, are of one example or more.

    Raises:
        SettingError: They are not; their mean would not be a number.
    """
    if 0 in losses.shape:
        raise SettingError(f"support and query sets must have examples, not losses of shape {losses.shape}")


def leading_size(structure: Any) -> int:
    """Returns the size of the leading axis that all tensors of `structure` share.

    Raises:
        SettingError: TensorFlow does not know it, as after `tf.numpy_function`.
    """
    shape = tf.TensorShape(tf.nest.flatten(structure)[0].shape)
    if shape.rank is None or shape[0] is None:
        raise SettingError(f"the number of tasks must be known, not a shape of {shape}: use tf.ensure_shape")
    return int(shape[0])
