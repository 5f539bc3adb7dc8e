"""Meta-testing of a Keras model, which computes one task after another."""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MAML, ContextVector, InnerLoop, KerasNetwork, Protocol, Sinusoid, evaluate, squared_error
from maml_tf.interfaces import Network, Parameters, Tensor
from maml_tf.networks.keras import computes_one_by_one

TASKS = Sinusoid(shot=2, query=3)
STEPS = 2
PROTOCOL = Protocol(tasks=12, steps=STEPS, batch=5)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return keras.Sequential([keras.Input([1]), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])


@dataclass(frozen=True)
class Counted(KerasNetwork):
    """A Keras model that counts how often Python calls it."""

    calls: list[int] = field(default_factory=list)

    def _apply_one(self, weights: list[Tensor], inputs: Any) -> Tensor:
        self.calls.append(1)
        return super()._apply_one(weights, inputs)


def scores(network: Network, protocol: Protocol = PROTOCOL, score: Any = squared_error) -> np.ndarray:
    learner = MAML(network=network, loss=squared_error, inner_loop=InnerLoop(steps=1, learning_rate=0.1))
    return evaluate(learner, network.initialize(0), TASKS, protocol, score)


def test_one_graph_of_a_single_task_serves_all_tasks(model: keras.Model) -> None:
    network = Counted(model)
    compiled = scores(network)
    assert len(network.calls) == STEPS + (STEPS + 1)  # adaptation and predictions, traced once
    np.testing.assert_allclose(compiled, scores(network, Protocol(tasks=12, steps=STEPS, compiled=False)), rtol=1e-5)


def test_few_tasks_are_not_worth_a_graph(model: keras.Model) -> None:
    network = Counted(model)
    scores(network, Protocol(tasks=9, steps=STEPS))
    assert len(network.calls) == 9 * (STEPS + (STEPS + 1))


def test_the_score_needs_no_graph(model: keras.Model) -> None:
    def with_numpy(outputs: Tensor, targets: Tensor) -> Tensor:
        return tf.constant(np.square(outputs.numpy() - targets.numpy())[..., 0])

    network = KerasNetwork(model)
    np.testing.assert_allclose(scores(network, score=with_numpy), scores(network), rtol=1e-6)


def test_networks_around_a_keras_model_compute_one_by_one_too(model: keras.Model) -> None:
    network = KerasNetwork(model)
    assert computes_one_by_one(ContextVector(network=network, shape=(2,)))
    assert not computes_one_by_one(Plain())


class Plain:
    """A network of which nothing is known."""

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Returns no parameters."""
        return {}


def test_the_derivatives_of_the_weights_of_a_task_are_as_large_as_these() -> None:
    """The derivative of a slice is as large as the weights of all tasks, and there would be one for each task."""
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    network, graph = KerasNetwork(model), tf.Graph()
    weights = {name: np.zeros([3, *value.shape], np.float32) for name, value in network.initialize(0).items()}
    with graph.as_default():
        values = tf.nest.map_structure(tf.constant, weights)
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs = network.apply(values, tf.ones([3, 2, 1]))
        tape.gradient(outputs, values)
    assert "StridedSliceGrad" not in {operation.type for operation in graph.get_operations()}
