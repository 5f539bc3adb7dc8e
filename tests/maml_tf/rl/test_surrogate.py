"""Objectives of policies: closed forms, finite differences, and a bandit whose expectations are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import InnerLoop, Rates
from maml_tf.rl import CategoricalPolicy, GaussianPolicy, Samples
from maml_tf.rl.surrogate import adapted, gauss_newton, inner_objective, meta_problem
from maml_tf.rl.trpo import hessian_product
from tests.maml_tf.rl.problems import double, drawn, flat, varied

GAUSSIAN = GaussianPolicy(observation_size=2, action_size=2, hidden=(4,), nonlinearity="tanh")
NUMBERED = CategoricalPolicy(observation_size=2, action_size=3, hidden=(4,), nonlinearity="tanh", context=2)
ONE_STEP = InnerLoop(steps=1, learning_rate=0.3)
LOOPS: dict[str, tuple[Any, InnerLoop]] = {
    "one step": (GAUSSIAN, ONE_STEP),
    "two steps with rates": (GAUSSIAN, InnerLoop(steps=2, learning_rate=Rates(values=(0.3, 0.1), by_step=True))),
    "context vector": (NUMBERED, InnerLoop(steps=1, learning_rate=0.3, adapts=("context",))),
    "no step": (NUMBERED, InnerLoop(steps=0, learning_rate=0.3)),
}


def gradient(function: Callable[[Any], Any], parameters: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        value = function(parameters)
    return tape.gradient(value, parameters, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def problem(name: str, surrogate: Any = "authors") -> tuple[Any, Any]:
    """Returns a problem at parameters in double precision, and these parameters."""
    policy, loop = LOOPS[name]
    parameters = varied(policy.initialize(0))
    before = [drawn(policy, parameters, seed=step) for step in range(loop.steps)]
    after = drawn(policy, adapted(policy, loop, surrogate, parameters, before), seed=9)
    return meta_problem(policy, loop, surrogate, before, after), parameters


def test_the_inner_gradient_is_that_of_reinforce() -> None:
    policy = GaussianPolicy(observation_size=1, action_size=1, hidden=())
    parameters = double(policy.initialize(0))
    samples = drawn(policy, parameters, seed=0, tasks=1)
    found = gradient(lambda each: inner_objective(policy, each, samples, "authors")[0], parameters)
    chosen = samples.mask[0].numpy() > 0
    errors = (samples.actions[0, :, 0] - samples.outputs[0, :, 0]).numpy()[chosen]
    advantages = samples.advantages[0].numpy()[chosen]

    np.testing.assert_allclose(found["network"]["layer_0"]["bias"], [-np.mean(errors * advantages)])
    np.testing.assert_allclose(found["log_std"], [-np.mean((errors**2 - 1) * advantages)])


def test_adaptation_is_a_step_along_it_for_each_task() -> None:
    parameters = varied(GAUSSIAN.initialize(0))
    samples = drawn(GAUSSIAN, parameters, seed=0)
    found = adapted(GAUSSIAN, ONE_STEP, "authors", parameters, [samples])
    for task in range(2):
        own = gradient(lambda each: inner_objective(GAUSSIAN, each, samples, "authors")[task], parameters)  # noqa: B023
        expected = flat(parameters) - 0.3 * flat(own)
        np.testing.assert_allclose(flat(tf.nest.map_structure(lambda each: each[task], found)), expected)  # noqa: B023


@pytest.mark.parametrize("surrogate", ["authors", "low variance curvature"])
def test_both_surrogates_have_the_same_gradient(surrogate: Any) -> None:
    parameters = varied(GAUSSIAN.initialize(0))
    samples = drawn(GAUSSIAN, parameters, seed=0)
    found = adapted(GAUSSIAN, ONE_STEP, surrogate, parameters, [samples])
    np.testing.assert_allclose(flat(found), flat(adapted(GAUSSIAN, ONE_STEP, "authors", parameters, [samples])))


@pytest.mark.parametrize("name", LOOPS)
def test_the_meta_gradient_agrees_with_finite_differences(name: str) -> None:
    posed, parameters = problem(name)
    found = flat(gradient(posed.objective, parameters))
    direction = np.random.default_rng(0).standard_normal(found.shape)
    ahead, behind = (float(posed.objective(moved(parameters, sign * 1e-5 * direction))) for sign in (1, -1))
    np.testing.assert_allclose(direction @ found, (ahead - behind) / 2e-5, rtol=1e-7)


@pytest.mark.parametrize("name", LOOPS)
def test_curvature_is_the_hessian_of_the_constraint(name: str) -> None:
    posed, parameters = problem(name)
    direction = moved(tf.nest.map_structure(tf.zeros_like, parameters), np.arange(float(flat(parameters).size)) % 7)
    found = flat(posed.curvature(parameters)(direction))
    ahead, behind = (
        flat(gradient(posed.constraint, moved(parameters, sign * 1e-5 * flat(direction)))) for sign in (1, -1)
    )

    assert abs(float(posed.constraint(parameters))) < 1e-15
    np.testing.assert_allclose(found, (ahead - behind) / 2e-5, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found, flat(hessian_product(posed.constraint, parameters, direction)), atol=1e-12)


def test_gauss_newton_of_a_linear_function() -> None:
    matrix = np.random.default_rng(0).standard_normal((4, 3))
    product = gauss_newton(lambda each: tf.linalg.matvec(matrix, each), lambda each: 2 * each, tf.zeros(3, tf.float64))
    vector = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(product(tf.constant(vector)), 2 * matrix.T @ matrix @ vector)


REWARDS = np.array([[1.0, -0.5, 0.3], [0.2, 2.0, -1.0]])


def expectation(probabilities: Any, rewards: Any) -> Samples:
    """Returns each action once, weighted by its probability: means over these samples are expectations."""
    ones = tf.ones([2, 3, 1], tf.float64)
    actions = tf.constant(np.broadcast_to(np.arange(3.0)[:, np.newaxis], (2, 3, 1)))
    probabilities = tf.broadcast_to(probabilities, [2, 3])
    outputs = tf.repeat(tf.math.log(probabilities)[:, tf.newaxis], 3, axis=1)
    return Samples(ones, actions, tf.constant(rewards), probabilities, outputs)


@pytest.mark.parametrize(("surrogate", "exact"), [("low variance curvature", True), ("authors", False)])
def test_the_meta_gradient_on_a_bandit_with_known_expectation(surrogate: Any, exact: bool) -> None:
    policy = CategoricalPolicy(observation_size=1, action_size=3, hidden=())
    logits = tf.constant([0.2, -0.3, 0.1], tf.float64)
    parameters = {"network": {"layer_0": {"kernel": tf.zeros([1, 3], tf.float64), "bias": logits}}}
    loop = InnerLoop(steps=1, learning_rate=0.8, adapts=("network/layer_0/bias",))

    def true_return(each: Any) -> Any:
        """The expected return after a step along the gradient of the expected return, in closed form."""
        probabilities = tf.nn.softmax(each)
        mean = tf.reduce_sum(probabilities * REWARDS, axis=1, keepdims=True)
        return tf.reduce_mean(tf.reduce_sum(tf.nn.softmax(each + 0.8 * probabilities * (REWARDS - mean)) * REWARDS, 1))

    before = expectation(tf.nn.softmax(logits), REWARDS)
    after_step = adapted(policy, loop, surrogate, parameters, [before])["network"]["layer_0"]["bias"]
    posed = meta_problem(policy, loop, surrogate, [before], expectation(tf.nn.softmax(after_step), REWARDS))
    found = gradient(posed.objective, parameters)["network"]["layer_0"]["bias"].numpy()
    expected = -gradient(true_return, logits).numpy()

    assert np.allclose(found, expected, rtol=1e-9) == exact


def moved(parameters: Any, change: Any) -> Any:
    values = tf.nest.flatten(parameters)
    parts = np.split(change, np.cumsum([int(tf.size(each)) for each in values])[:-1])
    changed = [each + np.reshape(part, each.shape) for each, part in zip(values, parts, strict=True)]
    return tf.nest.pack_sequence_as(parameters, changed)
