"""Episodes and losses that users hand over."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MAML,
    MLP,
    Episodes,
    InnerLoop,
    Pretrain,
    Protocol,
    SettingError,
    Training,
    adapt,
    evaluate,
    squared_error,
    train,
)
from maml_tf.interfaces import as_episodes, leading_size, mean_of_tasks


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
        (
            ({"inputs": np.zeros(3), "targets": np.zeros(3)},) * 2 + (np.zeros(2),),
            r"must be \(\(inputs, targets\), .*'inputs': 'ndarray'",
        ),
        (((np.zeros(3), np.zeros(3)),) * 2 + (None,), r"'NoneType'\); without a descriptor, use tf.zeros"),
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


def test_losses_of_no_examples_are_refused() -> None:
    with pytest.raises(SettingError, match=r"support and query sets must have examples, not losses of shape \(4, 0\)"):
        mean_of_tasks(tf.zeros([4, 0]))


def test_an_empty_support_set_is_refused() -> None:
    network, empty = MLP(inputs=1, hidden=(3,), outputs=1), (np.zeros([2, 0, 1], np.float32),) * 2
    loop = InnerLoop(steps=1, learning_rate=0.1)
    with pytest.raises(SettingError, match="must have examples"):
        adapt(loop, network, squared_error, network.initialize(0), empty)  # type: ignore[arg-type]


@pytest.mark.parametrize("learner", [MAML, Pretrain])
def test_an_empty_query_set_is_refused_in_meta_training(learner: Any) -> None:
    class WithoutQuery(Plain):
        def episodes(self, plan: Any) -> Any:
            return (plan[:, :0],) * 2, (plan[:, :0],) * 2, np.zeros([plan.shape[0], 0])

    network, loop = MLP(inputs=1, hidden=(3,), outputs=1), InnerLoop(steps=0, learning_rate=0.1)
    with pytest.raises(SettingError, match="must have examples"):
        train(
            learner(network=network, loss=squared_error, inner_loop=loop),
            WithoutQuery(),
            Training(iterations=1, meta_batch=2, chunk=1),
        )


def test_the_number_of_tasks_must_be_known() -> None:
    def size(values: Any) -> int:
        return leading_size(tf.numpy_function(lambda each: each, [values], tf.float32))

    with pytest.raises(SettingError, match="the number of tasks must be known, not a shape of <unknown>"):
        tf.function(size, autograph=False)(tf.zeros([2]))


@pytest.mark.parametrize("shape", [[], [2]])
def test_a_reduced_loss_is_refused(shape: list[int]) -> None:
    with pytest.raises(SettingError, match="one value for each example"):
        mean_of_tasks(tf.zeros(shape))
