"""A learner that samples its own examples works with `train`, `evaluate` and `Selection`, by public names alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MLP,
    Adam,
    Checkpoint,
    Diverged,
    InnerLoop,
    Oracle,
    Protocol,
    SamplingLearner,
    Selection,
    SettingError,
    State,
    Training,
    descend,
    evaluate,
    squared_error,
    train,
)

TRAINING = Training(iterations=6, meta_batch=3, chunk=2, seed=4)
ACTIONS, DEVIATION = 20, 0.3


class Goals:
    """Tasks of a bandit with actions on a line; the plan holds the actions with the highest reward."""

    def sample(self, seed: Any, tasks: int) -> Any:
        return tf.random.stateless_uniform([tasks], seed, -1.0, 1.0)

    def episodes(self, plan: Any) -> Any:
        raise AssertionError("a learner that samples for itself needs no episodes")


@dataclass(frozen=True, kw_only=True)
class PolicyGradient:
    """MAML with a Gaussian policy and REINFORCE (paper, algorithm 3), the environment being a plain NumPy function."""

    inner_loop: InnerLoop = InnerLoop(steps=1, learning_rate=0.2)  # noqa: RUF009
    rate: float = 0.05

    def begin(self, seed: int) -> State:
        return State({"mean": tf.fill([1], 0.1 * seed)}, Adam(learning_rate=self.rate))

    def sample_and_update(self, state: State, plan: Any, seeds: Any) -> Any:
        before = self._rollouts(state.parameters["mean"], plan, seeds)
        adapted = self._adapt(state.parameters, [before])[-1]["mean"]
        after = self._rollouts(adapted, plan, seeds + 1)

        def objective(parameters: Any) -> Any:
            return tf.reduce_mean(self._surrogate(self._adapt(parameters, [before])[-1]["mean"], *after))

        return state.descend(objective)

    def sample_and_score(self, parameters: Any, plan: Any, seeds: Any, steps: int) -> Any:
        mean, returns = parameters["mean"], []
        for step in range(steps + 1):
            actions, rewards = self._rollouts(mean, plan, seeds + step)
            returns.append(tf.reduce_mean(rewards, axis=1))
            with tf.GradientTape() as tape:
                tape.watch(mean := tf.broadcast_to(mean, [len(plan)]))
                surrogate = self._surrogate(mean, actions, rewards)
            mean = mean - self.inner_loop.learning_rate * tape.gradient(surrogate, mean)
        return tf.stack(returns)

    def _rollouts(self, mean: Any, goals: Any, seeds: Any) -> tuple[Any, Any]:
        noise = tf.stack([tf.random.stateless_normal([ACTIONS], seed) for seed in tf.unstack(seeds)])
        actions = tf.reshape(mean, [-1, 1]) + DEVIATION * noise
        rewards = -np.abs(actions.numpy() - goals.numpy()[:, None])  # on the host, as a simulator is
        return tf.stop_gradient(actions), tf.constant(rewards)

    def _adapt(self, parameters: Any, rollouts: list[Any]) -> Any:
        def objective(parameters: Any, step: int) -> Any:
            mean = parameters["mean"]
            mean = mean.value + mean.offset if hasattr(mean, "offset") else mean
            return self._surrogate(mean, *rollouts[step])

        return descend(self.inner_loop, objective, parameters, 3)

    def _surrogate(self, mean: Any, actions: Any, rewards: Any) -> Any:
        log_likelihood = -tf.square((actions - tf.reshape(mean, [-1, 1])) / DEVIATION) / 2
        advantages = rewards - tf.reduce_mean(rewards, axis=1, keepdims=True)
        return -tf.reduce_mean(log_likelihood * advantages, axis=1)


LEARNER = PolicyGradient()


def parameters_of(trained: Any) -> np.ndarray:
    found: np.ndarray = trained.parameters["mean"].numpy()
    return found


def test_it_is_recognised_and_others_are_not() -> None:
    network = MLP(inputs=3, hidden=(2,), outputs=1)
    assert isinstance(LEARNER, SamplingLearner)
    assert not isinstance(Oracle(network=network, loss=squared_error), SamplingLearner)


def test_it_is_trained_and_the_seed_reaches_everything() -> None:
    trained, again = (train(LEARNER, Goals(), TRAINING) for _ in range(2))
    other = train(LEARNER, Goals(), Training(iterations=6, meta_batch=3, chunk=2, seed=5))

    assert parameters_of(trained) == parameters_of(again) != parameters_of(other)
    np.testing.assert_array_equal(trained.losses, again.losses)
    np.testing.assert_array_equal(trained.losses[:, 0], [2, 4, 6])
    assert parameters_of(trained) != 0.4, "it has moved from where it began"


@pytest.mark.parametrize("at", [2, 4])
def test_an_interrupted_run_resumes_bit_for_bit(at: int, tmp_path: Path) -> None:
    def selection() -> Selection:
        return Selection(tasks=Goals(), protocol=Protocol(tasks=4, steps=1), every=2, better="higher")

    def interrupt(done: int, loss: float) -> None:
        if done == at:
            raise KeyboardInterrupt

    whole = train(LEARNER, Goals(), TRAINING, selection=selection())
    checkpoint = Checkpoint(path=tmp_path / "state.npz", run="one")
    with pytest.raises(KeyboardInterrupt):
        train(LEARNER, Goals(), TRAINING, checkpoint=checkpoint, progress=interrupt, selection=selection())

    resumed = train(LEARNER, Goals(), TRAINING, checkpoint=checkpoint, selection=selection())

    assert parameters_of(resumed) == parameters_of(whole)
    np.testing.assert_array_equal(resumed.losses, whole.losses)
    np.testing.assert_array_equal(resumed.validation, whole.validation)
    assert resumed.selected["mean"] == whole.selected["mean"]


def test_its_own_scores_are_returned_whatever_the_batch() -> None:
    start = {"mean": tf.constant([0.0])}
    scores = [evaluate(LEARNER, start, Goals(), Protocol(tasks=5, steps=2, batch=batch)) for batch in (5, 2)]
    some = evaluate(LEARNER, start, Goals(), Protocol(tasks=5, steps=2, after=(0, 2)))

    assert scores[0].shape == (3, 5)
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_array_equal(some, scores[0][[0, 2]])


def test_adaptation_raises_the_return() -> None:
    scores = evaluate(LEARNER, {"mean": tf.constant([0.0])}, Goals(), Protocol(tasks=200, steps=3)).mean(axis=1)

    assert scores[3] > scores[0] + 0.05


def test_divergence_is_noticed() -> None:
    class Broken(PolicyGradient):
        def sample_and_update(self, state: State, plan: Any, seeds: Any) -> Any:
            return super().sample_and_update(state, plan, seeds) * float("nan")

    with pytest.raises(Diverged, match="the loss became nan between meta-iterations 0 and 2"):
        train(Broken(), Goals(), TRAINING)


def test_a_score_that_does_not_fit_the_learner_is_refused() -> None:
    with pytest.raises(SettingError, match="score must be None for a learner that scores itself, not <function"):
        evaluate(LEARNER, {"mean": tf.zeros([1])}, Goals(), Protocol(), squared_error)
    oracle = Oracle(network=MLP(inputs=3, hidden=(2,), outputs=1), loss=squared_error)
    with pytest.raises(SettingError, match="score must be a function for a learner that predicts, not None"):
        evaluate(oracle, oracle.begin(0).parameters, Goals(), Protocol())
