"""Meta-optimizers: how meta-learned parameters change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor


@runtime_checkable
class GradientOptimizer(Protocol):
    """A meta-optimizer that needs nothing but the meta-gradient."""

    def slots(self, variables: list[tf.Variable]) -> list[tf.Variable]:
        """Creates the variables of the optimizer itself, such as moments; checkpoints keep them in this order."""

    def update(
        self, variables: list[tf.Variable], slots: list[tf.Variable], gradients: list[Tensor], iteration: Tensor
    ) -> None:
        """Takes one step in place.

        Args:
            variables: The parameters.
            slots: What `slots` returned.
            gradients: One for each parameter.
            iteration: Number of this step, from 1.
        """


class MetaProblem(NamedTuple):
    """The problem that one meta-iteration poses.

    Attributes:
        objective: Maps parameters to the meta-loss, a scalar.
        constraint: Maps parameters to a scalar that must stay small, such as the mean KL divergence from the policies
            before the step; None if there is no constraint.
        curvature: Maps the parameters before the step to a function that multiplies directions, nested as the
            parameters, by the Hessian of the constraint there; None if it can only be found by differentiating the
            constraint twice. For a divergence there is a faster way, because its gradient is zero there.
    """

    objective: Callable[[Parameters], Tensor]
    constraint: Callable[[Parameters], Tensor] | None = None
    curvature: Callable[[Parameters], Callable[[Parameters], Parameters]] | None = None


@runtime_checkable
class ProblemSolver(Protocol):
    """A meta-optimizer that evaluates objective and constraint itself, as TRPO does in its line search."""

    def solve(self, problem: MetaProblem, parameters: Parameters) -> tuple[Parameters, Tensor]:
        """Returns new parameters and the objective at the old ones."""


MetaOptimizer = GradientOptimizer | ProblemSolver


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam in the form that the authors' program used (`tf.train.AdamOptimizer`).

    One fused kernel updates moments and parameters. The bias correction is folded into the learning rate, so epsilon is
    added to the uncorrected root (the "epsilon hat" of Kingma and Ba, section 2).

    Attributes:
        learning_rate: The meta learning rate, or a function from the number of steps taken so far, such as a Keras
            schedule, to it.
        beta1: Decay of the first moment.
        beta2: Decay of the second moment.
        epsilon: Added to the root of the second moment.
        clip: Largest absolute value of an element of the gradient; None for no clipping. The authors' `maml.py` clips
            at 10 for MiniImagenet, where its loss is the sum over `ways * query` images divided by the shot. On the
            mean loss of this library that is `10 * shot / (ways * query)`, with `query` images per class.

    Raises:
        SettingError: A value is out of range.
    """

    learning_rate: float | Callable[[Tensor], Tensor] = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    clip: float | None = None

    def __post_init__(self) -> None:
        for name in ("learning_rate", "epsilon", "clip"):
            value = getattr(self, name)
            if value is not None and not callable(value) and not value > 0:
                raise SettingError(f"{name} must be above 0, not {value!r}")
        for name in ("beta1", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingError(f"{name} must be from 0 to below 1, not {getattr(self, name)!r}")

    def slots(self, variables: list[tf.Variable]) -> list[tf.Variable]:
        """Creates the moments, zeros: all first moments, then all second moments."""
        return [tf.Variable(tf.zeros_like(variable)) for _ in range(2) for variable in variables]

    def update(
        self, variables: list[tf.Variable], slots: list[tf.Variable], gradients: list[Tensor], iteration: Tensor
    ) -> None:
        """Takes one step in place; see `GradientOptimizer`."""
        count = tf.cast(iteration, variables[0].dtype)
        powers = {"beta1_power": self.beta1**count, "beta2_power": self.beta2**count}
        rate = self.learning_rate
        if callable(rate):
            rate = tf.cast(rate(iteration - 1), variables[0].dtype)
        first, second = slots[: len(variables)], slots[len(variables) :]
        for variable, mean, square, gradient in zip(variables, first, second, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=mean.handle,
                v=square.handle,
                lr=rate,
                beta1=self.beta1,
                beta2=self.beta2,
                epsilon=self.epsilon,
                grad=self._clipped(gradient),
                **powers,
            )

    def _clipped(self, gradient: Tensor) -> Tensor:
        return gradient if self.clip is None else tf.clip_by_value(gradient, -self.clip, self.clip)


@dataclass(frozen=True, eq=False)
class KerasOptimizer:
    """Any Keras 3 optimizer, with its learning rate schedule, as a meta-optimizer.

    Only its configuration is used: the optimizer itself is not changed, so one object serves many runs.

    Attributes:
        optimizer: The Keras optimizer.
    """

    optimizer: Any
    _copies: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def slots(self, variables: list[tf.Variable]) -> list[tf.Variable]:
        """Creates a copy of the optimizer for these variables and returns the variables of the copy."""
        copy = type(self.optimizer).from_config(self.optimizer.get_config())
        copy.build(variables)
        slots = [variable.value for variable in copy.variables]
        self._copies[slots[0].ref()] = copy  # every Keras optimizer has a count of steps, at least
        return slots

    def update(
        self, variables: list[tf.Variable], slots: list[tf.Variable], gradients: list[Tensor], iteration: Tensor
    ) -> None:
        """Takes one step in place; see `GradientOptimizer`."""
        del iteration  # Keras counts by itself
        self._copies[slots[0].ref()].apply(gradients, variables)


def as_meta_optimizer(optimizer: Any) -> MetaOptimizer:
    """Returns a meta-optimizer of this library unchanged, and wraps a Keras optimizer in `KerasOptimizer`.

    Raises:
        SettingError: `optimizer` is neither.
    """
    if isinstance(optimizer, GradientOptimizer | ProblemSolver):
        return optimizer
    import keras

    if isinstance(optimizer, keras.optimizers.Optimizer):
        return KerasOptimizer(optimizer)
    raise SettingError(
        f"meta_optimizer must be maml_tf.Adam, a Keras optimizer or an object with update() and slots(), "
        f"or with solve(), not {optimizer!r}"
    )


def positions_by_prefix(names: Sequence[str], prefixes: Sequence[str]) -> list[list[int]]:
    """Assigns parameters to prefixes of their names.

    Returns:
        For each prefix, the positions of the names that start with it.

    Raises:
        SettingError: A name has no prefix or several, or a prefix has no name.
    """
    groups = [[at for at, name in enumerate(names) if f"{name}/".startswith(f"{prefix}/")] for prefix in prefixes]
    for at, name in enumerate(names):
        if (count := sum(at in group for group in groups)) != 1:
            raise SettingError(f"meta_optimizer must have one entry for parameter {name!r}, not {count}: {[*prefixes]}")
    for prefix, group in zip(prefixes, groups, strict=True):
        if not group:
            raise SettingError(f"meta_optimizer has an entry {prefix!r}, but no parameter among {[*names]} has it")
    return groups
