"""Small problems in double precision, declared once; tests are parametrised over them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from maml_tf import (
    MAML,
    MLP,
    Adam,
    BatchNormalization,
    ContextVector,
    Conv4,
    Episodes,
    Examples,
    InnerLoop,
    KerasNetwork,
    MultiTask,
    Oracle,
    Pretrain,
    Sinusoid,
    softmax_cross_entropy,
    squared_error,
)
from maml_tf.interfaces import Loss, Network, Parameters, Seed, TaskDistribution, Tensor
from maml_tf.learners import Learner

TASKS, SUPPORT, QUERY = 3, 5, 4
EPSILON = 1e-3  # default of `BatchNormalization`


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A network, its loss, and a plain implementation of the network for one task.

    Attributes:
        network: The network.
        one_task: Maps parameters and inputs `[examples, ...]` of one task to outputs.
        input_shape: Shape of one input.
        outputs: Number of outputs.
        loss: Loss of each example.
    """

    network: Network
    one_task: Callable[[Parameters, Tensor], Tensor]
    input_shape: tuple[int, ...]
    outputs: int = 2
    loss: Loss = squared_error

    def parameters(self, seed: int) -> Parameters:
        """Draws parameters that are not zero, so that every derivative matters."""
        drawn = np.random.default_rng([seed, 1])
        return tf.nest.map_structure(
            lambda value: tf.constant(drawn.normal(scale=0.6, size=value.shape)),
            self.network.initialize(seed),
        )

    def episodes(self, seed: int) -> Episodes:
        """Draws support and query sets."""
        drawn = np.random.default_rng([seed, 2])
        support, query = (self._examples(drawn, size) for size in (SUPPORT, QUERY))
        return Episodes(support, query, tf.constant(drawn.normal(size=[TASKS, 2])))

    def learner(self, inner_loop: InnerLoop) -> MAML:
        """Returns MAML on this problem."""
        return MAML(network=self.network, loss=self.loss, inner_loop=inner_loop)

    def _examples(self, drawn: np.random.Generator, size: int) -> Examples:
        inputs = drawn.normal(size=[TASKS, size, *self.input_shape])
        targets = drawn.normal(size=[TASKS, size, self.outputs])
        if self.loss is softmax_cross_entropy:
            targets = np.eye(self.outputs)[targets.argmax(axis=-1)]
        return Examples(tf.constant(inputs), tf.constant(targets))


def plain_perceptron(parameters: Parameters, inputs: Tensor) -> Tensor:
    """Returns a multi-layer perceptron for one task, normalised where it has a shift."""
    features = tf.reshape(inputs, [inputs.shape[0], -1])
    for index in range(len(parameters)):
        layer = parameters[f"layer_{index}"]
        features = tf.matmul(features, layer["kernel"]) + layer["bias"]
        if "shift" in layer:
            mean, variance = tf.reduce_mean(features, axis=0), tf.math.reduce_variance(features, axis=0)
            features = (features - mean) / tf.sqrt(variance + EPSILON) + layer["shift"]
        if index < len(parameters) - 1:
            features = tf.nn.relu(features)
    return features


def plain_conv4(network: Conv4, parameters: Parameters, inputs: Tensor) -> Tensor:
    """Returns the convolutional network for one task, in the order of the authors' program."""
    features = tf.reshape(inputs, [-1, *network.image])
    for index in range(4):
        layer, axes = parameters[f"block_{index}"], [0, 1, 2]
        stride = 2 if network.downsampling == "stride" else 1
        features = tf.nn.conv2d(features, layer["kernel"], stride, "SAME") + layer["bias"]
        mean, variance = tf.reduce_mean(features, axes), tf.math.reduce_variance(features, axes)
        features = tf.nn.relu((features - mean) / tf.sqrt(variance + EPSILON) + layer["shift"])
        if network.downsampling == "max pool":
            features = tf.nn.max_pool2d(features, 2, 2, "VALID")
    if network.summary == "mean":
        features = tf.reduce_mean(features, axis=[1, 2])
    features = tf.reshape(features, [inputs.shape[0], -1])
    return tf.matmul(features, parameters["linear"]["kernel"]) + parameters["linear"]["bias"]


def dense_model() -> keras.Model:
    """Returns a Keras model like an `MLP` with 2 inputs, 6 hidden units and 2 outputs."""
    double = {"dtype": "float64"}
    hidden = keras.layers.Dense(6, activation="relu", name="hidden", **double)
    return keras.Sequential([keras.Input([2], **double), hidden, keras.layers.Dense(2, name="last", **double)])


def convolutional_model() -> keras.Model:
    """Returns a small convolutional Keras classifier."""
    double = {"dtype": "float64"}
    convolution = keras.layers.Conv2D(3, 3, strides=2, padding="same", activation="relu", **double)
    last = keras.layers.Dense(3, **double)
    return keras.Sequential([keras.Input([5, 5, 1], **double), convolution, keras.layers.Flatten(**double), last])


def _perceptron(inputs: int, hidden: tuple[int, ...], **settings: Any) -> Problem:
    outputs = settings.pop("outputs", 2)
    network = MLP(inputs=inputs, hidden=hidden, outputs=outputs, normalization=settings.pop("normalization", None))
    shape = settings.pop("input_shape", (inputs,))
    return Problem(network=network, one_task=plain_perceptron, input_shape=shape, outputs=outputs, **settings)


def _conv4(**settings: Any) -> Problem:
    network = Conv4(outputs=3, filters=2, **settings)
    return Problem(
        network=network,
        one_task=partial(plain_conv4, network),
        input_shape=network.image,
        outputs=3,
        loss=softmax_cross_entropy,
    )


def _with_context(problem: Problem, input_shape: tuple[int, ...], shape: tuple[int, ...]) -> Problem:
    def one_task(parameters: Parameters, inputs: Tensor) -> Tensor:
        spread = tf.broadcast_to(parameters["context"], [*inputs.shape[:-1], shape[-1]])
        return problem.one_task(parameters["network"], tf.concat([inputs, spread], axis=-1))

    network = ContextVector(network=problem.network, shape=shape)
    return replace(problem, network=network, one_task=one_task, input_shape=input_shape)


def _keras(model: keras.Model, input_shape: tuple[int, ...], **settings: Any) -> Problem:
    def one_task(parameters: Parameters, inputs: Tensor) -> Tensor:
        named = {f"{model.name}/{name}": value for name, value in parameters.items()}
        weights = [named[weight.path] for weight in model.trainable_variables]
        return model.stateless_call(weights, [], inputs)[0]

    return Problem(network=KerasNetwork(model), one_task=one_task, input_shape=input_shape, **settings)


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "linear": lambda: _perceptron(2, ()),
    "perceptron": lambda: _perceptron(2, (5, 4)),
    "perceptron, one input, one output": lambda: _perceptron(1, (6,), outputs=1),
    "perceptron, normalised": lambda: _perceptron(2, (5, 4), normalization=BatchNormalization()),
    # Its first kernel stays factored for three steps and its second for two; then both become ordinary tensors.
    "perceptron, wide": lambda: _perceptron(30, (40, 16), normalization=BatchNormalization()),
    "perceptron, images": lambda: _perceptron(
        4,
        (5,),
        input_shape=(2, 2, 1),
        outputs=3,
        normalization=BatchNormalization(),
        loss=softmax_cross_entropy,
    ),
    "convolutions, strides": lambda: _conv4(image=(9, 6, 2), downsampling="stride", summary="mean"),
    "convolutions, max-pooling": lambda: _conv4(image=(17, 32, 1), downsampling="max pool", summary="flatten"),
    "context vector": lambda: _with_context(_perceptron(4, (5,)), (2,), shape=(2,)),
    "context vector, images": lambda: _with_context(
        _conv4(image=(3, 4, 3), downsampling="stride", summary="flatten"), (3, 4, 2), shape=(3, 4, 1)
    ),
    "Keras, dense": lambda: _keras(dense_model(), (2,)),
    "Keras, convolutional": lambda: _keras(convolutional_model(), (5, 5, 1), outputs=3, loss=softmax_cross_entropy),
}


@cache
def problem(name: str) -> Problem:
    """Makes the problem of this name."""
    return PROBLEMS[name]()


@dataclass(frozen=True, kw_only=True)
class DoubleNetwork:
    """A network whose initial parameters are in double precision."""

    network: Network

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws parameters like the network."""
        return in_double(self.network.initialize(seed))

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Applies the network."""
        return self.network.apply(parameters, inputs, support)


@dataclass(frozen=True, kw_only=True)
class DoubleTasks:
    """A task distribution whose examples are in double precision."""

    tasks: TaskDistribution

    def sample(self, seed: Seed, tasks: int) -> Any:
        """Draws a plan like the task distribution."""
        return self.tasks.sample(seed, tasks)

    def episodes(self, plan: Any) -> Episodes:
        """Casts the episodes."""
        episodes: Episodes = in_double(self.tasks.episodes(plan))
        return episodes


def in_double(structure: Any) -> Any:
    """Casts all tensors to double precision."""
    return tf.nest.map_structure(lambda tensor: tf.cast(tensor, tf.float64), structure)


SMALL = MLP(inputs=1, hidden=(8,), outputs=1, standard_deviation=0.5)
WITH_DESCRIPTOR = MLP(inputs=3, hidden=(8,), outputs=1, standard_deviation=0.5)
SINUSOID = Sinusoid(shot=3, query=4)
ADAM = Adam(learning_rate=0.01)
INNER_LOOP = InnerLoop(steps=1, learning_rate=0.02)

LEARNERS: dict[str, Learner] = {
    "MAML": MAML(network=SMALL, loss=squared_error, inner_loop=INNER_LOOP, meta_optimizer=ADAM),
    "pretraining": Pretrain(network=SMALL, loss=squared_error, inner_loop=INNER_LOOP, meta_optimizer=ADAM),
    "oracle": Oracle(network=WITH_DESCRIPTOR, loss=squared_error, meta_optimizer=ADAM),
    "multi-task": MultiTask(
        network=SMALL,
        loss=squared_error,
        inner_loop=INNER_LOOP,
        meta_optimizer=ADAM,
        fit_steps=3,
        regularization="mean",
        strength=0.01,
    ),
}


def meta_batch(name: str) -> int:
    """Returns the number of tasks in a meta-batch for the learner of this name."""
    return 1 if name == "multi-task" else 2


def double(learner: Any) -> Any:
    """Returns the same learner in double precision."""
    return replace(learner, network=DoubleNetwork(network=learner.network))
