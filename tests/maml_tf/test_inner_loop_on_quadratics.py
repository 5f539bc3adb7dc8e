"""The meta-gradient of a quadratic loss against its closed form."""

from typing import Any

import numpy as np
import pytest

from maml_tf import MLP, Episodes, InnerLoop
from tests.maml_tf.problems import Problem
from tests.maml_tf.reference import meta_gradient, tasks_of

ROUNDING = 1e-12


def quadratic(design: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the Hessian and the slope at zero of the squared error of a linear model on `[examples, features]`."""
    examples = len(design)
    return 2 * design.T @ design / examples, 2 * design.T @ targets / examples


def closed_form(weights: np.ndarray, episodes: Episodes, loop: InnerLoop) -> Any:
    """Returns the meta-gradient of linear regression: powers of `1 - alpha * Hessian`, which first order leaves out."""
    gradients = []
    for support, query, _ in tasks_of(episodes):
        hessian, slope = quadratic(with_one(support.inputs), support.targets.numpy())
        query_hessian, query_slope = quadratic(with_one(query.inputs), query.targets.numpy())
        shrink = np.eye(len(hessian)) - loop.learning_rate * hessian
        minimum = np.linalg.solve(hessian, slope)
        adapted = minimum + np.linalg.matrix_power(shrink, loop.steps) @ (weights - minimum)
        through = np.eye(len(hessian)) if loop.first_order else np.linalg.matrix_power(shrink, loop.steps)
        gradients.append(through @ (query_hessian @ adapted - query_slope))
    return np.mean(gradients, axis=0)


def with_one(inputs: Any) -> Any:
    """Appends the constant input that stands for the bias."""
    return np.hstack([inputs.numpy(), np.ones([len(inputs), 1])])


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_meta_gradient_equals_the_closed_form_on_a_quadratic(steps: int, first_order: bool) -> None:
    linear = Problem(network=MLP(inputs=3, hidden=(), outputs=1), one_task=lambda *_: None, input_shape=(3,), outputs=1)
    loop = InnerLoop(steps=steps, learning_rate=0.05, first_order=first_order)
    parameters, episodes = linear.parameters(0), linear.episodes(0)

    _, (bias, kernel) = meta_gradient(linear, loop, parameters, episodes)

    layer = parameters["layer_0"]
    expected = closed_form(np.vstack([layer["kernel"].numpy(), layer["bias"].numpy()[None]]), episodes, loop)
    np.testing.assert_allclose(np.vstack([kernel, bias[None]]), expected, rtol=ROUNDING, atol=ROUNDING)
