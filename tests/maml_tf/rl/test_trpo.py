"""TRPO on problems with known solutions, and its bounds."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MetaProblem, SettingError, State
from maml_tf.rl import TRPO
from maml_tf.rl.trpo import conjugate_gradients
from tests.maml_tf.rl.problems import flat
from tests.maml_tf.rl.test_surrogate import problem

GENERATOR = np.random.default_rng(0)
ROOT = GENERATOR.standard_normal((4, 4))
MATRIX = tf.constant(ROOT @ ROOT.T + np.eye(4))
SLOPE = tf.constant(GENERATOR.standard_normal(4))
START = {"weights": tf.constant([1.0, -2.0, 0.5, 3.0], tf.float64)}


def quadratic(parameters: Any) -> Any:
    change = parameters["weights"] - START["weights"]
    return tf.tensordot(change, tf.linalg.matvec(MATRIX, change), 1) / 2


def linear(parameters: Any) -> Any:
    return tf.tensordot(SLOPE, parameters["weights"], 1)


def test_conjugate_gradients_solve_in_as_many_steps_as_dimensions() -> None:
    solution, residual = conjugate_gradients(lambda each: tf.linalg.matvec(MATRIX, each), SLOPE, 4)
    early, remaining = conjugate_gradients(lambda each: tf.linalg.matvec(MATRIX, each), SLOPE, 2)

    np.testing.assert_allclose(solution, np.linalg.solve(MATRIX, SLOPE), rtol=1e-6)
    np.testing.assert_allclose(residual, np.zeros(4), atol=1e-6)
    np.testing.assert_allclose(remaining, SLOPE - tf.linalg.matvec(MATRIX, early))
    assert np.linalg.norm(remaining) > 1e-3


@pytest.mark.parametrize("curvature", ["exact", "symmetric differences"])
def test_a_linear_objective_with_a_quadratic_constraint_is_solved(curvature: Any) -> None:
    solver = TRPO(max_kl=0.02, damping=0.0, curvature=curvature)
    found, before = solver.solve(MetaProblem(linear, quadratic), START)
    natural = np.linalg.solve(MATRIX, SLOPE)
    ideal = START["weights"] - np.sqrt(2 * 0.02 / np.dot(SLOPE, natural)) * natural

    assert before == linear(START)
    # The full step lies on the bound, so rounding may cost one backtrack.
    ratio = np.linalg.norm(found["weights"] - START["weights"]) / np.linalg.norm(ideal - START["weights"])
    assert min(abs(ratio - 1), abs(ratio - 0.8)) < 1e-5
    np.testing.assert_allclose(found["weights"] - START["weights"], ratio * (ideal - START["weights"]), rtol=1e-5)
    assert quadratic(found) <= 0.02


def test_a_policy_improves_within_the_bound() -> None:
    posed, parameters = problem("one step")
    found, before = TRPO(conjugate_gradient_steps=3).solve(posed, parameters)

    assert 0.003 < posed.constraint(found) <= 0.01
    np.testing.assert_allclose(before, posed.objective(parameters))
    assert posed.objective(found) < before


def test_exact_products_agree_with_symmetric_differences() -> None:
    posed, parameters = problem("no step")

    def solved(by: Any = posed, **settings: Any) -> np.ndarray:
        return flat(TRPO(conjugate_gradient_steps=2, **settings).solve(by, parameters)[0])

    exact = solved()
    np.testing.assert_allclose(solved(posed._replace(curvature=None)), exact, rtol=1e-9)
    np.testing.assert_allclose(solved(curvature="symmetric differences", difference=1e-4), exact, rtol=1e-6)
    assert not np.allclose(solved(curvature="symmetric differences"), exact, rtol=1e-4), "the authors' are coarse"


def test_the_length_of_a_step_by_differences_follows_their_product_with_it() -> None:
    """The differences are not linear, so the length is not that of what conjugate gradients have explained."""

    def rounded(parameters: Any) -> Any:
        return quadratic(parameters) / (1 + quadratic(parameters))

    solver = TRPO(max_kl=1e-6, damping=0.0, conjugate_gradient_steps=1, curvature="symmetric differences")
    found, _ = solver.solve(MetaProblem(linear, rounded), START)

    def product(vector: Any) -> Any:
        width = 1 / (np.linalg.norm(START["weights"]) + 1e-8)
        with tf.GradientTape(persistent=True) as tape:
            ahead, behind = (tf.Variable(START["weights"] + sign * width * vector) for sign in (1, -1))
            values = [rounded({"weights": each}) for each in (ahead, behind)]
        return (tape.gradient(values[0], ahead) - tape.gradient(values[1], behind)) / (2 * width)

    image = product(SLOPE)
    direction = np.dot(SLOPE, SLOPE) / np.dot(SLOPE, image) * SLOPE
    longest = np.sqrt(2 * 1e-6 / (np.dot(direction, product(direction)) + 1e-8)) * np.linalg.norm(direction)
    ratio = np.linalg.norm(found["weights"] - START["weights"]) / longest
    # The line search may shorten it by powers of 0.8.
    assert any(ratio == pytest.approx(0.8**tried, rel=1e-6) for tried in range(15))


def test_a_step_that_does_not_improve_is_rejected() -> None:
    def valley(parameters: Any) -> Any:
        """Slopes down where it starts, and is higher everywhere else."""
        change = linear(parameters) - linear(START)
        return change + 1e9 * tf.square(change)

    found, _ = TRPO(backtracks=3).solve(MetaProblem(valley, quadratic), START)
    np.testing.assert_array_equal(found["weights"], START["weights"])


def test_a_step_beyond_the_bound_is_rejected() -> None:
    def steep(parameters: Any) -> Any:
        value = quadratic(parameters)
        return value + 1e9 * tf.square(value)

    found, _ = TRPO(backtracks=3).solve(MetaProblem(linear, steep), START)
    np.testing.assert_array_equal(found["weights"], START["weights"])


def test_a_step_is_shortened_until_the_constraint_holds() -> None:
    def stiff(parameters: Any) -> Any:
        value = quadratic(parameters)
        return value + 100 * tf.square(value)

    found, _ = TRPO(damping=0.0).solve(MetaProblem(linear, stiff), START)
    assert 0 < quadratic(found) < stiff(found) <= 0.01


def test_values_that_are_not_finite_are_rejected() -> None:
    def broken(parameters: Any) -> Any:
        return linear(parameters) + tf.where(quadratic(parameters) > 0, np.nan, tf.zeros([], tf.float64))

    found, _ = TRPO().solve(MetaProblem(broken, quadratic), START)
    np.testing.assert_array_equal(found["weights"], START["weights"])


def test_a_state_takes_the_step() -> None:
    state = State(START, TRPO())
    before = state.solve(MetaProblem(linear, quadratic))

    assert before == linear(START)
    assert linear(state.parameters) < before
    assert state.iteration == 1


def test_a_problem_without_a_constraint_is_refused() -> None:
    with pytest.raises(SettingError, match="TRPO needs a problem with a constraint"):
        TRPO().solve(MetaProblem(linear), START)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_kl": 0.0}, "max_kl must be above 0, not 0.0"),
        ({"conjugate_gradient_steps": 0}, "conjugate_gradient_steps must be 1 or more, not 0"),
        ({"damping": -1.0}, "damping must be 0 or more, not -1.0"),
        ({"backtrack_ratio": 1.0}, "backtrack_ratio must be above 0 and below 1, not 1.0"),
        ({"curvature": "none"}, "curvature must be one of .*, not 'none'"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        TRPO(**settings)
