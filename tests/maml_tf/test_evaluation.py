"""Meta-testing: scores, test tasks, and the choice of a learning rate."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MAML,
    Adam,
    Episodes,
    Protocol,
    SettingError,
    accuracy,
    evaluate,
    squared_error,
    tuned,
)
from maml_tf.interfaces import Seed, TaskDistribution
from tests.maml_tf.problems import INNER_LOOP, LEARNERS, SINUSOID, SMALL, DoubleNetwork, DoubleTasks, plain_perceptron

PROTOCOL = Protocol(tasks=7, steps=3, seed=1, batch=7)
LEARNER = MAML(network=DoubleNetwork(network=SMALL), loss=squared_error, inner_loop=INNER_LOOP, meta_optimizer=Adam())
PARAMETERS = LEARNER.network.initialize(0)
DOUBLE_SINUSOID = DoubleTasks(tasks=SINUSOID)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A task distribution that remembers the seeds it was given and the episodes it handed out."""

    tasks: TaskDistribution = DOUBLE_SINUSOID
    seeds: list[tuple[int, ...]] = field(default_factory=list)
    seen: list[Episodes] = field(default_factory=list)

    def sample(self, seed: Seed, tasks: int) -> Any:
        """Draws a plan."""
        self.seeds.append(tuple(int(number) for number in seed))
        return self.tasks.sample(seed, tasks)

    def episodes(self, plan: Any) -> Episodes:
        """Turns a plan into episodes."""
        self.seen.append(self.tasks.episodes(plan))
        return self.seen[-1]


def scores(
    protocol: Protocol = PROTOCOL, learner: MAML = LEARNER, tasks: TaskDistribution = DOUBLE_SINUSOID
) -> np.ndarray:
    return evaluate(learner, PARAMETERS, tasks, protocol, squared_error)


def by_hand(episodes: Episodes, steps: int) -> np.ndarray:
    """Returns the scores of fine-tuning one task after another with plain tapes."""
    rows = []
    for inputs, targets, query_inputs, query_targets in zip(*episodes.support, *episodes.query, strict=True):
        values, row = tf.nest.flatten(PARAMETERS), []
        for step in range(steps + 1):
            outputs = plain_perceptron(tf.nest.pack_sequence_as(PARAMETERS, values), query_inputs)
            row.append(np.mean((outputs - query_targets) ** 2))
            if step < steps:
                with tf.GradientTape() as tape:
                    tape.watch(values)
                    outputs = plain_perceptron(tf.nest.pack_sequence_as(PARAMETERS, values), inputs)
                    loss = tf.reduce_mean((outputs - targets) ** 2)
                rate = INNER_LOOP.learning_rate
                values = [
                    value - rate * slope for value, slope in zip(values, tape.gradient(loss, values), strict=True)
                ]
        rows.append(row)
    return np.array(rows).T


def test_scores_are_those_of_fine_tuning_one_task_after_another() -> None:
    tasks = Recorded()

    found = scores(tasks=tasks)

    assert found.shape == (4, 7)
    np.testing.assert_allclose(found, by_hand(tasks.seen[0], 3), rtol=1e-10)


@pytest.mark.parametrize("batch", [1, 3, 600])
def test_the_batch_changes_nothing(batch: int) -> None:
    np.testing.assert_allclose(scores(replace(PROTOCOL, batch=batch)), scores(), rtol=1e-12)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_graph_changes_nothing(batch: int) -> None:
    compiled = scores(replace(PROTOCOL, batch=batch, compiled=True))
    np.testing.assert_allclose(compiled, scores(), rtol=1e-12)


def test_a_graph_is_made_for_ten_batches() -> None:
    assert not replace(PROTOCOL, tasks=9, batch=1).is_compiled
    assert replace(PROTOCOL, tasks=10, batch=1).is_compiled
    assert not replace(PROTOCOL, tasks=10, batch=1, compiled=False).is_compiled
    once, every = Recorded(), Recorded()
    scores(replace(PROTOCOL, tasks=10, batch=1), tasks=once)
    scores(replace(PROTOCOL, tasks=10, batch=1, compiled=False), tasks=every)
    assert (len(once.seen), len(every.seen)) == (1, 10)


def test_progress_is_reported_after_each_batch() -> None:
    completed: list[int] = []
    evaluate(LEARNER, PARAMETERS, DOUBLE_SINUSOID, replace(PROTOCOL, batch=3), squared_error, completed.append)
    assert completed == [3, 6, 7]


def test_the_batch_bounds_the_tasks_that_adapt_side_by_side() -> None:
    tasks = Recorded()

    scores(replace(PROTOCOL, batch=3), tasks=tasks)

    assert [len(episodes.descriptor) for episodes in tasks.seen] == [3, 3, 1]


def test_more_steps_go_on_from_fewer() -> None:
    np.testing.assert_allclose(scores(replace(PROTOCOL, steps=5))[:4], scores(), rtol=1e-12)
    assert scores(replace(PROTOCOL, steps=0)).shape == (1, 7)


def test_the_steps_of_training_do_not_matter_at_test() -> None:
    longer = replace(LEARNER, inner_loop=replace(INNER_LOOP, steps=9))

    np.testing.assert_array_equal(scores(learner=longer), scores())


def test_every_step_matters() -> None:
    found = scores()

    assert all(np.abs(later - earlier).max() > 1e-3 for earlier, later in pairwise(found))


def test_scores_can_be_had_after_some_steps_only() -> None:
    chosen = scores(replace(PROTOCOL, after=(1, 3)))
    np.testing.assert_array_equal(chosen, scores()[[1, 3]])


def test_query_sets_are_predicted_only_when_accessed() -> None:
    applied: list[int] = []

    @dataclass(frozen=True)
    class Counting(DoubleNetwork):
        def apply(self, parameters: Any, inputs: Any, support: Any = None) -> Any:
            if support is not None:
                applied.append(1)
            return super().apply(parameters, inputs, support)

    scores(replace(PROTOCOL, after=(3,)), replace(LEARNER, network=Counting(network=SMALL)))
    assert len(applied) == 1


def test_a_seed_stands_for_the_same_tasks_whoever_is_tested() -> None:
    one, other, oracle = Recorded(), Recorded(tasks=SINUSOID), LEARNERS["oracle"]

    scores(tasks=one)
    evaluate(oracle, oracle.begin(0).parameters, other, PROTOCOL, squared_error)

    tf.nest.map_structure(np.testing.assert_array_equal, one.seen, other.seen)


def test_another_seed_stands_for_other_tasks() -> None:
    assert np.abs(scores(replace(PROTOCOL, seed=2)) - scores()).min() > 0


def test_fewer_tasks_are_the_first_ones() -> None:
    # The sine waves are drawn in single precision, whose rounding may depend on how many there are.
    np.testing.assert_allclose(scores(replace(PROTOCOL, tasks=3)), scores()[:, :3], rtol=1e-5)


def test_test_tasks_are_never_training_tasks() -> None:
    tested = Recorded()

    def draw(start: tf.Tensor) -> tf.Tensor:
        return SINUSOID.sample(tf.stack([tf.constant(PROTOCOL.seed, tf.int64), start]), 2).support.inputs

    scores(tasks=tested)

    # A training run with the seed of the test and chunks of one meta-iteration.
    compiled = tf.function(lambda starts: tf.map_fn(draw, starts, fn_output_signature=tf.float32), autograph=False)
    drawn = compiled(tf.range(2000, dtype=tf.int64)).numpy()
    assert not np.intersect1d(drawn, tested.seen[0].support.inputs).size
    assert tested.seeds == [(PROTOCOL.seed, 2**40)], "no run has as many meta-iterations"


def outlier(outputs: Any, targets: Any) -> Any:
    """Returns scores that overflow for one of three tasks and are undefined for another."""
    factors = tf.constant([1.0, np.inf, np.nan], tf.float64)[:, tf.newaxis]
    return squared_error(outputs, targets) * factors


def test_a_diverged_task_keeps_its_score() -> None:
    three = replace(PROTOCOL, tasks=3)

    found = evaluate(LEARNER, PARAMETERS, DOUBLE_SINUSOID, three, outlier)

    np.testing.assert_allclose(found[:, 0], scores(three)[:, 0])
    assert np.isposinf(found[:, 1]).all()
    assert np.isnan(found[:, 2]).all()


@pytest.mark.parametrize("score", [squared_error, accuracy])
def test_adaptation_that_diverges_shows(score: Any) -> None:
    wild = LEARNER.with_learning_rate(1e200)

    found = evaluate(wild, PARAMETERS, DOUBLE_SINUSOID, PROTOCOL, score)

    assert np.isfinite(found[0]).all()
    assert not np.isfinite(found[-1]).any()


def test_large_scores_do_not_warn() -> None:
    def large(outputs: Any, targets: Any) -> Any:
        return tf.fill(outputs.shape[:2], np.finfo(np.float32).max)

    found = evaluate(LEARNER, PARAMETERS, DOUBLE_SINUSOID, PROTOCOL, large)

    assert np.isposinf(found).all()


RATES = [1e-4, 0.02, 0.1, 1e200]


def test_the_best_learning_rate_is_chosen() -> None:
    costs = [scores(learner=LEARNER.with_learning_rate(rate))[1:].mean() for rate in RATES[:3]]

    for candidates in (RATES, RATES[::-1]):
        chosen = tuned(LEARNER, PARAMETERS, DOUBLE_SINUSOID, PROTOCOL, squared_error, candidates)
        assert chosen == LEARNER.with_learning_rate(RATES[int(np.argmin(costs))])


def test_the_highest_score_is_chosen_where_more_is_better() -> None:
    costs = [np.mean(scores(learner=LEARNER.with_learning_rate(rate))[1:]) for rate in RATES]

    def negated(outputs: Any, targets: Any) -> Any:
        return -squared_error(outputs, targets)

    chosen = tuned(LEARNER, PARAMETERS, DOUBLE_SINUSOID, PROTOCOL, negated, RATES, better="higher")
    assert chosen == LEARNER.with_learning_rate(RATES[int(np.nanargmin(costs))])


def test_the_choice_is_made_after_the_first_step() -> None:
    def after_adaptation(outputs: Any, targets: Any) -> Any:
        calls.append(outputs)
        # The scores before adaptation are undefined. The others are equal for all rates except the third.
        step, rate = (len(calls) - 1) % 4, (len(calls) - 1) // 4
        return tf.fill(outputs.shape[:2], np.nan if step == 0 else 2.0 - (rate == 2))

    calls: list[Any] = []
    chosen = tuned(LEARNER, PARAMETERS, DOUBLE_SINUSOID, PROTOCOL, after_adaptation, RATES)

    assert chosen.inner_loop.learning_rate == RATES[2]
    assert len(calls) == 4 * len(RATES)


def test_large_scores_are_compared_by_their_mean() -> None:
    def large(outputs: Any, targets: Any) -> Any:
        calls.append(outputs)
        rate = (len(calls) - 1) // 4
        return tf.fill(outputs.shape[:2], np.float32([3e37, 2e37, 1e37, 4e37][rate]))

    calls: list[Any] = []
    chosen = tuned(LEARNER, PARAMETERS, DOUBLE_SINUSOID, replace(PROTOCOL, tasks=50, batch=50), large, RATES)

    assert chosen.inner_loop.learning_rate == RATES[2]


def test_the_first_of_equal_learning_rates_is_chosen() -> None:
    def same(outputs: Any, targets: Any) -> Any:
        return tf.ones(outputs.shape[:2])

    chosen = tuned(LEARNER, PARAMETERS, DOUBLE_SINUSOID, PROTOCOL, same, RATES[1:])

    assert chosen.inner_loop.learning_rate == RATES[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"protocol": replace(PROTOCOL, steps=0)},
            "steps must reach 1 or more to choose a learning rate, not 0",
        ),
        (
            {"protocol": replace(PROTOCOL, after=(0,))},
            r"after must reach 1 or more to choose a learning rate, not \(0,\)",
        ),
        ({"better": "less"}, r"better must be one of \('lower', 'higher'\), not 'less'"),
        ({"learning_rates": iter(())}, r"learning_rates must be one or more numbers, not \(\)"),
        (
            {"learning_rates": [1e200, 1e210]},
            r"learning_rates must have one that does not diverge, not \(1e\+200, 1e\+210\)",
        ),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(change: dict[str, Any], message: str) -> None:
    settings: dict[str, Any] = {"protocol": PROTOCOL, "score": squared_error, "learning_rates": RATES} | change
    with pytest.raises(SettingError, match=message):
        tuned(LEARNER, PARAMETERS, DOUBLE_SINUSOID, **settings)


def test_the_defaults_are_those_of_the_authors() -> None:
    assert Protocol() == Protocol(tasks=600, steps=10, seed=1, batch=600)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tasks": 0}, "tasks must be 1 or more, not 0"),
        ({"steps": -1}, "steps must be 0 or more, not -1"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"batch": 0}, "batch must be 1 or more, not 0"),
        ({"after": (0, 11)}, r"after must be numbers from 0 to 3, the steps, not \(0, 11\)"),
        ({"after": 5}, "after must be numbers from 0 to 3, the steps, not 5"),
        ({"after": ()}, r"after must be numbers from 0 to 3, the steps, not \(\)"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(PROTOCOL, **change)
