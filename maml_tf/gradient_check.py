"""Comparison of meta-gradients with finite differences."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Parameters, TaskDistribution, Tensor, as_episodes
from maml_tf.learners.learner import Learner
from maml_tf.state import State

Direction = list[np.ndarray]


@dataclass(frozen=True, kw_only=True)
class GradientCheck:
    """The outcome of a check that passed.

    Attributes:
        error: The largest difference between a slope from the meta-gradient and one from finite differences, relative
            to the largest slope.
        uncertainty: The largest estimated error of the finite differences, also relative.
        dtype: The type in which the learner computed, `float64` where it could.
    """

    error: float
    uncertainty: float
    dtype: str


def check_gradients(
    learner: Learner,
    tasks: TaskDistribution | Episodes,
    parameters: Parameters | None = None,
    *,
    directions: int = 3,
    tolerance: float | None = None,
    seed: int = 0,
) -> GradientCheck:
    """Checks the meta-gradient of a learner against finite differences of its meta-loss along random directions.

    It works with any learner whose `update` takes one step of `State.descend`, `descend_in_parts` or
    `apply_gradients`, and returns the loss that the step descends. Nothing is trained.

    Args:
        learner: The learner. It computes in double precision if its network can, as `MLP` and `Conv4` do; for a
            Keras model, give the layers `dtype="float64"`.
        tasks: A task distribution, of which two tasks are drawn, or episodes.
        parameters: Where to differentiate; None for the parameters from which meta-training starts.
        directions: Number of random directions.
        tolerance: The largest relative error that passes; None for 1e-4 in double precision and 1e-2 otherwise.
        seed: Seed of the parameters, the tasks and the directions.

    Returns:
        The errors found.

    Raises:
        SettingError: The meta-gradient differs from finite differences; or they cannot tell, because the learner drops
            second derivatives on purpose, takes no single gradient step, is not reproducible or not precise enough.
    """
    if getattr(getattr(learner, "inner_loop", None), "first_order", False):
        raise SettingError("first_order must be False, because first-order meta-gradients are not exact on purpose")
    if isinstance(tasks, tuple):
        episodes = as_episodes(tasks)
    else:
        episodes = as_episodes(tasks.episodes(tasks.sample(tf.constant([seed, 0], tf.int64), 2)))
    surface = _surface(learner, episodes, seed, parameters)
    generator = np.random.default_rng(seed)
    lines = [surface.random_direction(generator) for _ in range(directions)]
    exact = np.array([surface.slope(line) for line in lines])
    numeric, uncertainty = np.transpose([surface.difference_quotient(line) for line in lines])
    scale = max(np.abs(exact).max(), np.abs(numeric).max()) or 1.0
    return _judged(
        GradientCheck(
            error=float(np.abs(exact - numeric).max() / scale),
            uncertainty=float(uncertainty.max() / scale),
            dtype=surface.dtype,
        ),
        tolerance,
    )


def _judged(check: GradientCheck, tolerance: float | None) -> GradientCheck:
    if tolerance is None:
        tolerance = 1e-4 if check.dtype == "float64" else 1e-2
    if not check.uncertainty <= tolerance:
        raise SettingError(
            f"the finite differences are uncertain by {check.uncertainty:.2g} of the largest slope in {check.dtype}, "
            f"more than the tolerance of {tolerance:g}: use a network in float64, other parameters or more tolerance"
        )
    if not check.error <= tolerance:
        raise SettingError(
            f"the meta-gradient differs from finite differences by {check.error:.2g} of the largest slope in "
            f"{check.dtype}, more than the tolerance of {tolerance:g}: an operation has no exact second derivative, or "
            "update() returns another loss than the one it descends"
        )
    return check


class _Surface:
    """The meta-loss as a function of the parameters."""

    def __init__(self, learner: Learner, state: State, episodes: Episodes) -> None:
        self._learner, self._state, self._episodes = learner, state, episodes
        self._centre = [np.asarray(value) for value in tf.nest.flatten(state.parameters)]
        self._structure = tf.nest.map_structure(lambda _: None, state.parameters)
        self._compiled = tf.function(self._step, autograph=False)
        loss, gradients = self._compiled()
        self._gradients, self.dtype = [np.asarray(each) for each in gradients], loss.dtype.name
        if not all(np.all(np.isfinite(each)) for each in [loss, *self._gradients]):
            raise SettingError("loss and meta-gradient must be finite at these parameters, but they are not")
        if float(loss) != float(self._compiled()[0]):
            raise SettingError("update() must return the same loss for the same state and episodes, but it does not")

    def _step(self) -> tuple[Tensor, list[Tensor]]:
        with self._state.recording() as recorded:
            loss = self._learner.update(self._state, self._episodes)
        if len(recorded) != 1:
            raise SettingError(f"update() of the learner must take one gradient step, not {len(recorded)}")
        return loss, recorded[0]

    def random_direction(self, generator: np.random.Generator) -> Direction:
        """Draws a direction in which each tensor moves in proportion to its size."""
        return [
            max(float(np.sqrt(np.mean(np.square(value)))), 0.01) * np.asarray(generator.normal(size=value.shape))
            for value in self._centre
        ]

    def slope(self, direction: Direction) -> float:
        """Returns the slope along a direction that follows from the meta-gradient."""
        return float(sum(np.sum(slope * step) for slope, step in zip(self._gradients, direction, strict=True)))

    def difference_quotient(self, direction: Direction) -> tuple[float, float]:
        """Returns the slope along a direction from finite differences, and an estimate of its error.

        Central differences of decreasing width are extrapolated to width zero (Richardson). The width is best at which
        neighbours agree most: a larger one curves too much, a smaller one is lost in rounding.
        """
        widths = 0.1 * 0.5 ** np.arange(24 if self.dtype == "float64" else 12)
        plain = np.array([(self._at(width, direction) - self._at(-width, direction)) / (2 * width) for width in widths])
        extrapolated = (4 * plain[1:] - plain[:-1]) / 3
        change = np.abs(np.diff(extrapolated))
        error = np.maximum(change[1:], change[:-1])
        best = int(np.argmin(np.where(np.isfinite(error), error, np.inf)))
        return float(extrapolated[best + 1]), float(error[best])

    def _at(self, distance: float, direction: Direction) -> float:
        moved = [value + distance * step for value, step in zip(self._centre, direction, strict=True)]
        self._state.assign(tf.nest.pack_sequence_as(self._structure, moved))
        return float(self._compiled()[0])


def _surface(learner: Learner, episodes: Episodes, seed: int, parameters: Parameters | None) -> _Surface:
    """Returns the meta-loss in double precision if the learner can compute it, else as it is."""
    state = learner.begin(seed)
    if parameters is not None:
        state.assign(parameters)
    try:
        surface = _Surface(learner, State(_in_double(state.parameters)), _in_double(episodes))
    except (TypeError, ValueError, AssertionError, tf.errors.InvalidArgumentError):
        return _Surface(learner, state, episodes)
    return surface if surface.dtype == "float64" else _Surface(learner, state, episodes)


def _in_double(structure: Any) -> Any:
    return tf.nest.map_structure(
        lambda each: tf.cast(each, tf.float64) if tf.as_dtype(each.dtype).is_floating else each, structure
    )
