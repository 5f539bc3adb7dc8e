"""The meta-objective of MAML, and methods that all adapting learners share."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MAML, MLP, Adam, InnerLoop, Rates, SettingError, Sinusoid, squared_error
from maml_tf.interfaces import Episodes, Examples, Parameters, Tensor
from maml_tf.state import State
from tests.maml_tf.problems import LEARNERS, PROBLEMS, Problem, problem
from tests.maml_tf.reference import (
    differentiate,
    largest_difference,
    reference_adapt,
    reference_query_loss,
    tasks_of,
)

LOOP = InnerLoop(steps=2, learning_rate=0.1)


@pytest.fixture(scope="module", params=list(PROBLEMS))
def any_problem(request: pytest.FixtureRequest) -> Problem:
    return problem(request.param)


class Recorder:
    """A network of one parameter that keeps its inputs."""

    def __init__(self) -> None:
        self.seen: list[Tensor] = []

    def initialize(self, seed: int | Tensor) -> Parameters:
        return {"factor": tf.ones([])}

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        self.seen.append(inputs)
        return inputs * parameters["factor"]


def test_the_meta_objective_is_the_mean_query_loss_after_adaptation(any_problem: Problem) -> None:
    parameters, episodes = any_problem.parameters(0), any_problem.episodes(0)

    value = any_problem.learner(LOOP).objective(parameters, episodes)

    losses = [reference_query_loss(any_problem, LOOP, parameters, task) for task in tasks_of(episodes)]
    np.testing.assert_allclose(value, np.mean(losses), rtol=1e-12)


def test_predictions_are_made_after_every_step(any_problem: Problem) -> None:
    parameters, episodes = any_problem.parameters(0), any_problem.episodes(0)

    predictions = any_problem.learner(LOOP).predict(parameters, episodes, 3)

    assert len(predictions) == 4
    for steps, predicted in enumerate(predictions):
        for outputs, (support, query, _) in zip(tasks_of(predicted), tasks_of(episodes), strict=True):
            adapted = reference_adapt(any_problem, replace(LOOP, steps=steps), parameters, support)
            assert largest_difference(outputs, any_problem.one_task(adapted, query.inputs)) < 1e-12


def test_an_update_is_one_step_of_the_meta_optimizer() -> None:
    chosen = problem("perceptron")
    learner = replace(chosen.learner(LOOP), meta_optimizer=Adam(learning_rate=0.5, epsilon=1e-15))
    parameters, episodes = chosen.parameters(0), chosen.episodes(0)
    state = State(parameters, learner.meta_optimizer)

    loss = learner.update(state, episodes)

    expected_loss, gradient = differentiate(lambda point: learner.objective(point, episodes), parameters)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-12)
    for value, before, slope in zip(
        tf.nest.flatten(state.parameters), tf.nest.flatten(parameters), gradient, strict=True
    ):
        # The first step of Adam has the size of the learning rate, against the sign of the gradient.
        np.testing.assert_allclose(value, before.numpy() - 0.5 * np.sign(slope), rtol=1e-9)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("apart", [{"tasks_at_once": 1}, {"groups": 3}, {"tasks_at_once": 3, "groups": 3}])
@pytest.mark.parametrize("name", ["perceptron, normalised", "convolutions, strides"])
def test_tasks_one_after_another_or_in_groups_give_the_same_update(
    name: str, apart: dict[str, Any], compiled: bool
) -> None:
    chosen = problem(name)
    together = replace(chosen.learner(replace(LOOP, steps=1)), meta_optimizer=Adam(learning_rate=0.5, epsilon=1.0))
    episodes, outcomes = chosen.episodes(0), []
    for learner in (together, replace(together, **apart)):
        state = State(chosen.parameters(0), learner.meta_optimizer)
        update = partial(learner.update, state, episodes)
        loss = tf.function(update, autograph=False)() if compiled else update()
        outcomes.append([loss, *tf.nest.flatten(state.parameters)])

    # With an epsilon this large the step is nearly in proportion to the gradient.
    assert largest_difference(outcomes[0][1:], tf.nest.flatten(chosen.parameters(0))) > 1e-3
    assert largest_difference(*outcomes) < 1e-12


@pytest.mark.parametrize(
    ("size", "groups", "expected"),
    [(None, 1, [6]), (6, 1, [6]), (3, 1, [3, 3]), (1, 1, [1] * 6), (None, 2, [3, 3]), (2, 2, [1] * 6)],
)
def test_as_many_tasks_as_wanted_are_computed_together(size: int | None, groups: int, expected: list[int]) -> None:
    loop = replace(LOOP, steps=0)
    learner = MAML(network=Recorder(), loss=squared_error, inner_loop=loop, tasks_at_once=size, groups=groups)
    drawn = tf.random.stateless_normal([6, 2, 1], (0, 0))
    examples = Examples(drawn, drawn)

    learner.update(learner.begin(0), Episodes(examples, examples, tf.zeros([6, 0])))

    assert [len(inputs) for inputs in learner.network.seen] == expected  # type: ignore[attr-defined]
    np.testing.assert_array_equal(tf.concat(learner.network.seen, axis=0), drawn)  # type: ignore[attr-defined]


def test_parts_that_do_not_fit_are_refused() -> None:
    chosen = problem("perceptron")
    learner = chosen.learner(LOOP)

    with pytest.raises(SettingError, match="tasks_at_once must be 1 or more, or None, not 0"):
        replace(learner, tasks_at_once=0)
    with pytest.raises(SettingError, match="tasks_at_once must divide the meta-batch of 3, not 2"):
        replace(learner, tasks_at_once=2).update(learner.begin(0), chosen.episodes(0))
    with pytest.raises(SettingError, match="groups must be 1 or more, not 0"):
        replace(learner, groups=0)
    with pytest.raises(SettingError, match="groups must divide the 3 tasks that are computed together, not 2"):
        replace(learner, groups=2).update(learner.begin(0), chosen.episodes(0))


def test_training_starts_from_the_initialisation_of_the_network() -> None:
    learner = problem("perceptron").learner(LOOP)

    assert largest_difference(learner.begin(3).parameters, learner.network.initialize(3)) == 0
    assert largest_difference(learner.begin(4).parameters, learner.network.initialize(3)) > 0.1


@pytest.mark.parametrize("name", ["MAML", "pretraining", "multi-task"])
def test_another_learning_rate_changes_nothing_else(name: str) -> None:
    learner = LEARNERS[name]

    faster = learner.with_learning_rate(0.3)  # type: ignore[attr-defined]

    assert faster.inner_loop.learning_rate == 0.3
    assert replace(faster, inner_loop=learner.inner_loop) == learner  # type: ignore[attr-defined]


def test_an_update_rule_has_no_learning_rate_to_change() -> None:
    learner = problem("perceptron").learner(replace(LOOP, learning_rate=Rates(values=(0.1,))))

    with pytest.raises(SettingError, match="learning_rate must be a number here, not Rates"):
        learner.with_learning_rate(0.3)


def test_meta_training_makes_adaptation_work() -> None:
    network = MLP(inputs=1, hidden=(20,), outputs=1, standard_deviation=0.5)
    loop = InnerLoop(steps=1, learning_rate=0.05)
    learner = MAML(network=network, loss=squared_error, inner_loop=loop, meta_optimizer=Adam(learning_rate=0.02))
    state, episodes = learner.begin(0), Sinusoid(amplitude=(1.0, 2.0)).sample((0, 0), 10)
    update = tf.function(lambda: learner.update(state, episodes), autograph=False)

    losses = [float(update()) for _ in range(150)]

    before, after = learner.predict(state.parameters, episodes, 1)
    assert losses[-1] < 0.6 * losses[0]
    assert np.mean(squared_error(after, episodes.query.targets)) < 0.8 * np.mean(
        squared_error(before, episodes.query.targets)
    )
