"""Episodes and losses that users hand over."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MAML, MLP, Episodes, InnerLoop, Protocol, SettingError, Training, evaluate, squared_error, train
from maml_tf.interfaces import as_episodes, mean_of_tasks


class Plain:
    """Tasks whose episodes are plain tuples of arrays."""

    def sample(self, seed: Any, tasks: int) -> Any:
        return tf.random.stateless_normal([tasks, 3, 1], seed)

    def episodes(self, plan: Any) -> Any:
        return (plan, 2 * plan), (plan, 2 * plan), np.zeros([plan.shape[0], 0])


def test_plain_tuples_are_episodes() -> None:
    network = MLP(inputs=1, hidden=(3,), outputs=1)
    learner = MAML(network=network, loss=squared_error, inner_loop=InnerLoop(steps=1, learning_rate=0.1))

    trained = train(learner, Plain(), Training(iterations=2, meta_batch=2, chunk=2))
    scores = evaluate(learner, trained.parameters, Plain(), Protocol(tasks=3, steps=1), squared_error)

    assert scores.shape == (2, 3)


@pytest.mark.parametrize(
    ("episodes", "message"),
    [
        ((np.zeros(3), np.zeros(3)), r"must be \(\(inputs, targets\), .*, not \('ndarray', 'ndarray'\)"),
        (
            ((tf.ragged.constant([[1.0], [2.0, 3.0]]), np.zeros(2)),) * 2 + (np.zeros(2),),
            "dense tensors, not RaggedTensor",
        ),
    ],
)
def test_other_structures_are_refused(episodes: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        as_episodes(episodes)


def test_episodes_stay_as_they_are() -> None:
    given = tf.zeros([1, 2])
    made = as_episodes(Episodes((given, given), (given, given), given))  # type: ignore[arg-type]
    assert all(each is given for each in tf.nest.flatten(made))


def test_the_mean_of_a_task_is_over_all_other_axes() -> None:
    values = np.random.default_rng(0).normal(size=[2, 3, 4, 5])

    np.testing.assert_allclose(mean_of_tasks(tf.constant(values)), values.mean(axis=(1, 2, 3)))


@pytest.mark.parametrize("shape", [[], [2]])
def test_a_reduced_loss_is_refused(shape: list[int]) -> None:
    with pytest.raises(SettingError, match="one value for each example"):
        mean_of_tasks(tf.zeros(shape))
