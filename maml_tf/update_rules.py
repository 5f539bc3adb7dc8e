"""Update rules of the inner loop: how the gradients of a step become changes of the parameters.

`InnerLoop(learning_rate=0.01)` is plain gradient descent, for which the library has fast paths. Every other rule is
an object with the one method of `UpdateRule`, and stands in the same place: `InnerLoop(learning_rate=Momentum(...))`.
A rule may hold tensors that are meta-learned. The meta-gradient is exact through all that a rule computes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Tensor

Named = Mapping[str, Tensor]  # tensors by the names of the parameters they belong to


@runtime_checkable
class UpdateRule(Protocol):
    """Turns the inner gradients of one step into changes."""

    def update(self, gradients: Named, state: Any, step: int) -> tuple[Named, Any]:
        """Computes the changes of one inner step.

        Args:
            gradients: For the name of each parameter that adapts, the gradients of all tasks, `[tasks, *shape]`.
            state: What the previous step returned as state; None in the first step.
            step: Number of the step, from 0.

        Returns:
            What is added to each parameter, `[tasks, *shape]` by name, and the state for the next step.
        """


@dataclass(frozen=True, kw_only=True, eq=False)
class Rates:
    """Gradient descent with several learning rates.

    Attributes:
        values: One rate for all parameters, or a mapping from the name of every parameter that adapts to its rate.
            A rate is a number or a tensor that broadcasts with the parameter: a scalar for the whole parameter, or
            the parameter's own shape for one rate per element (Meta-SGD, Li et al. 2017).
        by_step: Whether every rate has a leading axis with one entry per inner step (MAML++, Antoniou et al. 2019).
    """

    values: Tensor | Mapping[str, Tensor]
    by_step: bool = False

    def update(self, gradients: Named, state: Any, step: int) -> tuple[Named, Any]:
        """Moves against each gradient by its rate; see `UpdateRule`.

        Raises:
            SettingError: A parameter has no rate, or there are fewer rates than steps.
        """
        return {name: -self._rate(name, step) * gradient for name, gradient in gradients.items()}, state

    def _rate(self, name: str, step: int) -> Tensor:
        if isinstance(self.values, Mapping) and name not in self.values:
            raise SettingError(f"values must have a rate for {name!r}, not only for {sorted(self.values)}")
        rate = self.values[name] if isinstance(self.values, Mapping) else self.values
        if not self.by_step:
            return rate
        if step >= len(rate):
            raise SettingError(f"values must have a rate for every inner step, but have {len(rate)} at step {step + 1}")
        return rate[step]


@dataclass(frozen=True, kw_only=True, eq=False)
class Momentum:
    """Gradient descent with momentum; the velocity starts at zero for every task.

    Attributes:
        rate: The learning rate.
        decay: Share of the velocity that is kept from one step to the next.

    Raises:
        SettingError: The rate is not positive, or the decay is not in [0, 1).
    """

    rate: float
    decay: float = 0.9

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise SettingError(f"rate must be above 0, not {self.rate!r}")
        if not 0 <= self.decay < 1:
            raise SettingError(f"decay must be from 0 to below 1, not {self.decay!r}")

    def update(self, gradients: Named, state: Any, step: int) -> tuple[Named, Any]:
        """Moves by the velocity, which the gradients accelerate; see `UpdateRule`."""
        if state is not None:
            gradients = {name: self.decay * state[name] + gradient for name, gradient in gradients.items()}
        return {name: -self.rate * velocity for name, velocity in gradients.items()}, gradients


@dataclass(frozen=True, kw_only=True, eq=False)
class Clipped:
    """Clips every element of the inner gradients, then applies another rule.

    Attributes:
        bound: Largest absolute value of an element.
        rule: The rule that receives the clipped gradients.

    Raises:
        SettingError: The bound is not positive.
    """

    bound: float
    rule: UpdateRule

    def __post_init__(self) -> None:
        if not self.bound > 0:
            raise SettingError(f"bound must be above 0, not {self.bound!r}")

    def update(self, gradients: Named, state: Any, step: int) -> tuple[Named, Any]:
        """Clips the gradients and applies `rule` to them; see `UpdateRule`."""
        clipped = {name: tf.clip_by_value(gradient, -self.bound, self.bound) for name, gradient in gradients.items()}
        return self.rule.update(clipped, state, step)
