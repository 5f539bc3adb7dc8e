"""The inner loop: adaptation of parameters to tasks by gradient descent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Examples, Loss, Network, Parameters, Tensor, leading_size
from maml_tf.naming import leaf_names
from maml_tf.networks.factored import Factored
from maml_tf.networks.shared import Shared, shared
from maml_tf.networks.traced import Traced

Form = Tensor | Shared | Factored | Traced  # of a parameter that adapts
LossScale = Literal["mean", "sum over classes"]


@dataclass(frozen=True, kw_only=True)
class InnerLoop:
    """How parameters adapt to a task (paper, equation 1 and section 4).

    Attributes:
        steps: number of gradient steps, at least 0.
        learning_rate: the inner learning rate alpha.
        first_order: drop second derivatives from the meta-gradient (section 5.2): the inner gradient
            counts as a constant, and nothing else changes.
        loss_scale: `mean` over the support examples, or `sum over classes`, which is the number of
            target values (ways) times the mean: the authors' program divides the sum over all
            ways x shots examples by the number of shots. Both agree for a single output.
        adapts: first words of the names (dictionary keys, joined by `/`) of the parameters that
            adapt, such as `("layer_2",)`; None for all.
        keeps: last words of the names of parameters that do not adapt although they are
            meta-learned, such as `("shift",)` for that of the authors' batch normalisation.

    Raises:
        SettingError: a value is out of range; or (when parameters come) an entry of `adapts` or `keeps` is the name
            of none.
    """

    steps: int
    learning_rate: float
    first_order: bool = False
    loss_scale: LossScale = "mean"
    adapts: tuple[str, ...] | None = None
    keeps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.steps < 0:
            raise SettingError(f"steps must be 0 or more, not {self.steps!r}")
        if not self.learning_rate > 0:
            raise SettingError(f"learning_rate must be above 0, not {self.learning_rate!r}")
        if self.loss_scale not in get_args(LossScale):
            raise SettingError(f"loss_scale must be one of {get_args(LossScale)}, not {self.loss_scale!r}")

    def scale(self, losses: Tensor, targets: Tensor) -> Tensor:
        """Reduces losses `[tasks, examples]` to one a task, `[tasks]`."""
        mean = tf.reduce_mean(losses, axis=1)
        return mean if self.loss_scale == "mean" else targets.shape[-1] * mean

    def is_adapted(self, name: str) -> bool:
        """Whether the parameter of this name (keys joined by `/`) adapts."""
        chosen = self.adapts is None or any(_is_within(name, prefix) for prefix in self.adapts)
        return chosen and name.split("/")[-1] not in self.keeps

    def places(self, names: Sequence[str]) -> list[int]:
        """Which of the parameters of these names adapt, by place.

        Raises:
            SettingError: an entry of `adapts` or `keeps` names none of them, or nothing is left to adapt.
        """
        for prefix in self.adapts or ():
            if not any(_is_within(name, prefix) for name in names):
                raise SettingError(f"adapts must be first words of names among {names}, not {prefix!r}")
        for word in self.keeps:
            if not any(name.split("/")[-1] == word for name in names):
                raise SettingError(f"keeps must be last words of names among {names}, not {word!r}")
        chosen = [place for place, name in enumerate(names) if self.is_adapted(name)]
        if not chosen:
            raise SettingError(f"adapts={self.adapts!r}, keeps={self.keeps!r} leave nothing to adapt among {names}")
        return chosen


def adapt(
    inner_loop: InnerLoop,
    network: Network,
    loss: Loss,
    parameters: Parameters,
    support: Examples,
) -> tuple[Parameters, ...]:
    """Adapts shared parameters to each task.

    Under an outer `tf.GradientTape` the result is differentiable with respect to `parameters`,
    exactly: each inner gradient is taken by a tape of its own, nested in the outer one.

    Args:
        inner_loop: how to adapt.
        network: the network.
        loss: loss of each example.
        parameters: the initialisation that all tasks share, a nested structure of tensors, or of arrays.
        support: support sets of all tasks.

    Returns:
        Parameters after 0, 1, ..., `inner_loop.steps` steps. The first are `parameters` themselves;
        in the others each adapted tensor has a leading axis of tasks, or is a `Factored` kernel, which
        `maml_tf.networks.per_task` spells out.

    Raises:
        SettingError: `adapts` or `keeps` name parameters that there are not, or leave nothing to adapt.
    """
    parameters = tf.nest.map_structure(tf.convert_to_tensor, parameters)
    values = tf.nest.flatten(parameters)
    chosen = inner_loop.places(leaf_names(parameters)) if inner_loop.steps else []

    def rebuild(adapted: list[Form]) -> Parameters:
        merged = list(values)
        for index, value in zip(chosen, adapted, strict=True):
            merged[index] = value
        return tf.nest.pack_sequence_as(parameters, merged)

    def objective(adapted: list[Form]) -> Tensor:
        losses = loss(network.apply(rebuild(adapted), support.inputs), support.targets)
        # Tasks do not depend on one another: the gradient of the sum holds each task's own gradient.
        return tf.reduce_sum(inner_loop.scale(losses, support.targets))

    fast = [_declared(values[index], leading_size(support)) for index in chosen]
    trajectory = [parameters]
    for _ in range(inner_loop.steps):
        fast = _descend(inner_loop, objective, fast)
        trajectory.append(rebuild(fast))
    return tuple(trajectory)


def _descend(inner_loop: InnerLoop, objective: Callable[[list[Form]], Tensor], fast: list[Form]) -> list[Form]:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        point = [Traced(kernel=each, tape=tape) if isinstance(each, Factored) else each for each in fast]
        tape.watch([_handles(each) for each in point])
        # The learning rate multiplies one number here instead of every element of every gradient.
        value = -inner_loop.learning_rate * objective(point)
    handles = [_handles(each) for each in point]
    changes = tape.gradient(value, handles, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [_moved(each, change, inner_loop.first_order) for each, change in zip(point, changes, strict=True)]


def _declared(value: Tensor, tasks: int) -> Form:
    return Factored.shared(value, tasks) if value.shape.rank == 2 else shared(value, tasks)


def _handles(parameter: Form) -> list[Tensor]:
    if isinstance(parameter, Traced):
        return parameter.handles
    return [parameter.offset if isinstance(parameter, Shared) else parameter]


def _moved(parameter: Form, changes: list[Tensor], first_order: bool) -> Form:
    if isinstance(parameter, Traced):
        return parameter.moved(changes, first_order)
    value = parameter.value if isinstance(parameter, Shared) else parameter
    return value + (tf.stop_gradient(changes[0]) if first_order else changes[0])


def _is_within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}/")
