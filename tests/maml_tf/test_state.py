"""What meta-training changes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Adam
from maml_tf.interfaces import Parameters
from maml_tf.state import State

START = {"b": [tf.constant([1.0, 2.0]), tf.constant([[3.0]])], "a": tf.constant(4.0)}


def squares(parameters: Parameters) -> Any:
    """Half the sum of squares."""
    return tf.add_n([tf.reduce_sum(tf.square(value)) for value in tf.nest.flatten(parameters)]) / 2


def trained(steps: int = 3) -> State:
    state = State(START, Adam(learning_rate=0.1))
    for _ in range(steps):
        state.descend(squares)
    return state


def same(left: State, right: State) -> bool:
    one, other = left.snapshot(), right.snapshot()
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_parameters_keep_their_structure_and_values() -> None:
    parameters = State(START, Adam()).parameters

    tf.nest.assert_same_structure(parameters, START)
    tf.nest.map_structure(np.testing.assert_array_equal, parameters, START)


def test_a_single_tensor_is_a_structure() -> None:
    np.testing.assert_array_equal(State(tf.ones([2])).parameters, [1.0, 1.0])


def test_descent_returns_the_loss_before_the_step_and_counts() -> None:
    state = State(START, Adam(learning_rate=0.1))

    assert state.descend(squares).numpy() == 15.0
    assert state.iteration.numpy() == 1
    # The first step of Adam has the size of the learning rate, whatever the gradient.
    np.testing.assert_allclose(state.parameters["b"][0], [0.9, 1.9], rtol=1e-6)
    assert state.descend(squares).numpy() == pytest.approx((0.9**2 + 1.9**2 + 2.9**2 + 3.9**2) / 2)
    assert state.iteration.numpy() == 2


@pytest.mark.parametrize("compiled", [False, True])
def test_parts_count_as_their_mean(compiled: bool) -> None:
    state, other = (State(START, Adam(learning_rate=0.1, epsilon=1.0)) for _ in range(2))

    def in_parts() -> Any:
        parts = {"factor": tf.constant([1.0, 3.0, 8.0]), "power": tf.constant([[1.0, 2.0], [0.0, 1.0], [2.0, 1.0]])}
        return state.descend_in_parts(
            lambda each, part: part["factor"] * squares(each) + tf.reduce_sum(each["a"] ** part["power"]), parts
        )

    loss = tf.function(in_parts, autograph=False)() if compiled else in_parts()

    expected = other.descend(lambda each: 4.0 * squares(each) + (2.0 * each["a"] ** 2 + 3.0 * each["a"] + 1.0) / 3.0)
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    for one, another in zip(tf.nest.flatten(state.parameters), tf.nest.flatten(other.parameters), strict=True):
        np.testing.assert_allclose(one, another, rtol=1e-6)


@pytest.mark.parametrize(("slopes", "clipped"), [([10.0, -9.0, 0.5], 0.5), ([10.0, -4.0, 3.0], 1.0)])
def test_the_mean_of_the_parts_is_clipped_and_not_each_part(slopes: list[float], clipped: float) -> None:
    # With an epsilon that large, the size of a step tells that of the gradient.
    state, other = (
        State({"a": tf.constant(1.0)}, Adam(learning_rate=1.0, epsilon=1.0, clip=clip)) for clip in (1.0, None)
    )

    state.descend_in_parts(lambda parameters, slope: slope * parameters["a"], tf.constant(slopes))

    other.descend(lambda parameters: clipped * parameters["a"])
    np.testing.assert_allclose(1.0 - state.parameters["a"], 1.0 - other.parameters["a"], rtol=1e-4)


def test_the_graph_of_many_parts_is_that_of_one() -> None:
    state = State({"a": tf.constant(1.0)}, Adam())
    traced = []

    def objective(parameters: Parameters, part: Any) -> Any:
        traced.append(part)
        return parameters["a"] * part

    tf.function(lambda: state.descend_in_parts(objective, tf.ones([5])), autograph=False)()

    assert len(traced) == 1


def test_steps_in_a_compiled_function_follow_one_another() -> None:
    state = State(START, Adam(learning_rate=0.1))

    losses = tf.function(lambda: [state.descend(squares) for _ in range(3)], autograph=False)()

    assert losses[0] > losses[1] > losses[2]
    tf.nest.map_structure(np.testing.assert_allclose, state.parameters, trained(3).parameters)


def test_what_the_loss_does_not_use_stays() -> None:
    state = State(START, Adam())

    state.descend(lambda parameters: tf.reduce_sum(parameters["b"][0]))

    assert state.parameters["a"] == 4.0


def test_a_snapshot_is_a_copy() -> None:
    state = trained(1)
    snapshot = state.snapshot()
    before = {name: array.copy() for name, array in snapshot.items()}

    state.descend(squares)

    assert all(np.array_equal(snapshot[name], before[name]) for name in before)


def test_a_restored_state_goes_on_with_the_same_bits() -> None:
    state = trained(3)
    other = State(tf.nest.map_structure(tf.zeros_like, START), Adam(learning_rate=0.1))

    other.restore(state.snapshot())

    assert same(other, state)
    state.descend(squares)
    other.descend(squares)
    assert same(other, state)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda snapshot: snapshot.pop("slot-1"),
        lambda snapshot: snapshot.update(extra=np.zeros(1)),
        lambda snapshot: snapshot.update({"parameter-1": np.zeros(3, np.float32)}),
        lambda snapshot: snapshot.update({"parameter-1": np.zeros(2, np.float64)}),
        lambda snapshot: snapshot.update({"parameter-1": np.array(["one", "two"])}),
    ],
    ids=["fewer", "more", "another shape", "another precision", "words"],
)
def test_a_snapshot_of_another_state_is_refused_and_changes_nothing(
    spoil: Callable[[dict[str, Any]], None],
) -> None:
    snapshot = trained(3).snapshot()
    spoil(snapshot)
    state = trained(1)

    with pytest.raises(ValueError, match="other names, shapes or types"):
        state.restore(snapshot)

    assert same(state, trained(1))


def test_assignment_replaces_the_parameters_alone() -> None:
    state = trained(3)

    state.assign(START)

    tf.nest.map_structure(np.testing.assert_array_equal, state.parameters, START)
    assert state.iteration.numpy() == 3
    assert np.any(state.snapshot()["slot-0"])


def test_reset_leaves_no_trace() -> None:
    state = trained(3)

    state.reset(START)

    assert same(state, State(START, Adam()))
