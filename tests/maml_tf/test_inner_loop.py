"""The meta-gradient agrees with finite differences and with plain nested tapes."""

import operator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import BatchNormalization, Episodes, InnerLoop, Rates, SettingError, adapt, squared_error
from maml_tf.interfaces import Parameters
from maml_tf.networks import Factored, per_task
from tests.maml_tf.problems import PROBLEMS, TASKS, Problem, problem
from tests.maml_tf.reference import (
    differentiate,
    finite_difference,
    largest_difference,
    meta_gradient,
    reference_adapt,
    reference_meta_gradient,
    tasks_of,
)

ROUNDING = 1e-12
LOOP = InnerLoop(steps=2, learning_rate=0.1)
LOOPS = {
    "1 step": replace(LOOP, steps=1),
    "2 steps": LOOP,
    "5 steps": replace(LOOP, steps=5),
    "sum over classes": replace(LOOP, loss_scale="sum over classes"),
    "second layer": replace(LOOP, adapts=("layer_1",)),
    "kernels only": replace(LOOP, keeps=("bias", "shift")),
    "kernels of two layers": replace(LOOP, adapts=("layer_0", "layer_2/kernel"), keeps=("bias", "shift")),
}


@pytest.fixture(scope="module", params=list(PROBLEMS))
def any_problem(request: pytest.FixtureRequest) -> Problem:
    return problem(request.param)


@pytest.fixture(scope="module")
def perceptron() -> Problem:
    return problem("perceptron")


def drawn(chosen: Problem, seed: int = 0) -> tuple[Parameters, Episodes]:
    return chosen.parameters(seed), chosen.episodes(seed)


def error_of_finite_differences(chosen: Problem, loop: InnerLoop, seed: int, directions: int) -> float:
    parameters, episodes = drawn(chosen, seed)
    _, gradient = meta_gradient(chosen, loop, parameters, episodes)
    random = np.random.default_rng(seed)
    errors = []
    for _ in range(directions):
        direction = [random.normal(size=tensor.shape) for tensor in gradient]
        numeric = finite_difference(
            lambda point: chosen.learner(loop).objective(point, episodes), parameters, direction
        )
        exact = sum(float(np.sum(slope * step)) for slope, step in zip(gradient, direction, strict=True))
        errors.append(abs(numeric - exact) / max(abs(exact), 1.0))
    return max(errors)


@pytest.mark.parametrize("loop", LOOPS.values(), ids=list(LOOPS))
@pytest.mark.parametrize("name", ["perceptron", "perceptron, normalised", "perceptron, wide"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_meta_gradient_equals_finite_differences(name: str, loop: InnerLoop, seed: int) -> None:
    if name == "perceptron":  # it has no shift
        loop = replace(loop, keeps=tuple(word for word in loop.keeps if word != "shift"))
    assert error_of_finite_differences(problem(name), loop, seed, directions=1) < 1e-6


def test_meta_gradient_equals_finite_differences_on_every_network(any_problem: Problem) -> None:
    assert error_of_finite_differences(any_problem, LOOP, seed=3, directions=2) < 1e-6


# Running averages are not meta-trained.
@pytest.mark.parametrize(
    ("name", "statistics"),
    [
        ("perceptron, normalised", "support set"),
        ("convolutions, strides", "support set"),
        ("convolutions, strides", "one query at a time"),
    ],
)
def test_meta_gradient_equals_finite_differences_with_other_statistics(name: str, statistics: Any) -> None:
    usual: Any = problem(name)
    normalization = BatchNormalization(statistics=statistics)
    changed = replace(usual, network=replace(usual.network, normalization=normalization))

    assert error_of_finite_differences(changed, LOOP, seed=3, directions=1) < 1e-6


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("scale", ["mean", "sum over classes"])
def test_batch_of_tasks_equals_one_task_after_another(any_problem: Problem, scale: Any, first_order: bool) -> None:
    loop = replace(LOOP, loss_scale=scale, first_order=first_order)
    parameters, episodes = drawn(any_problem)

    loss, gradient = meta_gradient(any_problem, loop, parameters, episodes)

    expected_loss, expected = reference_meta_gradient(any_problem, loop, parameters, episodes)
    np.testing.assert_allclose(loss, expected_loss, rtol=ROUNDING)
    assert largest_difference(gradient, expected) < ROUNDING


def test_trajectory_holds_the_parameters_of_every_step(any_problem: Problem) -> None:
    parameters, episodes = drawn(any_problem)

    trajectory = adapt(LOOP, any_problem.network, any_problem.loss, parameters, episodes.support)

    assert len(trajectory) == 3
    assert all(map(operator.is_, tf.nest.flatten(trajectory[0]), tf.nest.flatten(parameters)))
    for steps in (1, 2):
        tasks = tasks_of(tf.nest.map_structure(per_task, trajectory[steps]))
        for task, support in zip(tasks, tasks_of(episodes.support), strict=True):
            expected = reference_adapt(any_problem, replace(LOOP, steps=steps), parameters, support)
            assert largest_difference(task, expected) < ROUNDING


def test_arrays_such_as_those_of_a_file_adapt_like_tensors(perceptron: Problem) -> None:
    network, loss = perceptron.network, perceptron.loss
    parameters, episodes = drawn(perceptron)
    stored = tf.nest.map_structure(lambda tensor: tensor.numpy(), parameters)
    for expected, found in zip(
        adapt(LOOP, network, loss, parameters, episodes.support),
        adapt(LOOP, network, loss, stored, episodes.support),
        strict=True,
    ):
        for left, right in zip(tf.nest.flatten(expected), tf.nest.flatten(found), strict=True):
            np.testing.assert_array_equal(per_task(left), per_task(right))


def test_second_order_differs_clearly_from_first_order(any_problem: Problem) -> None:
    exact_loss, exact = meta_gradient(any_problem, LOOP, *drawn(any_problem))
    loss, approximate = meta_gradient(any_problem, replace(LOOP, first_order=True), *drawn(any_problem))

    assert largest_difference(approximate, exact) > 0.02
    assert loss == exact_loss, "the order concerns the gradient alone"


def test_first_order_is_the_gradient_at_the_adapted_parameters(any_problem: Problem) -> None:
    loop = replace(LOOP, first_order=True)
    parameters, episodes = drawn(any_problem)

    _, gradient = meta_gradient(any_problem, loop, parameters, episodes)

    by_task = []
    for support, query, _ in tasks_of(episodes):
        adapted = reference_adapt(any_problem, loop, parameters, support)

        def query_loss(point: Parameters, inputs: Any = query.inputs, targets: Any = query.targets) -> Any:
            return tf.reduce_mean(any_problem.loss(any_problem.one_task(point, inputs), targets))

        by_task.append(differentiate(query_loss, adapted)[1])
    assert largest_difference(gradient, [np.mean(values, axis=0) for values in zip(*by_task, strict=True)]) < ROUNDING


def test_no_step_leaves_the_plain_gradient(perceptron: Problem) -> None:
    parameters, episodes = drawn(perceptron)

    _, gradient = meta_gradient(perceptron, replace(LOOP, steps=0), parameters, episodes)

    def query_loss(point: Parameters) -> Any:
        outputs = perceptron.network.apply(point, episodes.query.inputs)
        return tf.reduce_mean(squared_error(outputs, episodes.query.targets))

    assert largest_difference(gradient, differentiate(query_loss, parameters)[1]) < ROUNDING


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 1},
        {"learning_rate": 0.2},
        {"first_order": True},
        {"loss_scale": "sum over classes"},
        {"adapts": ("layer_2",)},
        {"keeps": ("bias",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_setting_changes_the_meta_gradient(perceptron: Problem, change: dict[str, Any]) -> None:
    _, usual = meta_gradient(perceptron, LOOP, *drawn(perceptron))
    _, changed = meta_gradient(perceptron, replace(LOOP, **change), *drawn(perceptron))

    assert largest_difference(changed, usual) > 1e-3


def test_sum_over_classes_is_the_mean_with_a_larger_learning_rate() -> None:
    images = problem("perceptron, images")
    summed = replace(LOOP, loss_scale="sum over classes")
    faster = replace(LOOP, learning_rate=0.1 * images.outputs)

    _, gradient = meta_gradient(images, summed, *drawn(images))

    assert largest_difference(gradient, meta_gradient(images, faster, *drawn(images))[1]) < ROUNDING


def test_scales_agree_for_a_single_output() -> None:
    single = problem("perceptron, one input, one output")
    _, mean = meta_gradient(single, LOOP, *drawn(single))
    _, summed = meta_gradient(single, replace(LOOP, loss_scale="sum over classes"), *drawn(single))

    assert largest_difference(summed, mean) == 0


@pytest.mark.parametrize(
    ("restriction", "adapted"),
    [
        ({}, {"layer_0/bias", "layer_0/kernel", "layer_0/shift", "layer_1/bias", "layer_1/kernel"}),
        ({"adapts": ("layer_1",)}, {"layer_1/bias", "layer_1/kernel"}),
        ({"adapts": ("layer_0/kernel", "layer_1/bias")}, {"layer_0/kernel", "layer_1/bias"}),
        ({"keeps": ("shift",)}, {"layer_0/bias", "layer_0/kernel", "layer_1/bias", "layer_1/kernel"}),
        ({"adapts": ("layer_0",), "keeps": ("shift", "bias")}, {"layer_0/kernel"}),
    ],
)
def test_only_the_chosen_parameters_adapt(restriction: dict[str, Any], adapted: set[str]) -> None:
    images = problem("perceptron, images")
    parameters, episodes = drawn(images)

    last = adapt(replace(LOOP, **restriction), images.network, images.loss, parameters, episodes.support)[-1]

    moved = {
        f"{layer}/{name}"
        for layer, named in last.items()
        for name, value in named.items()
        if value is not parameters[layer][name]
    }
    assert moved == adapted
    assert all(last[name.split("/")[0]][name.split("/")[1]].shape[0] == TASKS for name in moved)


def test_kernels_stay_in_factors_while_these_are_smaller() -> None:
    wide = problem("perceptron, wide")
    parameters, episodes = drawn(wide)

    trajectory = adapt(replace(LOOP, steps=5), wide.network, wide.loss, parameters, episodes.support)

    # Five support examples a step: rank * (30 + 40) < 30 * 40 up to rank 17, rank * (40 + 16) < 40 * 16 up to 11.
    for name, longest in {"layer_0": 3, "layer_1": 2, "layer_2": 0}.items():
        kernels = [parameters[name]["kernel"] for parameters in trajectory[1:]]
        assert [isinstance(kernel, Factored) for kernel in kernels] == [step <= longest for step in range(1, 6)]
        assert all(list(kernel.shape) == [TASKS, *parameters[name]["kernel"].shape] for kernel in kernels)


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("steps", [1, 3])
def test_kernels_in_factors_give_the_meta_gradient_of_one_task_after_another(steps: int, first_order: bool) -> None:
    wide = problem("perceptron, wide")
    loop = replace(LOOP, steps=steps, first_order=first_order)
    parameters, episodes = drawn(wide)

    loss, gradient = meta_gradient(wide, loop, parameters, episodes)

    expected_loss, expected = reference_meta_gradient(wide, loop, parameters, episodes)
    np.testing.assert_allclose(loss, expected_loss, rtol=ROUNDING)
    assert largest_difference(gradient, expected) < ROUNDING


@pytest.mark.parametrize("name", ["layer_10", "layer_10/kernel", "deep/layer_1/kernel", "layer_"])
def test_a_prefix_is_made_of_whole_words(name: str) -> None:
    assert not replace(LOOP, adapts=("layer_1",)).is_adapted(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": -1}, "steps must be 0 or more, not -1"),
        ({"steps": "5"}, "steps must be a whole number, not '5'"),
        ({"keeps": "bias"}, "keeps must be a tuple of strings, not 'bias'"),
        ({"adapts": "layer_1"}, "adapts must be a tuple of strings, not 'layer_1'"),
        ({"learning_rate": "0.1"}, "learning_rate must be a number or an update rule, not '0.1'"),
        ({"learning_rate": Rates}, "learning_rate must be a number or an update rule, not <class '.*Rates'>"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0, not 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0, not nan"),
        ({"loss_scale": "sum"}, r"loss_scale must be one of \('mean', 'sum over classes'\), not 'sum'"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(LOOP, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keeps": ("kernel", "bias")}, r"keeps=\('kernel', 'bias'\) leave nothing to adapt among \['layer_0/bias'"),
        ({"adapts": ("layer_9",)}, r"adapts must be first words of names among \['layer_0/bias', .*, not 'layer_9'"),
        ({"adapts": ("layer_0", "layer")}, r"adapts must be first words of names among .*, not 'layer'"),
        ({"keeps": ("shfit",)}, r"keeps must be last words of names among \['layer_0/bias', .*, not 'shfit'"),
        ({"keeps": ("bias", "layer_0")}, r"keeps must be last words of names among .*, not 'layer_0'"),
    ],
)
def test_a_choice_that_fits_no_parameter_is_refused(perceptron: Problem, change: dict[str, Any], message: str) -> None:
    parameters, episodes = drawn(perceptron)
    wrong = replace(LOOP, **change)

    with pytest.raises(SettingError, match=message):
        adapt(wrong, perceptron.network, perceptron.loss, parameters, episodes.support)

    unadapted = adapt(replace(wrong, steps=0), perceptron.network, perceptron.loss, parameters, episodes.support)
    assert unadapted == (parameters,)
