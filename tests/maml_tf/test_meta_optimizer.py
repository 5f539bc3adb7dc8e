"""Adam against NumPy and the optimizer of the authors' program; Keras optimizers as meta-optimizers."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Adam, SettingError, State

SHAPES = ([3], [2, 2])


def gradients(steps: int) -> list[list[np.ndarray]]:
    """Gradients of very different sizes, one list a step."""
    drawn = np.random.default_rng(0)
    scales = 10.0 ** drawn.integers(-6, 2, size=steps)
    return [[scale * drawn.normal(size=shape) for shape in SHAPES] for scale in scales]


def run(adam: Adam, steps: int = 12, dtype: str = "float64") -> list[np.ndarray]:
    """Returns parameters, all ones at first, after some steps."""
    variables = [tf.Variable(tf.ones(shape, dtype)) for shape in SHAPES]
    slots = adam.slots(variables)
    for number, step_gradients in enumerate(gradients(steps), start=1):
        casted = [tf.constant(gradient, dtype) for gradient in step_gradients]
        adam.update(variables, slots, casted, tf.constant(number, tf.int64))
    return [variable.numpy() for variable in variables]


def by_numpy(adam: Adam, steps: int = 12) -> list[np.ndarray]:
    """Returns parameters after steps by the formulas of Kingma and Ba, with epsilon outside the corrected root."""
    values = [np.ones(shape) for shape in SHAPES]
    first, second = ([np.zeros(shape) for shape in SHAPES] for _ in range(2))
    for number, step_gradients in enumerate(gradients(steps), start=1):
        bound = np.inf if adam.clip is None else adam.clip
        rate = adam.learning_rate * np.sqrt(1 - adam.beta2**number) / (1 - adam.beta1**number)
        for index, gradient in enumerate(np.clip(one, -bound, bound) for one in step_gradients):
            first[index] = adam.beta1 * first[index] + (1 - adam.beta1) * gradient
            second[index] = adam.beta2 * second[index] + (1 - adam.beta2) * gradient**2
            values[index] = values[index] - rate * first[index] / (np.sqrt(second[index]) + adam.epsilon)
    return values


VARIANTS = {
    "usual": Adam(),
    "learning rate": Adam(learning_rate=0.02),
    "beta1": Adam(beta1=0.5),
    "beta2": Adam(beta2=0.9),
    "epsilon": Adam(epsilon=1e-4),
    "clip": Adam(clip=1e-3),
}


@pytest.mark.parametrize("adam", VARIANTS.values(), ids=list(VARIANTS))
def test_updates_equal_the_formulas(adam: Adam) -> None:
    for found, expected in zip(run(adam), by_numpy(adam), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("adam", list(VARIANTS.values())[1:], ids=list(VARIANTS)[1:])
def test_every_setting_changes_the_result(adam: Adam) -> None:
    assert np.abs(run(adam)[0] - run(Adam())[0]).max() > 1e-5


def test_updates_equal_those_of_the_old_optimizer() -> None:
    old = tf.compat.v1.train.AdamOptimizer()
    variables = [tf.Variable(tf.ones(shape)) for shape in SHAPES]
    for step_gradients in gradients(12):
        pairs = zip([tf.constant(gradient, tf.float32) for gradient in step_gradients], variables, strict=True)
        old.apply_gradients(list(pairs))

    for found, variable in zip(run(Adam(), dtype="float32"), variables, strict=True):
        np.testing.assert_allclose(found, variable.numpy(), rtol=1e-6)


@pytest.mark.parametrize("bound", [None, 10.0])
def test_a_bound_that_is_not_reached_changes_nothing(bound: float | None) -> None:
    largest = max(np.abs(gradient).max() for step_gradients in gradients(3) for gradient in step_gradients)
    adam = Adam(clip=None if bound is None else bound * float(largest))

    np.testing.assert_array_equal(run(adam, steps=3)[0], run(Adam(), steps=3)[0])


def test_moments_start_at_zero_in_the_precision_of_the_parameters() -> None:
    slots = Adam().slots([tf.Variable(tf.ones(shape, tf.float64)) for shape in SHAPES])

    assert [list(slot.shape) for slot in slots] == [*SHAPES, *SHAPES]
    assert all(slot.dtype == tf.float64 and not np.any(slot.numpy()) for slot in slots)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be above 0, not 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0, not nan"),
        ({"epsilon": -1e-8}, "epsilon must be above 0, not -1e-08"),
        ({"clip": 0.0}, "clip must be above 0, not 0.0"),
        ({"beta1": 1.0}, "beta1 must be from 0 to below 1, not 1.0"),
        ({"beta2": -0.1}, "beta2 must be from 0 to below 1, not -0.1"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(Adam(), **change)


KERAS = {
    "SGD": keras.optimizers.SGD(0.1, momentum=0.9),
    "Adam": keras.optimizers.Adam(0.1),
    "AdamW with a schedule": keras.optimizers.AdamW(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "clipped RMSprop": keras.optimizers.RMSprop(0.1, clipnorm=0.5),
}


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("optimizer", KERAS.values(), ids=list(KERAS))
def test_a_keras_optimizer_is_a_meta_optimizer(optimizer: Any, compiled: bool) -> None:
    start = {"kernel": tf.constant([[1.0, -2.0]]), "bias": tf.constant([3.0])}

    def half_squares(parameters: Any) -> Any:
        return tf.add_n([tf.reduce_sum(tf.square(value)) for value in tf.nest.flatten(parameters)]) / 2

    state = State(start, optimizer)
    variables = [keras.Variable(value) for value in tf.nest.flatten(start)]
    alone = type(optimizer).from_config(optimizer.get_config())
    step = tf.function(lambda: state.descend(half_squares), autograph=False) if compiled else None
    for _ in range(4):
        step() if step else state.descend(half_squares)
        alone.apply([variable.value for variable in variables], variables)

    for value, variable in zip(tf.nest.flatten(state.parameters), variables, strict=True):
        np.testing.assert_allclose(value, variable.numpy(), rtol=1e-5)
    resumed = State(start, optimizer)
    resumed.restore(state.snapshot())
    resumed.descend(half_squares)
    state.descend(half_squares)
    assert all(map(np.array_equal, state.snapshot().values(), resumed.snapshot().values()))
    state.reset(start)
    assert all(map(np.array_equal, state.snapshot().values(), State(start, optimizer).snapshot().values()))


def test_adam_takes_a_schedule() -> None:
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.5, 0.25])
    state = State({"a": tf.constant(1.0)}, Adam(learning_rate=schedule))

    moved = [1.0]
    for _ in range(3):
        state.apply_gradients({"a": tf.constant(1.0)})
        moved.append(float(state.parameters["a"]))

    # With equal gradients each step of Adam has the size of the learning rate.
    np.testing.assert_allclose(np.diff(moved), [-0.5, -0.5, -0.25], rtol=1e-5)
