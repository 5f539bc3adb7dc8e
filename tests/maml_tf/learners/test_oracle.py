"""The oracle, which receives the descriptor of the task."""

import numpy as np
import tensorflow as tf

from maml_tf import MLP, Episodes, Oracle, squared_error
from tests.maml_tf.problems import Problem, plain_perceptron
from tests.maml_tf.reference import largest_difference, tasks_of

# One input and the two numbers of the descriptor.
NETWORK = MLP(inputs=3, hidden=(5,), outputs=1)
PROBLEM = Problem(network=NETWORK, one_task=plain_perceptron, input_shape=(1,), outputs=1)
ORACLE = Oracle(network=NETWORK, loss=squared_error)


def plain(task: Episodes, inputs: tf.Tensor) -> tf.Tensor:
    """Returns the outputs for one task."""
    rows = [np.concatenate([point, task.descriptor]) for point in inputs.numpy()]
    return plain_perceptron(PROBLEM.parameters(0), tf.constant(np.array(rows)))


def test_it_predicts_from_inputs_and_descriptor() -> None:
    episodes = PROBLEM.episodes(0)

    (prediction,) = ORACLE.predict(PROBLEM.parameters(0), episodes, 0)

    expected = [plain(task, task.query.inputs) for task in tasks_of(episodes)]
    assert largest_difference(prediction, tf.stack(expected)) < 1e-12


def test_it_predicts_the_same_after_every_step() -> None:
    predictions = ORACLE.predict(PROBLEM.parameters(0), PROBLEM.episodes(0), 3)

    assert len(predictions) == 4
    assert all(outputs is predictions[0] for outputs in predictions)


def test_the_objective_is_the_mean_loss_of_the_support_points() -> None:
    episodes = PROBLEM.episodes(0)

    value = ORACLE.objective(PROBLEM.parameters(0), episodes)

    losses = [squared_error(plain(task, task.support.inputs), task.support.targets) for task in tasks_of(episodes)]
    np.testing.assert_allclose(value, np.mean(losses), rtol=1e-12)


def test_training_uses_the_descriptor_and_not_the_query_set() -> None:
    parameters, episodes, others = PROBLEM.parameters(0), PROBLEM.episodes(0), PROBLEM.episodes(1)
    usual = ORACLE.objective(parameters, episodes)

    assert ORACLE.objective(parameters, episodes._replace(query=others.query)) == usual
    assert abs(ORACLE.objective(parameters, episodes._replace(descriptor=others.descriptor)) - usual) > 0.01


def test_an_update_follows_the_objective() -> None:
    state = ORACLE.begin(0)
    episodes = tf.nest.map_structure(lambda value: tf.cast(value, tf.float32), PROBLEM.episodes(0))

    losses = [float(ORACLE.update(state, episodes)) for _ in range(20)]

    assert losses[-1] < losses[0]
    assert state.iteration.numpy() == 20
