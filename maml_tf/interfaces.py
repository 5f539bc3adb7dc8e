"""The types that the parts of the library agree on."""

from typing import Any, NamedTuple, Protocol

import tensorflow as tf

# TensorFlow ships no type information: these names carry the meaning, the shapes stand in docstrings.
Tensor = Any
Parameters = Any  # a nested structure (dicts, lists, tuples) of tensors
Seed = Tensor | tuple[int, int]  # two integers, as the stateless random functions of TensorFlow take


class Examples(NamedTuple):
    """Labelled examples of several tasks.

    Attributes:
        inputs: `[tasks, examples, ...]`.
        targets: `[tasks, examples, outputs]`; one-hot for classification.
    """

    inputs: Tensor
    targets: Tensor


class Episodes(NamedTuple):
    """What one meta-batch holds: a support and a query set for each of its tasks.

    Attributes:
        support: the examples to adapt to.
        query: the examples to be judged on.
        descriptor: `[tasks, values]`, the task itself in numbers where it has such (amplitude and
            phase of a sinusoid), else `[tasks, 0]`; only an oracle may look at it.
    """

    support: Examples
    query: Examples
    descriptor: Tensor


class Network(Protocol):
    """A pure function of parameters and inputs.

    A parameter of shape `s` reaches `apply` in one of three forms: `s`, shared by all tasks;
    `[tasks, *s]`, each task has its own; or `maml_tf.networks.Shared`, shared by all tasks while
    the gradient is wanted for each. One of two axes, as the kernels of affine layers are, may also
    come as `networks.Factored` or, in an inner step, as `networks.traced.Traced`. `networks.per_task`
    turns any form but the first into the second.
    """

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws initial parameters; the same seed gives the same ones."""

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs to outputs.

        Args:
            parameters: the parameters.
            inputs: `[tasks, examples, ...]`.
            support: None where `inputs` are a support set; where they are a query set, the inputs of
                its support set, for normalisation that needs to tell the two apart.

        Returns:
            `[tasks, examples, outputs]`.
        """


class Loss(Protocol):
    """Loss of each example."""

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Maps outputs and targets `[tasks, examples, outputs]` to losses `[tasks, examples]`."""


class TaskDistribution(Protocol):
    """A distribution over tasks, sampled by explicit seeds.

    Sampling is split in two so that thousands of meta-iterations can be drawn in one go: `sample`
    makes a small plan (numbers, indices) and `episodes` turns a slice of it into examples.

    Both must be TensorFlow operations, `sample` of the seed and `episodes` of the plan: meta-training makes
    one graph of them, so that whatever NumPy draws there is drawn once and the same for ever. `FewShotImages`
    shows what to do with arrays of data: only their places are drawn.
    """

    def sample(self, seed: Seed, tasks: int) -> Any:
        """Draws a plan, a nested structure of tensors with a leading axis of `tasks`."""

    def episodes(self, plan: Any) -> Episodes:
        """Turns a plan, or a slice of its leading axis, into episodes."""


def leading_size(structure: Any) -> int:
    """Size of the axis that all tensors of `structure` have first."""
    return int(tf.nest.flatten(structure)[0].shape[0])
