"""No two chunks of meta-training see the same tasks, at the lengths that experiments have."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Episodes, Examples, SettingError, Training, train
from maml_tf.interfaces import Seed, Tensor
from maml_tf.meta_iterations import input_seconds
from maml_tf.state import State


class Numbers:
    """Tasks of a single random number each."""

    def sample(self, seed: Seed, tasks: int) -> Tensor:
        return tf.random.stateless_uniform([tasks, 1, 1], seed)

    def episodes(self, plan: Tensor) -> Episodes:
        return Episodes(Examples(plan, plan), Examples(plan, plan), plan[:, 0])


class Reader:
    """Its loss is the mean of the numbers of a meta-batch."""

    def begin(self, seed: int) -> State:
        return State({"weight": tf.zeros([])})

    def update(self, state: State, episodes: Episodes) -> Tensor:
        state.iteration.assign_add(1)
        return tf.reduce_mean(episodes.support.inputs)

    def predict(self, *_: object) -> Any:
        raise NotImplementedError


class Fixed(Numbers):
    """Tasks that were drawn with NumPy, and do not depend on the plan."""

    def episodes(self, plan: Tensor) -> Episodes:
        return super().episodes(tf.constant(np.random.default_rng(0).normal(size=plan.shape), tf.float32))


@pytest.mark.parametrize("chunk", [1, 3])
def test_tasks_that_do_not_depend_on_their_plan_are_refused(chunk: int) -> None:
    with pytest.raises(SettingError, match=r"operations of the plan, which Fixed\.episodes does not use"):
        train(Reader(), Fixed(), Training(iterations=3, meta_batch=2, chunk=chunk))


class Large(Reader):
    """Its loss is a number that single precision cannot hold."""

    def begin(self, seed: int) -> State:
        return State({"weight": tf.zeros([], tf.float64)})

    def update(self, state: State, episodes: Episodes) -> Tensor:
        super().update(state, episodes)
        return tf.constant(1e39, tf.float64)


@pytest.mark.parametrize("chunk", [1, 2])
def test_losses_are_averaged_in_the_precision_of_the_parameters(chunk: int) -> None:
    trained = train(Large(), Numbers(), Training(iterations=2, meta_batch=2, chunk=chunk))
    assert trained.losses[-1, 1] == 1e39


def test_a_learner_that_is_not_meta_trained_is_refused() -> None:
    class OnlyTested:
        def predict(self, *_: object) -> Any:
            raise NotImplementedError

    with pytest.raises(SettingError, match="learner must be one that is meta-trained, such as MAML, not OnlyTested"):
        train(OnlyTested(), Numbers(), Training(iterations=1, meta_batch=1))  # type: ignore[arg-type]


class Pairs(Numbers):
    """Tasks with two inputs and the numbers of classes as targets."""

    def episodes(self, plan: Tensor) -> Episodes:
        examples = Examples((plan, plan[:, 0]), tf.cast(plan, tf.int32))
        return Episodes(examples, examples, plan[:, 0])


def test_the_time_of_any_tasks_is_measured() -> None:
    assert input_seconds(Pairs(), Training(iterations=2, meta_batch=2, chunk=2)) > 0


@pytest.mark.parametrize(("chunk", "chunks"), [(500, 7), (200, 12), (1, 1200)])
def test_every_chunk_has_tasks_of_its_own(chunk: int, chunks: int) -> None:
    training = Training(iterations=chunk * chunks, meta_batch=2, chunk=chunk, unroll=max(1, chunk // 10))
    losses = train(Reader(), Numbers(), training).losses[:, 1]
    assert len(np.unique(losses)) == len(losses) == chunks


def test_every_meta_iteration_of_a_chunk_has_tasks_of_its_own() -> None:
    seen: list[float] = []

    class Recorder(Reader):
        def update(self, state: State, episodes: Episodes) -> Tensor:
            loss = super().update(state, episodes)
            tf.numpy_function(lambda value: seen.append(float(value)), [episodes.support.inputs[0, 0, 0]], [])
            return loss

    train(Recorder(), Numbers(), Training(iterations=1500, meta_batch=2))
    assert len(set(seen)) == len(seen) == 1500
