"""Requirements that every network must meet."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Adam, Checkpoint, InnerLoop
from maml_tf.interfaces import Parameters
from maml_tf.naming import leaf_names
from maml_tf.networks import Shared, shared
from maml_tf.state import State
from tests.maml_tf.problems import PROBLEMS, SUPPORT, TASKS, Problem, problem
from tests.maml_tf.reference import differentiate, largest_difference, meta_gradient, tasks_of

ROUNDING = 1e-12
ONE_STEP = InnerLoop(steps=1, learning_rate=0.1)


@pytest.fixture(scope="module", params=list(PROBLEMS))
def any_problem(request: pytest.FixtureRequest) -> Problem:
    return problem(request.param)


def distinct_per_task(parameters: Parameters) -> Parameters:
    """Gives every task parameters of its own, with different values."""
    factors = tf.range(1, TASKS + 1, dtype=tf.float64)
    return tf.nest.map_structure(lambda value: tf.tensordot(factors, value, axes=0), parameters)


def with_offsets(parameters: Parameters) -> tuple[Parameters, list[Any]]:
    """Returns parameters in the shared form, and the offsets that receive the gradient of every task."""
    forms = [shared(value, TASKS) for value in tf.nest.flatten(parameters)]
    return tf.nest.pack_sequence_as(parameters, forms), [form.offset for form in forms]


def test_shared_parameters_serve_all_tasks(any_problem: Problem) -> None:
    parameters, inputs = any_problem.parameters(0), any_problem.episodes(0).support.inputs

    outputs = any_problem.network.apply(parameters, inputs)

    assert outputs.shape == [TASKS, SUPPORT, any_problem.outputs]
    expected = tf.stack([any_problem.one_task(parameters, task) for task in tasks_of(inputs)])
    assert largest_difference(outputs, expected) < ROUNDING
    declared, _ = with_offsets(parameters)
    assert largest_difference(any_problem.network.apply(declared, inputs), expected) < ROUNDING


def test_every_task_can_have_its_own_parameters(any_problem: Problem) -> None:
    own, inputs = distinct_per_task(any_problem.parameters(0)), any_problem.episodes(0).support.inputs

    outputs = any_problem.network.apply(own, inputs)

    pairs = zip(tasks_of(own), tasks_of(inputs), strict=True)
    assert largest_difference(outputs, tf.stack([any_problem.one_task(*pair) for pair in pairs])) < ROUNDING


def test_forms_of_parameters_can_be_mixed(any_problem: Problem) -> None:
    parameters, inputs = any_problem.parameters(0), any_problem.episodes(0).support.inputs
    first, *rest = tf.nest.flatten(parameters)
    own = tf.repeat(first[tf.newaxis], TASKS, axis=0)
    declared = [shared(value, TASKS) for value in rest[:1]]
    mixed = tf.nest.pack_sequence_as(parameters, [own, *declared, *rest[1:]])

    expected = any_problem.network.apply(parameters, inputs)

    assert largest_difference(any_problem.network.apply(mixed, inputs), expected) < ROUNDING


def test_offsets_receive_the_gradient_of_every_task(any_problem: Problem) -> None:
    parameters, (support, *_) = any_problem.parameters(0), any_problem.episodes(0)
    declared, offsets = with_offsets(parameters)

    with tf.GradientTape() as tape:
        tape.watch(offsets)
        outputs = any_problem.network.apply(declared, support.inputs)
        loss = tf.reduce_sum(tf.reduce_mean(any_problem.loss(outputs, support.targets), axis=1))
    gradients = tf.nest.pack_sequence_as(parameters, tape.gradient(loss, offsets, unconnected_gradients="zero"))

    for task, (inputs, targets) in zip(tasks_of(gradients), tasks_of(support), strict=True):

        def mean_loss(parameters: Parameters, inputs: Any = inputs, targets: Any = targets) -> Any:
            return tf.reduce_mean(any_problem.loss(any_problem.one_task(parameters, inputs), targets))

        assert largest_difference(task, differentiate(mean_loss, parameters)[1]) < ROUNDING


def test_a_compiled_function_computes_the_same_as_an_eager_one(any_problem: Problem) -> None:
    parameters, episodes = any_problem.parameters(0), any_problem.episodes(0)
    learner = any_problem.learner(ONE_STEP)

    def differentiated(*values: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = learner.objective(tf.nest.pack_sequence_as(parameters, list(values)), episodes)
        return loss, tape.gradient(loss, values, unconnected_gradients="zero")

    loss, gradient = tf.function(differentiated, autograph=False)(*tf.nest.flatten(parameters))

    expected_loss, expected = meta_gradient(any_problem, ONE_STEP, parameters, episodes)
    np.testing.assert_allclose(loss, expected_loss, rtol=ROUNDING)
    assert largest_difference(gradient, expected) < ROUNDING


def test_tasks_do_not_mix(any_problem: Problem) -> None:
    parameters, inputs = any_problem.parameters(0), any_problem.episodes(0).support.inputs
    others = tf.concat([inputs[:1], 7.0 - inputs[1:]], axis=0)

    outputs = any_problem.network.apply(parameters, others)

    expected = any_problem.network.apply(parameters, inputs)
    assert largest_difference(outputs[0], expected[0]) < ROUNDING
    assert largest_difference(outputs[1:], expected[1:]) > 0.1


def test_parameters_have_names_of_their_own_and_finite_values(any_problem: Problem) -> None:
    parameters = any_problem.network.initialize(0)

    names = leaf_names(parameters)
    assert len(set(names)) == len(names) == len(tf.nest.flatten(parameters))
    assert {name.split("/")[-1] for name in names} <= {"kernel", "bias", "shift", "context"}
    assert all(np.isfinite(value).all() for value in tf.nest.flatten(parameters))
    assert not any(isinstance(value, Shared) for value in tf.nest.flatten(parameters))


def test_only_kernels_and_context_vectors_start_with_values_other_than_zero(any_problem: Problem) -> None:
    parameters = any_problem.network.initialize(0)

    for name, value in zip(leaf_names(parameters), tf.nest.flatten(parameters), strict=True):
        assert bool(np.any(value)) == name.endswith(("kernel", "context")), name


def test_the_same_seed_gives_the_same_parameters(any_problem: Problem) -> None:
    assert largest_difference(any_problem.network.initialize(4), any_problem.network.initialize(4)) == 0


def test_a_checkpoint_gives_the_parameters_back(any_problem: Problem, tmp_path: Path) -> None:
    state = State(any_problem.parameters(0), Adam())
    Checkpoint(path=tmp_path / "state.npz", run="one").save(state.snapshot(), [(1, 0.5, 0.1, 0.05)])
    other = State(any_problem.parameters(1), Adam())

    history = Checkpoint(path=tmp_path / "state.npz", run="one").resume(other)

    assert largest_difference(other.parameters, state.parameters) == 0
    assert history == [(1, 0.5, 0.1, 0.05)]
