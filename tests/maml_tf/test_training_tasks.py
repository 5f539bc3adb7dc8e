"""No two chunks of meta-training see the same tasks, at the lengths that experiments have."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Episodes, Examples, Training, train
from maml_tf.interfaces import Seed, Tensor
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
