"""Parameters that all tasks share, differentiated for each task."""

from typing import NamedTuple

import tensorflow as tf

from maml_tf.interfaces import Tensor
from maml_tf.networks.factored import Factored
from maml_tf.networks.traced import Traced


class Shared(NamedTuple):
    """One parameter for all tasks, and a handle on each task's gradient.

    It stands for `value + offset`. The offset is zero: it is there to be differentiated, because
    the gradient with respect to it is each task's own gradient with respect to the parameter. A
    layer that knows this can compute the first inner step for all tasks at once, and never has to
    copy the parameter once a task.

    Attributes:
        value: the parameter, `shape`.
        offset: zeros, `[tasks, *shape]`.
    """

    value: Tensor
    offset: Tensor


def shared(value: Tensor, tasks: int) -> Shared:
    """Declares that `tasks` tasks share `value`."""
    return Shared(value, tf.zeros([tasks, *value.shape], value.dtype))


def per_task(parameter: Tensor | Shared | Factored | Traced) -> Tensor:
    """Spells a parameter out for a layer that has no use for its form: `[tasks, *shape]`."""
    if isinstance(parameter, Factored | Traced):
        return parameter.per_task()
    return parameter.value + parameter.offset if isinstance(parameter, Shared) else parameter
