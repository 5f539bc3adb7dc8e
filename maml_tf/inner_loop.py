"""The inner loop: adaptation of parameters to tasks by gradient descent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

import tensorflow as tf

from maml_tf.checks import check_names, check_whole_numbers
from maml_tf.derivatives import exact_derivatives
from maml_tf.errors import SettingError
from maml_tf.interfaces import Examples, Loss, Network, Objective, Parameters, Tensor, leading_size, mean_of_tasks
from maml_tf.losses import as_loss
from maml_tf.naming import leaf_names
from maml_tf.networks.forms import Factored, Shared, Traced, shared
from maml_tf.update_rules import UpdateRule

Form = Tensor | Shared | Factored | Traced  # how a parameter that adapts is represented; see `networks.forms`
LossScale = Literal["mean", "sum over classes"]


@dataclass(frozen=True, kw_only=True)
class InnerLoop:
    """How parameters adapt to a task (paper, section 2.2).

    Attributes:
        steps: Number of gradient steps, 0 or more.
        learning_rate: The inner learning rate alpha of plain gradient descent, or another update rule.
        first_order: Whether to drop second derivatives from the meta-gradient (section 5.2): the inner gradient is
            treated as a constant, and nothing else changes.
        loss_scale: How the losses of the support examples become the loss of a task: their `mean`, or
            `sum over classes`, which is the mean times the number of outputs (ways). The authors' program uses
            the latter: it divides the sum over all ways x shots examples by the number of shots. Both agree
            for a single output.
        adapts: Prefixes of the names (dictionary keys joined by `/`) of the parameters that adapt, such as
            `("layer_2",)`; None for all parameters.
        keeps: Last keys of the names of parameters that are meta-learned but do not adapt, such as `("shift",)` for
            the shift of the authors' batch normalisation.

    Raises:
        SettingError: A value is out of range. When parameters are adapted: an entry of `adapts` or `keeps` matches no
            parameter.
    """

    steps: int
    learning_rate: float | UpdateRule
    first_order: bool = False
    loss_scale: LossScale = "mean"
    adapts: tuple[str, ...] | None = None
    keeps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_whole_numbers(self, steps=0)
        if self.adapts is not None:
            check_names("adapts", self.adapts)
        check_names("keeps", self.keeps)
        if isinstance(self.learning_rate, Real):
            if not float(self.learning_rate) > 0:
                raise SettingError(f"learning_rate must be above 0, not {self.learning_rate!r}")
        elif not isinstance(self.learning_rate, UpdateRule) or isinstance(self.learning_rate, type):
            raise SettingError(f"learning_rate must be a number or an update rule, not {self.learning_rate!r}")
        if self.loss_scale not in get_args(LossScale):
            raise SettingError(f"loss_scale must be one of {get_args(LossScale)}, not {self.loss_scale!r}")

    @property
    def rate(self) -> float:
        """The inner learning rate as a number.

        Raises:
            SettingError: The learning rate is an update rule.
        """
        if isinstance(self.learning_rate, UpdateRule):
            raise SettingError(f"inner_loop.learning_rate must be a number here, not {self.learning_rate!r}")
        return self.learning_rate

    def scale(self, losses: Tensor, outputs: Tensor) -> Tensor:
        """Reduces the losses of support examples, `[tasks, examples, ...]`, to one loss for each task, `[tasks]`."""
        mean = mean_of_tasks(losses)
        return mean if self.loss_scale == "mean" else outputs.shape[-1] * mean

    def is_adapted(self, name: str) -> bool:
        """Returns whether the parameter of this name (keys joined by `/`) adapts."""
        chosen = self.adapts is None or any(_is_within(name, prefix) for prefix in self.adapts)
        return chosen and name.split("/")[-1] not in self.keeps

    def places(self, names: Sequence[str]) -> list[int]:
        """Returns the positions of the parameters that adapt among the parameters of these names.

        Raises:
            SettingError: An entry of `adapts` or `keeps` matches none of the names, or nothing is left to adapt.
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
    """Adapts shared parameters to the support set of each task.

    The supervised case of `descend`: the objective of a task is the loss on its support set.

    Args:
        inner_loop: How to adapt.
        network: The network.
        loss: Loss of each example.
        parameters: The initialisation, shared by all tasks: a nested structure of tensors or arrays.
        support: Support sets of all tasks.

    Returns:
        As `descend`.

    Raises:
        SettingError: As `descend`; or outputs and targets have different floating-point types.
    """
    support, loss = Examples(*support), as_loss(loss)

    def objective(adapted: Parameters, step: int) -> Tensor:
        del step  # the support set is the same in every step
        outputs = network.apply(adapted, support.inputs)
        _check_types(outputs, support.targets)
        return inner_loop.scale(loss(outputs, support.targets), outputs)

    return descend(inner_loop, objective, parameters, leading_size(support))


def descend(inner_loop: InnerLoop, objective: Objective, parameters: Parameters, tasks: int) -> tuple[Parameters, ...]:
    """Adapts shared parameters to each task by descent of any objective.

    Under an outer `tf.GradientTape` the result is differentiable with respect to `parameters`, exactly: each inner
    gradient is taken by a tape of its own, nested in the outer one.

    Args:
        inner_loop: How to adapt; its `loss_scale` plays no part here.
        objective: Maps parameters and the number of the step, from 0, to one value for each task, `[tasks]`. The value
            of a task must not depend on the parameters of another task. Parameters come in the forms that
            `interfaces.Network` describes.
        parameters: The initialisation, shared by all tasks: a nested structure of tensors or arrays.
        tasks: Number of tasks.

    Returns:
        Parameters after 0, 1, ..., `inner_loop.steps` steps. The first are `parameters` themselves. In the others each
        adapted tensor has a leading axis of tasks, or is a `Factored` kernel, which `maml_tf.networks.per_task` turns
        into one.

    Raises:
        SettingError: `adapts` or `keeps` match no parameter, or leave nothing to adapt; or TensorFlow has no derivative
            of an operation of the objective.
    """
    parameters = tf.nest.map_structure(tf.convert_to_tensor, parameters)
    values, names = tf.nest.flatten(parameters), leaf_names(parameters)
    chosen = inner_loop.places(names) if inner_loop.steps else []

    def rebuild(adapted: list[Form]) -> Parameters:
        merged = list(values)
        for index, value in zip(chosen, adapted, strict=True):
            merged[index] = value
        return tf.nest.pack_sequence_as(parameters, merged)

    rule = inner_loop.learning_rate
    fast = [_declared(values[index], tasks, plain=not isinstance(rule, UpdateRule)) for index in chosen]
    trajectory, state = [parameters], None
    for step in range(inner_loop.steps):

        def total(adapted: list[Form], step: int = step) -> Tensor:
            # Tasks do not depend on one another, so the gradient of the sum holds the gradient of every task.
            return tf.reduce_sum(objective(rebuild(adapted), step))

        with exact_derivatives():
            if isinstance(rule, UpdateRule):
                gradients = _gradients(total, fast, [names[index] for index in chosen], inner_loop.first_order)
                changes, state = rule.update(gradients, state, step)
                fast = [_value(each) + changes[name] for name, each in zip(gradients, fast, strict=True)]
            else:
                fast = _plain_step(total, fast, rule, inner_loop.first_order)
        trajectory.append(rebuild(fast))
    return tuple(trajectory)


Total = Callable[[list[Form]], Tensor]  # the sum of the objectives of all tasks, a scalar


def _plain_step(total: Total, fast: list[Form], learning_rate: float, first_order: bool) -> list[Form]:
    """Takes a step of plain gradient descent; kernels stay in factors while these are smaller."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        point = [Traced(kernel=each, tape=tape) if isinstance(each, Factored) else each for each in fast]
        tape.watch([_handles(each) for each in point])
        # The learning rate multiplies one number here instead of every element of every gradient.
        value = -learning_rate * total(point)
    handles = [_handles(each) for each in point]
    changes = tape.gradient(value, handles, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [_moved(each, change, first_order) for each, change in zip(point, changes, strict=True)]


def _gradients(total: Total, fast: list[Form], names: list[str], first_order: bool) -> dict[str, Tensor]:
    """Returns the gradients of all tasks with respect to each parameter, `[tasks, *shape]` by name."""
    handles = [each.offset if isinstance(each, Shared) else each for each in fast]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(handles)
        value = total(fast)
    gradients = tape.gradient(value, handles, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return {
        name: tf.stop_gradient(gradient) if first_order else gradient
        for name, gradient in zip(names, gradients, strict=True)
    }


def _check_types(outputs: Tensor, targets: Tensor) -> None:
    types = [tf.as_dtype(each.dtype) for each in (outputs, targets)]
    if all(each.is_floating for each in types) and types[0] != types[1]:
        raise SettingError(f"targets must have the type of the outputs, {types[0].name}, not {types[1].name}")


def _declared(value: Tensor, tasks: int, plain: bool) -> Form:
    return Factored.shared(value, tasks) if plain and value.shape.rank == 2 else shared(value, tasks)


def _handles(parameter: Form) -> list[Tensor]:
    """Returns the tensors with respect to which a step is differentiated."""
    if isinstance(parameter, Traced):
        return parameter.handles
    return [parameter.offset if isinstance(parameter, Shared) else parameter]


def _moved(parameter: Form, changes: list[Tensor], first_order: bool) -> Form:
    if isinstance(parameter, Traced):
        return parameter.moved(changes, first_order)
    change = tf.stop_gradient(changes[0]) if first_order else changes[0]
    return parameter.moved(change) if isinstance(parameter, Shared) else parameter + change


def _value(parameter: Tensor | Shared) -> Tensor:
    return parameter.value if isinstance(parameter, Shared) else parameter


def _is_within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}/")
