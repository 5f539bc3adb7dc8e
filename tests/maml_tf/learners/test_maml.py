"""The meta-objective, and what all adapting learners share."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MAML, MLP, Adam, InnerLoop, Sinusoid, squared_error
from maml_tf.state import State
from tests.maml_tf.problems import LEARNERS, PROBLEMS, Problem, problem
from tests.maml_tf.reference import (
    differentiate,
    largest_difference,
    reference_adapt,
    reference_query_loss,
    tasks_of,
)

LOOP = InnerLoop(steps=2, learning_rate=0.1)


@pytest.fixture(scope="module", params=list(PROBLEMS))
def any_problem(request: pytest.FixtureRequest) -> Problem:
    return problem(request.param)


def test_the_meta_objective_is_the_mean_query_loss_after_adaptation(any_problem: Problem) -> None:
    parameters, episodes = any_problem.parameters(0), any_problem.episodes(0)

    value = any_problem.learner(LOOP).objective(parameters, episodes)

    losses = [reference_query_loss(any_problem, LOOP, parameters, task) for task in tasks_of(episodes)]
    np.testing.assert_allclose(value, np.mean(losses), rtol=1e-12)


def test_predictions_are_made_after_every_step(any_problem: Problem) -> None:
    parameters, episodes = any_problem.parameters(0), any_problem.episodes(0)

    predictions = any_problem.learner(LOOP).predict(parameters, episodes, 3)

    assert len(predictions) == 4
    for steps, predicted in enumerate(predictions):
        for found, (support, query, _) in zip(tasks_of(predicted), tasks_of(episodes), strict=True):
            adapted = reference_adapt(any_problem, replace(LOOP, steps=steps), parameters, support)
            assert largest_difference(found, any_problem.one_task(adapted, query.inputs)) < 1e-12


def test_an_update_is_one_step_of_the_meta_optimizer() -> None:
    chosen = problem("perceptron")
    learner = replace(chosen.learner(LOOP), meta_optimizer=Adam(learning_rate=0.5, epsilon=1e-15))
    parameters, episodes = chosen.parameters(0), chosen.episodes(0)
    state = State(parameters, learner.meta_optimizer)

    loss = learner.update(state, episodes)

    expected_loss, gradient = differentiate(lambda each: learner.objective(each, episodes), parameters)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-12)
    for value, before, slope in zip(
        tf.nest.flatten(state.parameters), tf.nest.flatten(parameters), gradient, strict=True
    ):
        # The first step of Adam goes the learning rate against the sign of the gradient.
        np.testing.assert_allclose(value, before.numpy() - 0.5 * np.sign(slope), rtol=1e-9)


def test_training_starts_from_the_initialisation_of_the_network() -> None:
    learner = problem("perceptron").learner(LOOP)

    assert largest_difference(learner.begin(3).parameters, learner.network.initialize(3)) == 0
    assert largest_difference(learner.begin(4).parameters, learner.network.initialize(3)) > 0.1


@pytest.mark.parametrize("name", ["MAML", "pretraining", "multi-task"])
def test_another_learning_rate_changes_nothing_else(name: str) -> None:
    learner = LEARNERS[name]

    faster = learner.with_learning_rate(0.3)  # type: ignore[attr-defined]

    assert faster.inner_loop.learning_rate == 0.3
    assert replace(faster, inner_loop=learner.inner_loop) == learner  # type: ignore[attr-defined]


def test_meta_training_makes_adaptation_work() -> None:
    network = MLP(inputs=1, hidden=(20,), outputs=1, standard_deviation=0.5)
    loop = InnerLoop(steps=1, learning_rate=0.05)
    learner = MAML(network=network, loss=squared_error, inner_loop=loop, meta_optimizer=Adam(learning_rate=0.02))
    state, episodes = learner.begin(0), Sinusoid(amplitude=(1.0, 2.0)).sample((0, 0), 10)
    update = tf.function(lambda: learner.update(state, episodes), autograph=False)

    losses = [float(update()) for _ in range(150)]

    before, after = learner.predict(state.parameters, episodes, 1)
    assert losses[-1] < 0.6 * losses[0]
    assert np.mean(squared_error(after, episodes.query.targets)) < 0.8 * np.mean(
        squared_error(before, episodes.query.targets)
    )
