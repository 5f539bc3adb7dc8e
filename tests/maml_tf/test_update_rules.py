"""Update rules against plain nested tapes: values, exact meta-gradients, first order, refusals."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Clipped, InnerLoop, Momentum, Rates, SettingError, adapt, descend
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.naming import leaf_names
from tests.maml_tf.problems import PROBLEMS, TASKS, Problem, problem
from tests.maml_tf.reference import differentiate, finite_difference, largest_difference, tasks_of

ROUNDING = 1e-12
NAMES = ["perceptron, normalised", "convolutions, strides"]  # one test covers all problems


def by_name(values: Parameters) -> dict[str, Tensor]:
    return dict(zip(leaf_names(values), tf.nest.flatten(values), strict=True))


def element_rates(parameters: Parameters) -> dict[str, Tensor]:
    """Returns a different rate for each element."""
    return {name: 0.05 + 0.04 * tf.sin(value) for name, value in by_name(parameters).items()}


def steps_rates(parameters: Parameters) -> dict[str, Tensor]:
    """Returns a different rate for each step of each parameter."""
    names = enumerate(leaf_names(parameters))
    return {name: tf.constant([0.1, 0.02, 0.07], tf.float64) / (1.0 + at) for at, name in names}


class Velocity:
    """Momentum as a plain function of the gradients of one task."""

    def __init__(self) -> None:
        self.velocity: list[Tensor] = []

    def __call__(self, gradients: list[Tensor], step: int, rates: list[Tensor]) -> list[Tensor]:
        old = self.velocity or [tf.zeros_like(gradient) for gradient in gradients]
        self.velocity = [0.5 * before + gradient for before, gradient in zip(old, gradients, strict=True)]
        return [-0.1 * velocity for velocity in self.velocity]


def plain(gradients: list[Tensor], step: int, rates: list[Tensor]) -> list[Tensor]:
    return [-rate * gradient for rate, gradient in zip(rates, gradients, strict=True)]


def clipped(gradients: list[Tensor], step: int, rates: list[Tensor]) -> list[Tensor]:
    return [-0.1 * tf.clip_by_value(gradient, -0.05, 0.05) for gradient in gradients]


# Each rule of the library, made from parameters, beside a plain function of the gradients of one task.
RULES: dict[str, tuple[Callable[[Parameters], Any], Callable[[], Any]]] = {
    "one rate": (lambda _: Rates(values=0.1), lambda: lambda g, step, rates: [-0.1 * gradient for gradient in g]),
    "rates of steps": (
        lambda _: Rates(values=(0.1, 0.03, 0.05), by_step=True),
        lambda: lambda g, step, rates: [-(0.1, 0.03, 0.05)[step] * gradient for gradient in g],
    ),
    "rates of steps and parameters": (
        lambda parameters: Rates(values=steps_rates(parameters), by_step=True),
        lambda: (
            lambda g, step, rates: [-(0.1, 0.02, 0.07)[step] / (1.0 + at) * gradient for at, gradient in enumerate(g)]
        ),
    ),
    "rates of elements": (lambda parameters: Rates(values=element_rates(parameters)), lambda: plain),
    "momentum": (lambda _: Momentum(rate=0.1, decay=0.5), Velocity),
    "clipped": (lambda _: Clipped(bound=0.05, rule=Rates(values=0.1)), lambda: clipped),
}


def loop(rule: Any, **settings: Any) -> InnerLoop:
    return InnerLoop(steps=3, learning_rate=rule, **settings)


def meta_loss(chosen: Problem, rule: str, parameters: Parameters, first_order: bool = False) -> Tensor:
    """Returns the library's query loss. Rates of elements depend on the parameters, so they are differentiated too."""
    episodes = chosen.episodes(0)
    learner = chosen.learner(loop(RULES[rule][0](parameters), first_order=first_order))
    return learner.objective(parameters, episodes)


def reference_loss(chosen: Problem, rule: str, parameters: Parameters, first_order: bool = False) -> Tensor:
    """Returns the same query loss computed by one plain tape per step, task by task."""
    rates, losses = list(element_rates(parameters).values()), []
    for support, query, _ in tasks_of(chosen.episodes(0)):
        adapted, changes = parameters, RULES[rule][1]()
        for step in range(3):
            values = tf.nest.flatten(adapted)
            with tf.GradientTape() as tape:
                tape.watch(values)
                loss = tf.reduce_mean(chosen.loss(chosen.one_task(adapted, support.inputs), support.targets))
            gradients = tape.gradient(loss, values, unconnected_gradients="zero")
            if first_order:
                gradients = [tf.stop_gradient(gradient) for gradient in gradients]
            moved = [value + change for value, change in zip(values, changes(gradients, step, rates), strict=True)]
            adapted = tf.nest.pack_sequence_as(adapted, moved)
        losses.append(tf.reduce_mean(chosen.loss(chosen.one_task(adapted, query.inputs), query.targets)))
    return tf.reduce_mean(losses)


@pytest.mark.parametrize(("name", "first_order"), [(NAMES[0], False), (NAMES[0], True), (NAMES[1], False)])
@pytest.mark.parametrize("rule", list(RULES))
def test_every_rule_equals_plain_nested_tapes(name: str, rule: str, first_order: bool) -> None:
    chosen = problem(name)
    parameters = chosen.parameters(0)

    loss, gradient = differentiate(lambda point: meta_loss(chosen, rule, point, first_order), parameters)

    expected_loss, expected = differentiate(lambda point: reference_loss(chosen, rule, point, first_order), parameters)
    np.testing.assert_allclose(loss, expected_loss, rtol=ROUNDING)
    assert largest_difference(gradient, expected) < ROUNDING


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "clipped"])  # a clipped element is not smooth
def test_the_meta_gradient_through_a_rule_equals_finite_differences(rule: str) -> None:
    chosen = problem("perceptron, normalised")
    parameters = chosen.parameters(1)
    _, gradient = differentiate(lambda point: meta_loss(chosen, rule, point), parameters)
    direction = [np.random.default_rng(0).normal(size=tensor.shape) for tensor in gradient]

    numeric = finite_difference(lambda point: meta_loss(chosen, rule, point), parameters, direction)

    exact = sum(float(np.sum(slope * step)) for slope, step in zip(gradient, direction, strict=True))
    assert numeric == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_one_rate_as_a_rule_equals_the_fast_path(name: str) -> None:
    chosen = problem(name)
    parameters, episodes = chosen.parameters(0), chosen.episodes(0)

    by_rule = differentiate(
        lambda point: chosen.learner(loop(Rates(values=0.1))).objective(point, episodes), parameters
    )[1]

    fast = differentiate(lambda point: chosen.learner(loop(0.1)).objective(point, episodes), parameters)[1]
    assert largest_difference(by_rule, fast) < ROUNDING


def test_any_objective_can_be_descended() -> None:
    centres = tf.constant([[1.0, 2.0], [3.0, -1.0], [0.0, 5.0]], tf.float64)  # a task is a point to move to
    start = {"point": tf.zeros([2], tf.float64), "scale": tf.constant(1.0, tf.float64)}

    def distance(parameters: Parameters, step: int) -> Tensor:
        point = parameters["point"]
        point = point.value + point.offset if hasattr(point, "offset") else point
        return (1 + step) * tf.reduce_sum(tf.square(point - centres), axis=-1) / 2

    trajectory = descend(InnerLoop(steps=2, learning_rate=0.1, adapts=("point",)), distance, start, TASKS)

    assert [len(tf.nest.flatten(parameters)) for parameters in trajectory] == [2, 2, 2]
    np.testing.assert_allclose(trajectory[1]["point"], 0.1 * centres)
    np.testing.assert_allclose(trajectory[2]["point"], (0.1 + 0.2 * 0.9) * centres)
    assert trajectory[2]["scale"] is trajectory[0]["scale"]


def test_only_the_parameters_that_adapt_need_a_rate() -> None:
    chosen = problem("perceptron")
    parameters, support = chosen.parameters(0), chosen.episodes(0).support
    rates = Rates(values={"layer_2/bias": 0.1})

    last = adapt(loop(rates, adapts=("layer_2/bias",)), chosen.network, chosen.loss, parameters, support)[-1]

    assert last["layer_0"]["kernel"] is parameters["layer_0"]["kernel"]
    with pytest.raises(
        SettingError, match=r"values must have a rate for 'layer_0/bias', not only for \['layer_2/bias'"
    ):
        adapt(loop(rates), chosen.network, chosen.loss, parameters, support)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Momentum(rate=0.0), "rate must be above 0, not 0.0"),
        (lambda: Momentum(rate=0.1, decay=1.0), "decay must be from 0 to below 1, not 1.0"),
        (lambda: Clipped(bound=-1.0, rule=Rates(values=0.1)), "bound must be above 0, not -1.0"),
        (lambda: loop("fast"), "learning_rate must be a number or an update rule, not 'fast'"),
    ],
)
def test_a_setting_out_of_range_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        make()


def test_more_steps_than_rates_are_refused() -> None:
    chosen = problem("perceptron")
    few = replace(loop(Rates(values=(0.1, 0.2), by_step=True)))

    with pytest.raises(SettingError, match="values must have a rate for every inner step, but have 2 at step 3"):
        adapt(few, chosen.network, chosen.loss, chosen.parameters(0), chosen.episodes(0).support)
