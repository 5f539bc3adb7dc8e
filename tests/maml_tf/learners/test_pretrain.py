"""Pretraining on all tasks at once."""

import numpy as np
import tensorflow as tf

from maml_tf import Episodes, InnerLoop, Pretrain
from maml_tf.state import State
from tests.maml_tf.problems import problem
from tests.maml_tf.reference import differentiate, largest_difference, tasks_of

PROBLEM = problem("perceptron")
LEARNER = Pretrain(network=PROBLEM.network, loss=PROBLEM.loss, inner_loop=InnerLoop(steps=1, learning_rate=0.1))


def test_the_objective_is_the_mean_loss_of_the_support_points() -> None:
    parameters, episodes = PROBLEM.parameters(0), PROBLEM.episodes(0)

    value, gradient = differentiate(lambda value: LEARNER.objective(value, episodes), parameters)

    def plain(value: object) -> object:
        pairs = [(PROBLEM.one_task(value, support.inputs), support.targets) for support, *_ in tasks_of(episodes)]
        return tf.reduce_mean([PROBLEM.loss(*pair) for pair in pairs])

    expected_value, expected = differentiate(plain, parameters)
    np.testing.assert_allclose(value, expected_value, rtol=1e-12)
    assert largest_difference(gradient, expected) < 1e-12


def test_training_does_not_use_the_query_set() -> None:
    episodes, others = PROBLEM.episodes(0), PROBLEM.episodes(1)
    mixed = Episodes(episodes.support, others.query, others.descriptor)

    assert LEARNER.objective(PROBLEM.parameters(0), mixed) == LEARNER.objective(PROBLEM.parameters(0), episodes)


def test_it_adapts_at_test_like_maml() -> None:
    parameters, episodes = PROBLEM.parameters(0), PROBLEM.episodes(0)

    predictions = LEARNER.predict(parameters, episodes, 2)

    expected = PROBLEM.learner(LEARNER.inner_loop).predict(parameters, episodes, 2)
    assert largest_difference(predictions, expected) == 0


def test_an_update_lowers_the_loss() -> None:
    episodes = PROBLEM.episodes(0)
    state = State(PROBLEM.parameters(0), LEARNER.meta_optimizer)

    losses = [float(LEARNER.update(state, episodes)) for _ in range(20)]

    assert losses[-1] < losses[0]
    assert state.iteration.numpy() == 20
