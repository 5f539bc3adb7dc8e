"""Comparison of meta-gradients with finite differences."""

from dataclasses import replace
from typing import Any

import pytest
import tensorflow as tf

from maml_tf import (
    MAML,
    MLP,
    Episodes,
    InnerLoop,
    MultiTask,
    SettingError,
    Sinusoid,
    State,
    check_gradients,
    squared_error,
)
from maml_tf.interfaces import Parameters, Tensor

NETWORK = MLP(inputs=1, hidden=(8,), outputs=1, standard_deviation=0.5)
LOOP = InnerLoop(steps=2, learning_rate=0.02)
LEARNER = MAML(network=NETWORK, loss=squared_error, inner_loop=LOOP)
TASKS = Sinusoid(shot=3, query=4)


class Wrong(MAML):
    """A learner that scales its gradient, but not the loss that it returns."""

    def update(self, state: State, episodes: Episodes) -> Tensor:
        return state.descend(lambda parameters: 1.1 * self.objective(parameters, episodes)) / 1.1


class Twice(MAML):
    """A learner that takes two gradient steps."""

    def update(self, state: State, episodes: Episodes) -> Tensor:
        super().update(state, episodes)
        return super().update(state, episodes)


class Noisy(MAML):
    """A learner whose loss is random."""

    def objective(self, parameters: Parameters, episodes: Episodes) -> Tensor:
        loss = super().objective(parameters, episodes)
        return loss + tf.random.normal([], dtype=loss.dtype)


def other(kind: type[MAML]) -> MAML:
    return kind(network=NETWORK, loss=squared_error, inner_loop=LOOP)


def test_the_meta_gradient_of_maml_is_exact_in_double_precision() -> None:
    check = check_gradients(LEARNER, TASKS)

    assert check.dtype == "float64"
    assert check.error < 1e-6


@pytest.mark.parametrize("settings", [{"tasks_at_once": 1}, {"groups": 2}])
def test_a_meta_batch_in_parts_can_be_checked(settings: dict[str, Any]) -> None:
    assert check_gradients(replace(LEARNER, **settings), TASKS).error < 1e-6


def test_a_network_in_single_precision_can_be_checked() -> None:
    class Single:
        def initialize(self, seed: int | Tensor) -> Parameters:
            return NETWORK.initialize(seed)

        def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
            assert inputs.dtype == tf.float32
            return NETWORK.apply(parameters, inputs, support)

    check = check_gradients(replace(LEARNER, network=Single()), TASKS)

    assert check.dtype == "float32"


def test_parameters_and_episodes_can_be_given() -> None:
    parameters = NETWORK.initialize(5)
    episodes = TASKS.episodes(TASKS.sample((1, 2), 3))

    given, drawn = check_gradients(LEARNER, episodes, parameters), check_gradients(LEARNER, TASKS)

    assert given.error < 1e-6
    assert given != drawn


def test_a_wrong_gradient_is_refused() -> None:
    with pytest.raises(SettingError, match=r"the meta-gradient differs from finite differences by 0\.091 of"):
        check_gradients(other(Wrong), TASKS)

    assert check_gradients(other(Wrong), TASKS, tolerance=0.1).error == pytest.approx(1 - 1 / 1.1, rel=1e-4)


@pytest.mark.parametrize(
    ("learner", "message"),
    [
        (replace(LEARNER, inner_loop=replace(LOOP, first_order=True)), "first_order must be False"),
        (other(Twice), "must take one gradient step, not 2"),
        (MultiTask(network=NETWORK, loss=squared_error, inner_loop=LOOP), "meta_batch must be 1"),
        (other(Noisy), "must return the same loss"),
    ],
)
def test_what_cannot_be_checked_is_refused(learner: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        check_gradients(learner, TASKS)


def test_rounding_that_hides_the_answer_is_reported() -> None:
    with pytest.raises(SettingError, match="the finite differences are uncertain by"):
        check_gradients(LEARNER, TASKS, tolerance=1e-15)


def test_a_gradient_that_is_not_finite_is_reported() -> None:
    parameters = tf.nest.map_structure(lambda value: value / 0, NETWORK.initialize(0))

    with pytest.raises(SettingError, match="must be finite at these parameters"):
        check_gradients(LEARNER, TASKS, parameters)
