"""The oracle, which is told the task."""

import numpy as np
import tensorflow as tf

from maml_tf import MLP, Episodes, Oracle, squared_error
from tests.maml_tf.problems import Problem, plain_perceptron
from tests.maml_tf.reference import largest_difference, tasks_of

# One input, and the two numbers of the descriptor beside it.
TOLD = Problem(network=MLP(inputs=3, hidden=(5,), outputs=1), one_task=plain_perceptron, input_shape=(1,), outputs=1)
ORACLE = Oracle(network=TOLD.network, loss=squared_error)


def told(task: Episodes, inputs: tf.Tensor) -> tf.Tensor:
    """Outputs for one task, written out."""
    rows = [np.concatenate([point, task.descriptor]) for point in inputs.numpy()]
    return plain_perceptron(TOLD.parameters(0), tf.constant(np.array(rows)))


def test_it_predicts_from_inputs_and_descriptor() -> None:
    episodes = TOLD.episodes(0)

    (prediction,) = ORACLE.predict(TOLD.parameters(0), episodes, 0)

    expected = [told(task, task.query.inputs) for task in tasks_of(episodes)]
    assert largest_difference(prediction, tf.stack(expected)) < 1e-12


def test_it_predicts_the_same_after_every_step() -> None:
    predictions = ORACLE.predict(TOLD.parameters(0), TOLD.episodes(0), 3)

    assert len(predictions) == 4
    assert all(each is predictions[0] for each in predictions)


def test_the_objective_is_the_mean_loss_of_the_support_points() -> None:
    episodes = TOLD.episodes(0)

    value = ORACLE.objective(TOLD.parameters(0), episodes)

    losses = [squared_error(told(task, task.support.inputs), task.support.targets) for task in tasks_of(episodes)]
    np.testing.assert_allclose(value, np.mean(losses), rtol=1e-12)


def test_the_descriptor_matters_and_the_query_set_takes_no_part_in_training() -> None:
    parameters, episodes, others = TOLD.parameters(0), TOLD.episodes(0), TOLD.episodes(1)
    usual = ORACLE.objective(parameters, episodes)

    assert ORACLE.objective(parameters, episodes._replace(query=others.query)) == usual
    assert abs(ORACLE.objective(parameters, episodes._replace(descriptor=others.descriptor)) - usual) > 0.01


def test_an_update_follows_the_objective() -> None:
    state, episodes = (
        ORACLE.begin(0),
        tf.nest.map_structure(lambda each: tf.cast(each, tf.float32), TOLD.episodes(0)),
    )

    losses = [float(ORACLE.update(state, episodes)) for _ in range(20)]

    assert losses[-1] < losses[0]
    assert state.iteration.numpy() == 20
