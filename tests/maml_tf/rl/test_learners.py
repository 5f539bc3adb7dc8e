"""Learners of policies work with `train`, `evaluate` and `Selection`, and learn."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    Adam,
    Checkpoint,
    Diverged,
    InnerLoop,
    Protocol,
    Rates,
    SamplingLearner,
    Selection,
    SettingError,
    Training,
    evaluate,
    train,
)
from maml_tf.rl import TRPO, CategoricalPolicy, GaussianPolicy, PolicyMAML, PolicyPretraining
from tests.maml_tf.rl.problems import Goals, Line, flat

POLICY = GaussianPolicy(observation_size=1, action_size=1, hidden=(3,))
MAML = PolicyMAML(
    environment=Line(),
    policy=POLICY,
    inner_loop=InnerLoop(steps=1, learning_rate=0.5),
    rollouts=4,
    meta_optimizer=TRPO(conjugate_gradient_steps=2, backtracks=5),
)
PRETRAINING = PolicyPretraining(
    environment=Line(), policy=POLICY, inner_loop=MAML.inner_loop, rollouts=2, meta_optimizer=Adam(learning_rate=0.05)
)
TRAINING = Training(iterations=4, meta_batch=2, chunk=2, seed=4)


def test_they_are_sampling_learners() -> None:
    assert isinstance(MAML, SamplingLearner)
    assert isinstance(PRETRAINING, SamplingLearner)


def test_maml_adapts_better_after_meta_training() -> None:
    learner = replace(MAML, rollouts=10, meta_optimizer=TRPO(max_kl=0.05))
    trained = train(learner, Goals(), Training(iterations=12, meta_batch=8, chunk=1))
    start = POLICY.initialize(0)
    before, after = (
        evaluate(learner, each, Goals(), Protocol(tasks=20, steps=1)) for each in (start, trained.parameters)
    )

    assert after[1].mean() > before[1].mean() + 0.3
    assert after[1].mean() > after[0].mean() + 0.3
    np.testing.assert_allclose(trained.losses[:, 0], np.arange(1, 13))
    assert trained.losses[-1, 1] < trained.losses[0, 1]


def test_pretraining_raises_the_return_without_adaptation() -> None:
    class OneGoal(Goals):
        def sample(self, seed: Any, tasks: int) -> Any:
            return tf.fill([tasks, 1], 0.7)

    trained = train(PRETRAINING, OneGoal(), Training(iterations=30, meta_batch=10, chunk=1))
    assert trained.losses[-3:, 1].mean() < trained.losses[:3, 1].mean() - 0.3


# A linear policy, because each run compiles the step of TRPO again.
LINEAR = replace(MAML, policy=replace(POLICY, hidden=()))


@pytest.mark.parametrize("learner", [LINEAR, PRETRAINING])
def test_an_interrupted_run_resumes_bit_for_bit(learner: Any, tmp_path: Path) -> None:
    def selection() -> Selection:
        return Selection(tasks=Goals(), protocol=Protocol(tasks=3, steps=1), every=2, better="higher")

    def interrupt(done: int, loss: float) -> None:
        raise KeyboardInterrupt

    whole = train(learner, Goals(), TRAINING, selection=selection())
    checkpoint = Checkpoint(path=tmp_path / "state.npz", run="one")
    with pytest.raises(KeyboardInterrupt):
        train(learner, Goals(), TRAINING, checkpoint=checkpoint, progress=interrupt, selection=selection())
    resumed = train(learner, Goals(), TRAINING, checkpoint=checkpoint, selection=selection())

    np.testing.assert_array_equal(flat(resumed.parameters), flat(whole.parameters))
    np.testing.assert_array_equal(resumed.losses, whole.losses)
    np.testing.assert_array_equal(resumed.validation, whole.validation)
    assert not np.array_equal(flat(whole.parameters), flat(learner.policy.initialize(4)))


def test_scores_do_not_depend_on_the_batch() -> None:
    def scores(batch: int) -> np.ndarray:
        return evaluate(MAML, POLICY.initialize(0), Goals(), Protocol(tasks=3, steps=2, batch=batch))

    np.testing.assert_array_equal(scores(3), scores(2))
    assert scores(3).shape == (3, 3)


def test_later_steps_have_their_own_rate() -> None:
    def scores(*rates: float) -> np.ndarray:
        rule = Rates(values=rates, by_step=True)
        learner = replace(MAML, inner_loop=InnerLoop(steps=1, learning_rate=rule))
        return evaluate(learner, POLICY.initialize(0), Goals(), Protocol(tasks=2, steps=2))

    plain = evaluate(MAML, POLICY.initialize(0), Goals(), Protocol(tasks=2, steps=2))
    np.testing.assert_allclose(scores(0.5, 0.5), plain, rtol=1e-5)
    smaller = scores(0.5, 0.1)
    np.testing.assert_allclose(smaller[:2], plain[:2], rtol=1e-5)
    assert not np.allclose(smaller[2], plain[2], rtol=1e-3)


def test_a_context_vector_alone_adapts() -> None:
    policy = replace(POLICY, context=2)
    loop = InnerLoop(steps=1, learning_rate=0.5, adapts=("context",))
    learner = replace(MAML, policy=policy, inner_loop=loop)
    parameters = policy.initialize(0)
    seeds = np.array([[0, 0], [0, 1]])
    trajectories = learner.sample(parameters, np.array([[0.7], [-0.7]], np.float32), seeds)
    adapted = learner.adapt(parameters, [learner.samples(trajectories)])

    assert adapted["context"].shape == (2, 2)
    np.testing.assert_array_equal(adapted["log_std"], parameters["log_std"])
    assert not np.allclose(adapted["context"][0], adapted["context"][1])
    simple = replace(learner, meta_optimizer=Adam(learning_rate=0.1))
    trained = train(simple, Goals(), Training(iterations=1, meta_batch=2, chunk=1))
    assert not np.array_equal(flat(trained.parameters["network"]), flat(parameters["network"]))


SIMPLE = replace(MAML, environment=Line(tolerance=0.5), meta_optimizer=Adam(learning_rate=0.1))


@pytest.fixture(scope="module")
def plain() -> np.ndarray:
    return after_one_iteration(SIMPLE)


@pytest.mark.parametrize(
    "change",
    [
        {"inner_loop": InnerLoop(steps=1, learning_rate=0.5, first_order=True)},
        {"surrogate": "low variance curvature"},
        {"gae_lambda": 0.5},
        {"discount": 0.5},
        {"budget": "time steps"},
    ],
)
def test_every_setting_changes_what_is_learned(change: dict[str, Any], plain: np.ndarray) -> None:
    assert not np.array_equal(after_one_iteration(replace(SIMPLE, **change)), plain)


def after_one_iteration(learner: Any) -> np.ndarray:
    """Returns the moments of Adam: parameters hardly depend on the length of the first gradient."""
    state = learner.begin(0)
    learner.sample_and_update(state, np.array([[0.7], [-0.7]], np.float32), np.array([[0, 0], [0, 1]]))
    return np.concatenate([each.ravel() for name, each in state.snapshot().items() if name.startswith("slot")])


def test_pooling_changes_what_is_learned() -> None:
    pooled, separate = (after_one_iteration(each) for each in (PRETRAINING, replace(PRETRAINING, pooled=False)))
    assert not np.array_equal(pooled, separate)


@pytest.mark.parametrize(("pooled", "shape"), [(False, (2, 30)), (True, (1, 60))])
def test_a_budget_of_time_steps_has_a_fixed_number_of_places(pooled: bool, shape: tuple[int, int]) -> None:
    learner = replace(MAML, environment=Line(tolerance=0.5), budget="time steps")
    trajectories = learner.sample(
        POLICY.initialize(0), np.array([[0.7], [-0.7]], np.float32), np.array([[0, 0], [0, 1]])
    )
    samples = learner.samples(trajectories, pooled)

    assert samples.mask.shape == shape
    assert np.sum(samples.mask) == trajectories.mask.sum()


def test_divergence_is_noticed() -> None:
    with pytest.raises(Diverged, match="the reward of task 1 is not finite in rollout 2 at time step 3"):
        train(replace(MAML, environment=Line(tolerance=0.0, broken_at=3)), Goals(), TRAINING)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"policy": replace(POLICY, observation_size=2)},
            r"policy.observation_size must be 1, as in the environment, not 2",
        ),
        ({"policy": replace(POLICY, action_size=2)}, r"policy.action_size must be 1, as in the environment, not 2"),
        (
            {"policy": CategoricalPolicy(observation_size=1, action_size=1)},
            "policy must fit an environment with actions of numbers, not be a CategoricalPolicy",
        ),
        ({"rollouts": 0}, "rollouts must be 1 or more, not 0"),
        ({"discount": 1.5}, r"discount must be from 0 to 1, not 1\.5"),
        ({"gae_lambda": -1.0}, r"gae_lambda must be from 0 to 1, not -1\.0"),
        ({"budget": "episodes"}, "budget must be one of .*, not 'episodes'"),
        ({"surrogate": "dice"}, "surrogate must be one of .*, not 'dice'"),
    ],
)
def test_bad_settings_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(MAML, **change)


def test_goals_count_in_turn_until_they_have_the_time_steps() -> None:
    """The first two goals have two rollouts each, and so four times the time steps of one."""
    seeds = tf.constant([[0, number] for number in range(4)], tf.int64)
    goals = tf.constant([[0.5], [-0.5], [0.2], [0.9]])

    def after(learner: PolicyPretraining, tasks: int) -> np.ndarray:
        state = learner.begin(0)
        learner.sample_and_update(state, goals[:tasks], seeds[:tasks])
        return flat(state.parameters)

    steps = 4 * Line().horizon
    np.testing.assert_allclose(after(replace(PRETRAINING, time_steps=steps), 4), after(PRETRAINING, 2), rtol=1e-5)
    np.testing.assert_allclose(
        after(replace(PRETRAINING, time_steps=steps - Line().horizon + 1), 4), after(PRETRAINING, 2), rtol=1e-5
    )
    assert not np.allclose(after(replace(PRETRAINING, time_steps=steps + 1), 4), after(PRETRAINING, 2), rtol=1e-5)
    np.testing.assert_array_equal(after(replace(PRETRAINING, time_steps=10**6), 4), after(PRETRAINING, 4))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time_steps": 0}, "time_steps must be 1 or more, not 0"),
        ({"time_steps": 5, "pooled": False}, "pooled must be True with time_steps, not False"),
    ],
)
def test_time_steps_that_do_not_fit_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(PRETRAINING, **change)
