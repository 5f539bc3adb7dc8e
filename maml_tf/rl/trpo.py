"""Trust region policy optimisation (Schulman et al. 2015)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import tensorflow as tf

from maml_tf.derivatives import exact_derivatives
from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.meta_optimizer import MetaProblem

Product = Callable[[Tensor], Tensor]  # multiplies a vector by a matrix
Curvature = Literal["exact", "symmetric differences"]


@dataclass(frozen=True, kw_only=True)
class TRPO:
    """Reduces an objective while a constraint, a mean KL divergence, stays below a bound; a meta-optimizer.

    The step is the gradient multiplied by the inverse Hessian of the constraint, by conjugate gradients. It is as long
    as the bound allows if the constraint is quadratic, and is then shortened until the objective is lower and the
    constraint holds. If that never happens, the parameters stay as they are (authors'
    `conjugate_gradient_optimizer.py`).

    Attributes:
        max_kl: Bound of the constraint.
        conjugate_gradient_steps: Number of steps of conjugate gradients.
        damping: What is added to the diagonal of the Hessian.
        backtracks: Largest number of lengths that are tried.
        backtrack_ratio: Factor from one length to the next.
        curvature: How the Hessian is multiplied by vectors: `exact`, by automatic differentiation, or `symmetric
            differences` of the gradient of the constraint, as the authors did. The change of the parameters is the
            vector times `difference`, divided by the norm of the parameters.
        difference: See `curvature`. The authors' class has a default of 1e-8, but receives another setting, 1, in its
            place when it is constructed.

    Raises:
        SettingError: A value is out of range.
    """

    max_kl: float = 0.01
    conjugate_gradient_steps: int = 10
    damping: float = 1e-5
    backtracks: int = 15
    backtrack_ratio: float = 0.8
    curvature: Curvature = "exact"
    difference: float = 1.0

    def __post_init__(self) -> None:
        for name in ("conjugate_gradient_steps", "backtracks"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} must be 1 or more, not {getattr(self, name)!r}")
        for name in ("max_kl", "difference"):
            if not getattr(self, name) > 0:
                raise SettingError(f"{name} must be above 0, not {getattr(self, name)!r}")
        if not self.damping >= 0:
            raise SettingError(f"damping must be 0 or more, not {self.damping!r}")
        if not 0 < self.backtrack_ratio < 1:
            raise SettingError(f"backtrack_ratio must be above 0 and below 1, not {self.backtrack_ratio!r}")
        if self.curvature not in get_args(Curvature):
            raise SettingError(f"curvature must be one of {get_args(Curvature)}, not {self.curvature!r}")

    def solve(self, problem: MetaProblem, parameters: Parameters) -> tuple[Parameters, Tensor]:
        """Takes one step; see `maml_tf.meta_optimizer.ProblemSolver`.

        Raises:
            SettingError: The problem has no constraint.
        """
        if (bounded := problem.constraint) is None:
            raise SettingError("TRPO needs a problem with a constraint, not one without")
        flat = _Flat(parameters)
        start = flat.join(parameters)

        def objective(point: Tensor) -> Tensor:
            return problem.objective(flat.split(point))

        def constraint(point: Tensor) -> Tensor:
            return bounded(flat.split(point))

        before, gradient = _value_and_gradient(objective, start)
        if self.curvature == "exact" and problem.curvature is not None:
            multiply = problem.curvature(parameters)
            curvature = self._damped(lambda vector: flat.join(multiply(flat.split(vector))))
        else:
            curvature = self._damped(self._product(constraint, start))
        direction, residual = conjugate_gradients(curvature, gradient, self.conjugate_gradient_steps)
        # The product of the matrix with the direction is what of the gradient conjugate gradients have explained. That
        # of differences, which are not linear, has to be computed.
        image = gradient - residual if self.curvature == "exact" else curvature(direction)
        length = tf.sqrt(2 * self.max_kl / (tf.tensordot(direction, image, 1) + _TINY))
        step = tf.where(tf.math.is_finite(length), length, 1) * direction
        end = self._search(objective, constraint, start, step, before)
        return flat.split(end), before

    def _product(self, constraint: Callable[[Tensor], Tensor], start: Tensor) -> Product:
        """Returns the product with the Hessian of the constraint."""
        if self.curvature == "exact":
            return lambda vector: hessian_product(constraint, start, vector)
        width = self.difference / (tf.norm(start) + _TINY)

        def product(vector: Tensor) -> Tensor:
            ahead, behind = (_value_and_gradient(constraint, start + sign * width * vector)[1] for sign in (1, -1))
            return (ahead - behind) / (2 * width)

        return product

    def _damped(self, product: Product) -> Product:
        return lambda vector: product(vector) + self.damping * vector

    def _search(
        self,
        objective: Callable[[Tensor], Tensor],
        constraint: Callable[[Tensor], Tensor],
        start: Tensor,
        step: Tensor,
        before: Tensor,
    ) -> Tensor:
        """Returns the first point on the way back along the step that is allowed and better, or the start."""

        def shorter(trial: Tensor, found: Tensor, end: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            point = start - self.backtrack_ratio ** tf.cast(trial, start.dtype) * step
            found = (objective(point) < before) & (constraint(point) <= self.max_kl)
            return trial + 1, found, tf.where(found, point, end)

        def unfinished(trial: Tensor, found: Tensor, end: Tensor) -> Tensor:
            return (trial < self.backtracks) & ~found

        return tf.while_loop(unfinished, shorter, [tf.constant(0), tf.constant(False), start])[2]


def conjugate_gradients(product: Product, target: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """Solves `matrix @ solution = target` for a symmetric positive definite matrix.

    Args:
        product: Multiplies a vector by the matrix.
        target: `[size]`.
        steps: Largest number of steps; it ends earlier if the squared norm of the residual is below 1e-10.

    Returns:
        The solution, and the residual `target - matrix @ solution`.
    """

    def advance(step: Tensor, solution: Tensor, residual: Tensor, direction: Tensor) -> tuple[Tensor, ...]:
        image, square = product(direction), tf.tensordot(residual, residual, 1)
        length = square / tf.tensordot(direction, image, 1)
        following = residual - length * image
        turn = tf.tensordot(following, following, 1) / square
        return step + 1, solution + length * direction, following, following + turn * direction

    def unfinished(step: Tensor, solution: Tensor, residual: Tensor, direction: Tensor) -> Tensor:
        return (step < steps) & (tf.tensordot(residual, residual, 1) > _CONVERGED)

    loop = [tf.constant(0), tf.zeros_like(target), target, target]
    _, solution, residual, _ = tf.while_loop(unfinished, advance, loop)
    return solution, residual


def hessian_product(function: Callable[[Any], Tensor], point: Any, vector: Any) -> Any:
    """Multiplies the Hessian of a function, at a nested point, by a vector that is nested alike."""
    with exact_derivatives():
        with tf.GradientTape(watch_accessed_variables=False) as outer:
            outer.watch(point)
            gradient = _value_and_gradient(function, point)[1]
            slopes = tf.nest.map_structure(lambda each, by: tf.reduce_sum(each * by), gradient, vector)
            slope = tf.add_n(tf.nest.flatten(slopes))
        return outer.gradient(slope, point, unconnected_gradients=tf.UnconnectedGradients.ZERO)


class _Flat:
    """Turns nested parameters into one vector and back."""

    def __init__(self, parameters: Parameters) -> None:
        self._structure = tf.nest.map_structure(lambda _: None, parameters)
        self._shapes = [each.shape for each in tf.nest.flatten(parameters)]

    def join(self, parameters: Parameters) -> Tensor:
        return tf.concat([tf.reshape(each, [-1]) for each in tf.nest.flatten(parameters)], axis=0)

    def split(self, vector: Tensor) -> Parameters:
        parts = tf.split(vector, [shape.num_elements() for shape in self._shapes])
        values = [tf.reshape(part, shape) for part, shape in zip(parts, self._shapes, strict=True)]
        return tf.nest.pack_sequence_as(self._structure, values)


def _value_and_gradient(function: Callable[[Any], Tensor], point: Any) -> tuple[Tensor, Any]:
    with exact_derivatives():
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(point)
            value = function(point)
        return value, tape.gradient(value, point, unconnected_gradients=tf.UnconnectedGradients.ZERO)


_TINY = 1e-8
_CONVERGED = 1e-10  # as in rllab's `krylov.py`
