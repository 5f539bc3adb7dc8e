"""Losses and scores against NumPy."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

from maml_tf import (
    MAML,
    MLP,
    Classifier,
    Episodes,
    Examples,
    InnerLoop,
    Oracle,
    Pretrain,
    Protocol,
    SettingError,
    Training,
    accuracy,
    evaluate,
    softmax_cross_entropy,
    squared_error,
    train,
)
from maml_tf.losses import as_loss
from tests.maml_tf.problems import SMALL
from tests.maml_tf.reference import largest_difference

TASKS, EXAMPLES = 2, 3


def drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(list(shape)).normal(size=shape)


@pytest.mark.parametrize("outputs", [1, 4])
def test_squared_error_is_averaged_over_outputs(outputs: int) -> None:
    predictions, target = drawn(TASKS, EXAMPLES, outputs), drawn(EXAMPLES, TASKS, outputs).swapaxes(0, 1)

    loss = squared_error(tf.constant(predictions), tf.constant(target))

    np.testing.assert_allclose(loss, np.mean((predictions - target) ** 2, axis=-1), rtol=1e-12)


def test_cross_entropy_equals_that_of_scipy() -> None:
    logits, target = 30 * drawn(TASKS, EXAMPLES, 5), np.eye(5)[[[0, 1, 4], [2, 2, 3]]]

    loss = softmax_cross_entropy(tf.constant(logits), tf.constant(target))

    np.testing.assert_allclose(loss, -np.sum(target * log_softmax(logits, axis=-1), axis=-1), rtol=1e-12)


def test_cross_entropy_has_the_derivatives_of_the_fused_kernel() -> None:
    logits, target = tf.constant(drawn(TASKS, EXAMPLES, 5)), tf.constant(np.eye(5)[[[0, 1, 4], [2, 2, 3]]])

    def second_derivative(loss: object) -> object:
        with tf.GradientTape() as outer:
            outer.watch(logits)
            with tf.GradientTape() as inner:
                inner.watch(logits)
                value = tf.reduce_sum(loss(logits))  # type: ignore[operator]
            slope = tf.reduce_sum(tf.sin(inner.gradient(value, logits)))
        return outer.gradient(slope, logits)

    actual = second_derivative(lambda value: softmax_cross_entropy(value, target))
    expected = second_derivative(lambda value: tf.nn.softmax_cross_entropy_with_logits(target, value))
    assert largest_difference(actual, expected) < 1e-12


def test_accuracy_is_0_or_100_per_cent() -> None:
    logits = tf.constant([[[0.1, 0.9], [0.9, 0.1]], [[5.0, -5.0], [-2.0, -1.0]]])
    target = tf.constant([[[0.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]])

    np.testing.assert_array_equal(accuracy(logits, target), [[100.0, 0.0], [100.0, 100.0]])


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_accuracy_of_diverged_outputs_is_undefined(broken: float) -> None:
    logits, target = tf.constant([[[broken, 0.0], [1.0, 0.0]]]), tf.constant([[[1.0, 0.0], [1.0, 0.0]]])

    np.testing.assert_array_equal(accuracy(logits, target), [[np.nan, 100.0]])


@pytest.mark.parametrize(("logit", "target", "expected"), [(-3, 1, 0), (3, 1, 100), (-3, 0, 100), (3, 0, 0)])
def test_one_logit_is_a_threshold(logit: float, target: float, expected: float) -> None:
    np.testing.assert_array_equal(accuracy([[[float(logit)]]], [[[float(target)]]]), [[expected]])


@pytest.mark.parametrize("loss", [squared_error, softmax_cross_entropy, accuracy])
@pytest.mark.parametrize("targets", [[1, 3], [1, 3, 1], [1, 1, 4], [3, 4]])
def test_shapes_that_would_broadcast_are_refused_with_both_shapes(loss: Any, targets: list[int]) -> None:
    with pytest.raises(SettingError, match=rf"\(1, 3, 4\) and \({', '.join(map(str, targets))}\)$"):
        loss(tf.zeros([1, 3, 4]), tf.zeros(targets))


def test_targets_without_their_axis_of_outputs_are_refused() -> None:
    with pytest.raises(SettingError, match=r"\(1, 3, 1\) and \(1, 3\)"):
        squared_error(tf.zeros([1, 3, 1]), [[1, 2, 3]])


def test_cross_entropy_of_one_logit_is_refused() -> None:
    with pytest.raises(SettingError, match="two or more logits"):
        softmax_cross_entropy(tf.zeros([1, 3, 1]), tf.ones([1, 3, 1]))


@pytest.mark.parametrize(
    ("loss", "last"), [(squared_error, 1), (squared_error, 2), (softmax_cross_entropy, 2), (accuracy, 1), (accuracy, 2)]
)
def test_several_axes_of_outputs_are_averaged(loss: Any, last: int) -> None:
    outputs, targets = drawn(TASKS, EXAMPLES, 6, 5, last), drawn(TASKS, EXAMPLES, 5, 6, last).swapaxes(2, 3)
    each = loss(tf.reshape(outputs, [-1, 30, last]), tf.reshape(targets, [-1, 30, last]))
    expected = np.reshape(np.mean(each, axis=-1), [TASKS, EXAMPLES])
    np.testing.assert_allclose(loss(outputs, targets), expected, rtol=1e-12)


def one_hot() -> tuple[Any, Any]:
    return tf.constant(drawn(TASKS, EXAMPLES, 5), tf.float32), tf.one_hot([[0, 1, 4], [2, 2, 3]], 5)


@pytest.mark.parametrize(
    "loss",
    [
        keras.losses.CategoricalCrossentropy(from_logits=True, reduction="none"),
        keras.losses.CategoricalCrossentropy(from_logits=True, reduction=None),
        partial(keras.losses.categorical_crossentropy, from_logits=True),
        tf.nn.softmax_cross_entropy_with_logits,
        softmax_cross_entropy,
    ],
)
def test_losses_of_keras_and_tensorflow_receive_arguments_in_their_own_order(loss: Any) -> None:
    logits, targets = one_hot()
    np.testing.assert_allclose(as_loss(loss)(logits, targets), softmax_cross_entropy(logits, targets), rtol=1e-5)


def test_class_numbers_are_targets_of_a_sparse_keras_loss() -> None:
    logits, targets = one_hot()
    sparse = as_loss(keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none"))
    np.testing.assert_allclose(
        sparse(logits, tf.argmax(targets, axis=-1)), softmax_cross_entropy(logits, targets), rtol=1e-5
    )


LOOP = InnerLoop(steps=1, learning_rate=0.01)
LEARNERS_WITH_A_LOSS: dict[str, Callable[[Any], Any]] = {
    "maml": lambda loss: MAML(network=SMALL, loss=loss, inner_loop=LOOP),
    "pretrain": lambda loss: Pretrain(network=SMALL, loss=loss, inner_loop=LOOP),
    "oracle": lambda loss: Oracle(network=SMALL, loss=loss),
    "classifier": lambda loss: Classifier(network=SMALL, loss=loss),
}


@pytest.mark.parametrize("build", LEARNERS_WITH_A_LOSS.values(), ids=list(LEARNERS_WITH_A_LOSS))
@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (keras.losses.MeanSquaredError(), "give MeanSquaredError the argument reduction='none', not 'sum_over"),
        (keras.losses.Huber(reduction="sum"), "reduction='none', not 'sum'"),
        (keras.metrics.MeanSquaredError(), "must be a function of outputs and targets, not <MeanSquaredError"),
        ("mse", "must be a function of outputs and targets, not 'mse'"),
    ],
)
def test_a_loss_without_one_value_for_each_example_is_refused(build: Any, loss: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        build(loss)


@pytest.mark.parametrize(("keepdims", "axes"), [(True, [2]), (False, [1, 2])])
def test_values_that_are_not_one_for_each_example_are_refused_with_their_shape(keepdims: bool, axes: list[int]) -> None:
    def squares(outputs: Any, targets: Any) -> Any:
        return tf.reduce_sum(tf.square(outputs - targets), axis=axes, keepdims=keepdims)

    shape = "(2, 3, 1)" if keepdims else "(2,)"
    with pytest.raises(SettingError, match=rf"values of shape \(2, 3\) \(tasks, examples\), not {re.escape(shape)}"):
        as_loss(squares)(tf.ones([2, 3, 4]), tf.zeros([2, 3, 4]))


class Lines:
    """Lines through the origin, with targets of a shape to choose."""

    def __init__(self, shape: list[int]) -> None:
        self._shape = shape

    def sample(self, seed: Any, tasks: int) -> Any:
        return tf.random.stateless_normal([tasks, 4, 1], seed)

    def episodes(self, plan: Any) -> Any:
        targets = tf.reshape(2 * plan, [-1, *self._shape])
        return Episodes(Examples(plan, targets), Examples(plan, targets), tf.zeros([plan.shape[0], 0]))


def absolute_error(outputs: Any, targets: Any) -> Any:
    return tf.reduce_mean(tf.abs(outputs - targets), axis=-1)


# As many examples as tasks, so that `absolute_error` would broadcast to a result of the right shape.
@pytest.mark.parametrize("shape", [[4], [1, 4], [2, 2]])
@pytest.mark.parametrize("loss", [squared_error, absolute_error])
def test_nothing_broadcasts_in_training_adaptation_and_testing(loss: Any, shape: list[int]) -> None:
    learner, tasks = MAML(network=MLP(inputs=1, hidden=(), outputs=1), loss=loss, inner_loop=LOOP), Lines(shape)
    parameters, episodes = learner.network.initialize(0), tasks.episodes(tasks.sample((0, 0), 4))
    with pytest.raises(SettingError, match=r"\(4, 4, 1\)"):
        learner.adapt(parameters, episodes.support)
    with pytest.raises(SettingError, match=r"\(4, 4, 1\)"):
        train(learner, tasks, Training(iterations=1, meta_batch=4, chunk=1))
    with pytest.raises(SettingError, match=r"\(4, 4, 1\)"):
        evaluate(learner, parameters, tasks, Protocol(tasks=4, batch=4, steps=0), loss)


def test_a_loss_may_have_several_outputs_for_one_target() -> None:
    def negative_log_likelihood(outputs: Any, targets: Any) -> Any:
        return outputs[..., 1] + tf.square(targets[..., 0] - outputs[..., 0]) * tf.exp(-2 * outputs[..., 1])

    assert as_loss(negative_log_likelihood)(tf.zeros([2, 3, 2]), tf.ones([2, 3, 1])).shape == (2, 3)


def test_a_keras_loss_trains_like_ours() -> None:
    tasks, training = Lines([4, 1]), Training(iterations=4, meta_batch=2, chunk=2)
    ours, keras_own = (
        train(MAML(network=SMALL, loss=loss, inner_loop=LOOP), tasks, training)
        for loss in (squared_error, keras.losses.MeanSquaredError(reduction="none"))
    )
    np.testing.assert_allclose(ours.losses, keras_own.losses, rtol=1e-5)


def test_a_score_of_keras_is_accepted() -> None:
    learner, tasks = MAML(network=SMALL, loss=squared_error, inner_loop=LOOP), Lines([4, 1])
    protocol, parameters = Protocol(tasks=3, steps=1), SMALL.initialize(0)
    expected = evaluate(learner, parameters, tasks, protocol, squared_error)
    score = keras.losses.MeanSquaredError(reduction="none")
    np.testing.assert_allclose(evaluate(learner, parameters, tasks, protocol, score), expected, rtol=1e-5)
    with pytest.raises(SettingError, match=r"score must have one value .*reduction='none'"):
        evaluate(learner, parameters, tasks, protocol, keras.losses.MeanSquaredError())


@pytest.mark.parametrize(
    ("loss", "is_sparse"),
    [
        (keras.losses.CategoricalCrossentropy(from_logits=True, reduction="none"), False),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none"), True),
    ],
)
def test_meta_gradients_of_keras_losses_are_those_of_ours(loss: Any, is_sparse: bool) -> None:
    network = MLP(inputs=2, hidden=(4,), outputs=5, standard_deviation=0.5)
    inputs = tf.constant(drawn(TASKS, EXAMPLES, 2), tf.float32)
    _, targets = one_hot()
    episodes, numbers = (
        Episodes(examples, examples, tf.zeros([TASKS, 0]))
        for examples in (Examples(inputs, targets), Examples(inputs, tf.argmax(targets, axis=-1)))
    )

    def meta_gradient(loss: Any, episodes: Episodes) -> Any:
        parameters = network.initialize(0)
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            inner_loop = InnerLoop(steps=2, learning_rate=0.5)
            value = MAML(network=network, loss=loss, inner_loop=inner_loop).objective(parameters, episodes)
        return tape.gradient(value, parameters)

    expected = meta_gradient(softmax_cross_entropy, episodes)
    assert largest_difference(meta_gradient(loss, numbers if is_sparse else episodes), expected) < 1e-5


def test_a_loss_that_checks_shapes_is_returned_unchanged() -> None:
    # Otherwise the arguments of a Keras loss would be swapped twice.
    loss = as_loss(keras.losses.categorical_hinge)
    assert as_loss(loss) is loss


def test_the_sum_over_classes_counts_the_outputs_whatever_the_targets() -> None:
    outputs, targets = one_hot()
    numbers = tf.argmax(targets, axis=-1)
    sparse = as_loss(keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none"))
    loop = InnerLoop(steps=1, learning_rate=0.1, loss_scale="sum over classes")
    ours = loop.scale(softmax_cross_entropy(outputs, targets), outputs)
    np.testing.assert_allclose(loop.scale(sparse(outputs, numbers), outputs), ours, rtol=1e-6)
