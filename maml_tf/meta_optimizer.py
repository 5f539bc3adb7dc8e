"""The meta-optimizer."""

from dataclasses import dataclass

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Tensor


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam in the form that the authors' program used (`tf.train.AdamOptimizer`).

    One fused kernel updates moments and parameters. The bias correction is folded into the rate, so
    epsilon is added to the uncorrected root (the "epsilon hat" of Kingma and Ba, section 2).

    Attributes:
        learning_rate: the meta learning rate.
        beta1: decay of the first moment.
        beta2: decay of the second moment.
        epsilon: added to the root of the second moment.
        clip: bound on each element of the gradient, if any. The authors' `maml.py` has 10 for MiniImagenet, where
            its loss is the sum over `ways * query` images divided by the shot: on the mean loss of this library
            that is `10 * shot / (ways * query)`, with `query` images a class.

    Raises:
        SettingError: a value is out of range.
    """

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    clip: float | None = None

    def __post_init__(self) -> None:
        for name in ("learning_rate", "epsilon", "clip"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise SettingError(f"{name} must be above 0, not {value!r}")
        for name in ("beta1", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingError(f"{name} must be from 0 to below 1, not {getattr(self, name)!r}")

    def slots(self, variables: list[tf.Variable]) -> list[tf.Variable]:
        """Makes the moments: all first ones, then all second ones."""
        return [tf.Variable(tf.zeros_like(variable)) for _ in range(2) for variable in variables]

    def update(
        self,
        variables: list[tf.Variable],
        slots: list[tf.Variable],
        gradients: list[Tensor],
        iteration: Tensor,
    ) -> None:
        """Applies one step in place.

        Args:
            variables: the parameters.
            slots: the moments, from `slots`.
            gradients: one for each parameter.
            iteration: number of this step, from 1.
        """
        count = tf.cast(iteration, variables[0].dtype)
        powers = {"beta1_power": self.beta1**count, "beta2_power": self.beta2**count}
        first, second = slots[: len(variables)], slots[len(variables) :]
        for variable, mean, square, gradient in zip(variables, first, second, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=mean.handle,
                v=square.handle,
                lr=self.learning_rate,
                beta1=self.beta1,
                beta2=self.beta2,
                epsilon=self.epsilon,
                grad=self._clipped(gradient),
                **powers,
            )

    def _clipped(self, gradient: Tensor) -> Tensor:
        return gradient if self.clip is None else tf.clip_by_value(gradient, -self.clip, self.clip)
