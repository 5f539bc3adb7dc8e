"""Regression of sine waves."""

import math
from dataclasses import dataclass

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Examples, Seed, Tensor


@dataclass(frozen=True, kw_only=True)
class Sinusoid:
    """Sine waves `y = amplitude * sin(x - phase)` (paper, section 5.1; authors' `data_generator.py`).

    Attributes:
        shot: Number of support points, K.
        query: Number of query points.
        amplitude: Range of the uniform distribution of amplitudes.
        phase: Range of the uniform distribution of phases, in radians.
        inputs: Range of the uniform distribution of inputs.
        support_inputs: Range of the support inputs; the range of `inputs` if None.

    Raises:
        SettingError: A number of points is below 1, or a range is empty or not finite.
    """

    shot: int = 10
    query: int = 10
    amplitude: tuple[float, float] = (0.1, 5.0)
    phase: tuple[float, float] = (0.0, math.pi)
    inputs: tuple[float, float] = (-5.0, 5.0)
    support_inputs: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name in ("shot", "query"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} must be 1 or more, not {getattr(self, name)!r}")
        for name in ("amplitude", "phase", "inputs", "support_inputs"):
            bounds = getattr(self, name)
            if bounds is not None and not -math.inf < bounds[0] < bounds[1] < math.inf:
                raise SettingError(f"{name} must be a range (low, high) with low < high, not {bounds!r}")

    def sample(self, seed: Seed, tasks: int) -> Episodes:
        """Draws the episodes of `tasks` tasks. They are small, so the plan consists of the episodes themselves."""
        draw = _Uniform(seed)
        amplitude = draw([tasks, 1, 1], self.amplitude)
        phase = draw([tasks, 1, 1], self.phase)
        support = draw([tasks, self.shot, 1], self.support_inputs or self.inputs)
        query = draw([tasks, self.query, 1], self.inputs)
        return Episodes(
            Examples(support, amplitude * tf.sin(support - phase)),
            Examples(query, amplitude * tf.sin(query - phase)),
            tf.concat([amplitude[:, 0], phase[:, 0]], axis=1),
        )

    def episodes(self, plan: Episodes) -> Episodes:
        """Returns the plan."""
        return plan

    @staticmethod
    def truth(descriptor: Tensor, inputs: Tensor) -> Tensor:
        """Returns the values of the sine waves `descriptor` `[tasks, 2]` at `inputs` `[tasks, points, 1]`."""
        amplitude, phase = descriptor[:, :1, tf.newaxis], descriptor[:, 1:, tf.newaxis]
        return amplitude * tf.sin(inputs - phase)


class _Uniform:
    """A sequence of independent uniform draws from one seed."""

    def __init__(self, seed: Seed) -> None:
        self._seed = tf.cast(seed, tf.int64)
        self._draws = 0

    def __call__(self, shape: list[int], bounds: tuple[float, float]) -> Tensor:
        seed = tf.random.experimental.stateless_fold_in(self._seed, self._draws)
        self._draws += 1
        return tf.random.stateless_uniform(shape, seed, *bounds)
