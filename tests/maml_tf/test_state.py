"""The state that meta-training changes."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Adam, MetaProblem, SettingError
from maml_tf import state as state_module
from maml_tf.interfaces import Parameters
from maml_tf.state import State

START = {"b": [tf.constant([1.0, 2.0]), tf.constant([[3.0]])], "a": tf.constant(4.0)}


def squares(parameters: Parameters) -> Any:
    """Returns half the sum of squares."""
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
            lambda point, part: part["factor"] * squares(point) + tf.reduce_sum(point["a"] ** part["power"]), parts
        )

    loss = tf.function(in_parts, autograph=False)() if compiled else in_parts()

    expected = other.descend(
        lambda point: 4.0 * squares(point) + (2.0 * point["a"] ** 2 + 3.0 * point["a"] + 1.0) / 3.0
    )
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    for one, another in zip(tf.nest.flatten(state.parameters), tf.nest.flatten(other.parameters), strict=True):
        np.testing.assert_allclose(one, another, rtol=1e-6)


@pytest.mark.parametrize(("slopes", "clipped"), [([10.0, -9.0, 0.5], 0.5), ([10.0, -4.0, 3.0], 1.0)])
def test_the_mean_of_the_parts_is_clipped_and_not_each_part(slopes: list[float], clipped: float) -> None:
    # With such a large epsilon, the size of a step is nearly proportional to the gradient.
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


def test_parameters_that_the_loss_does_not_use_stay_unchanged() -> None:
    state = State(START, Adam())

    state.descend(lambda parameters: tf.reduce_sum(parameters["b"][0]))

    assert state.parameters["a"] == 4.0


def test_a_snapshot_from_a_gpu_has_the_same_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    state = trained(3)
    expected = state.snapshot()
    monkeypatch.setattr(state_module, "on_gpu", lambda: True)
    for found in (state.snapshot(), state.snapshot()):
        assert list(found) == list(expected)
        for name, array in expected.items():
            assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
            np.testing.assert_array_equal(found[name], array)
    state.descend(squares)
    assert not np.array_equal(state.snapshot()["parameter-0"], expected["parameter-0"])


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


def test_gradients_that_a_learner_computed_are_applied() -> None:
    state, other = (State(START, Adam(learning_rate=0.1)) for _ in range(2))

    state.apply_gradients(START)  # half the sum of squares has the parameters themselves as its gradient
    other.descend(squares)

    assert same(state, other)


def test_gradients_that_are_recorded_are_not_applied() -> None:
    state = trained(2)
    before = state.snapshot()

    with state.recording() as recorded:
        state.descend(squares)

    assert len(recorded) == 1
    for value, gradient in zip(tf.nest.flatten(state.parameters), recorded[0], strict=True):
        np.testing.assert_allclose(gradient, value)
    for name, value in state.snapshot().items():
        np.testing.assert_array_equal(value, before[name])


def test_several_optimizers_share_the_parameters() -> None:
    state = State(START, {"a": Adam(learning_rate=1.0), "b": Adam(learning_rate=0.1)})

    state.descend(squares)

    # The first step of Adam has the size of the learning rate.
    np.testing.assert_allclose(state.parameters["a"], 3.0, rtol=1e-6)
    np.testing.assert_allclose(state.parameters["b"][1], [[2.9]], rtol=1e-6)
    other = State(START, {"a": Adam(learning_rate=1.0), "b": Adam(learning_rate=0.1)})
    other.restore(state.snapshot())
    assert same(other, state)


class BacktrackingNewton:
    """A solver that evaluates objective and constraint: steps to the minimum, halved until the constraint holds."""

    def solve(self, problem: MetaProblem, parameters: Parameters) -> tuple[Parameters, Any]:
        assert problem.constraint
        for halvings in range(10):
            moved = tf.nest.map_structure(lambda value: value * (1 - 0.5**halvings), parameters)  # noqa: B023
            if problem.constraint(moved) <= 3.0:
                break
        return moved, problem.objective(parameters)


def test_a_solver_is_given_objective_and_constraint() -> None:
    state = State(START, BacktrackingNewton())

    def moved_at_most(parameters: Parameters) -> Any:
        pairs = zip(tf.nest.flatten(parameters), tf.nest.flatten(START), strict=True)
        return tf.reduce_max([tf.reduce_max(tf.abs(new - old)) for new, old in pairs])

    objective = state.solve(MetaProblem(squares, moved_at_most))

    assert objective == 15.0
    assert state.parameters["a"] == 2.0, "a whole step of 4 is too long, half of it is not"
    assert state.iteration.numpy() == 1


@pytest.mark.parametrize(
    ("meta_optimizer", "message"),
    [
        ("adam", "meta_optimizer must be maml_tf.Adam, a Keras optimizer or .* not 'adam'"),
        ({"a": Adam()}, r"meta_optimizer must have one entry for parameter 'b/0', not 0: \['a'\]"),
        ({"a": Adam(), "b": Adam(), "b/0": Adam()}, "meta_optimizer must have one entry for parameter 'b/0', not 2"),
        ({"a": Adam(), "b": Adam(), "c": Adam()}, "meta_optimizer has an entry 'c', but no parameter among"),
        ({"a": BacktrackingNewton(), "b": Adam()}, "meta_optimizer must solve for all parameters, not for a part"),
    ],
)
def test_an_optimizer_that_does_not_fit_is_refused(meta_optimizer: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        State(START, meta_optimizer)


def test_an_optimizer_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(SettingError, match=r"meta_optimizer must have a method solve\(problem, parameters\)"):
        State(START, Adam()).solve(MetaProblem(squares))
    for state in (State(START), State(START, BacktrackingNewton())):
        with pytest.raises(SettingError, match="meta_optimizer must be one that applies gradients"):
            state.descend(squares)


def test_replicas_of_a_strategy_average_their_gradients() -> None:
    program = """
import tensorflow as tf
cpu, two = tf.config.list_physical_devices("CPU")[0], 2 * [tf.config.LogicalDeviceConfiguration()]
tf.config.set_logical_device_configuration(cpu, two)
from maml_tf import Adam, State
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    state = State({"a": tf.constant(1.0)}, Adam(learning_rate=1.0, epsilon=1.0))
slope_of = lambda context: tf.constant([2.0, 6.0])[context.replica_id_in_sync_group]
slopes = strategy.experimental_distribute_values_from_function(slope_of)
tf.function(lambda slope: strategy.run(lambda s: state.descend(lambda p: s * p["a"]), (slope,)))(slopes)
alone = State({"a": tf.constant(1.0)}, Adam(learning_rate=1.0, epsilon=1.0))
alone.descend(lambda parameters: 4.0 * parameters["a"])
assert state.iteration.numpy() == 1, state.iteration
assert abs(float(state.parameters["a"]) - float(alone.parameters["a"])) < 1e-6, (state.parameters, alone.parameters)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
