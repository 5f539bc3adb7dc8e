"""Policies: networks whose outputs are a distribution over actions."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, Protocol, get_args

import numpy as np
import tensorflow as tf

from maml_tf.checks import check_whole_numbers
from maml_tf.errors import SettingError
from maml_tf.interfaces import Network, Parameters, Tensor
from maml_tf.networks.context import ContextVector
from maml_tf.networks.forms import per_task
from maml_tf.networks.layers import linear
from maml_tf.rl.distributions import ActionDistribution, Categorical, DiagonalGaussian
from maml_tf.rl.products import multiplied

Nonlinearity = Literal["relu", "tanh"]


class Policy(Network, Protocol):
    """A network that maps observations to the outputs of a distribution over actions."""

    @property
    def observation_size(self) -> int:
        """Number of values of an observation."""

    @property
    def action_size(self) -> int:
        """Number of values of an action, or number of actions if they are numbered."""

    @property
    def distribution(self) -> ActionDistribution:
        """What the outputs mean."""

    def outputs(self, parameters: Parameters, observations: np.ndarray) -> np.ndarray:
        """Computes `apply` with NumPy, for use beside a simulator.

        Args:
            parameters: Arrays, each shared by all tasks or with a leading axis of tasks.
            observations: `[tasks, rollouts, values]`.

        Returns:
            `[tasks, rollouts, outputs]`. What a task gets does not depend on the other tasks, to the last bit.
        """


@dataclass(frozen=True, kw_only=True)
class _PerceptronPolicy:
    """Hidden layers and a linear output layer, with Glorot's uniform initialisation and zero biases."""

    observation_size: int
    action_size: int
    hidden: tuple[int, ...] = (100, 100)
    nonlinearity: Nonlinearity = "relu"
    context: int = 0

    def __post_init__(self) -> None:
        check_whole_numbers(self, observation_size=1, action_size=1, context=0)
        if any(units < 1 for units in self.hidden):
            raise SettingError(f"hidden must be numbers of units, each 1 or more, not {self.hidden!r}")
        if self.nonlinearity not in get_args(Nonlinearity):
            raise SettingError(f"nonlinearity must be one of {get_args(Nonlinearity)}, not {self.nonlinearity!r}")

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws parameters: `network/layer_0/kernel`, ..., and `context` if there is one."""
        drawn = self._network.initialize(seed)
        return drawn if self.context else {"network": drawn}

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps observations `[tasks, examples, values]` to outputs of the last layer, `[tasks, examples, units]`."""
        return self._network.apply(parameters if self.context else parameters["network"], inputs, support)

    def outputs(self, parameters: Parameters, observations: np.ndarray) -> np.ndarray:
        """Computes `apply` with NumPy; see `Policy`."""
        if self.context:
            context = parameters["context"]
            context = context[:, np.newaxis] if context.ndim > 1 else context
            spread = np.broadcast_to(context, (*observations.shape[:-1], self.context))
            observations = np.concatenate([observations, spread], axis=-1)
        layers = self._network.network if self.context else self._network
        found: np.ndarray = layers.outputs_of(parameters["network"], observations)
        return found

    @cached_property
    def _network(self) -> Any:
        sizes = (self.observation_size + self.context, *self.hidden, self.action_size)
        layers = _Perceptron(sizes=sizes, nonlinearity=self.nonlinearity)
        return ContextVector(network=layers, shape=(self.context,)) if self.context else layers


@dataclass(frozen=True, kw_only=True)
class GaussianPolicy(_PerceptronPolicy):
    """A normal distribution over actions whose mean is a multi-layer perceptron (paper, section 5.3).

    The standard deviation does not depend on the observation. Its logarithm is a parameter, `log_std`, which starts at
    zero and adapts like all others (authors' `maml_minimal_gauss_mlp_policy.py`).

    Attributes:
        observation_size: Number of values of an observation.
        action_size: Number of values of an action.
        hidden: Number of units of each hidden layer.
        nonlinearity: What follows each hidden layer: `relu` (paper, section 5.3) or `tanh`.
        context: Number of values of a context vector, free parameters that are appended to every observation
            (appendix C.2); 0 for none. With `InnerLoop(adapts=("context",))` only they adapt. They start as in
            `maml_tf.ContextVector`.
        least_std: Lower bound of the standard deviations.

    Raises:
        SettingError: A value is out of range.
    """

    least_std: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.least_std > 0:
            raise SettingError(f"least_std must be above 0, not {self.least_std!r}")

    @property
    def distribution(self) -> DiagonalGaussian:
        """What the outputs mean."""
        return DiagonalGaussian(size=self.action_size)

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Draws parameters: those of the mean, and `log_std [actions]`, zeros."""
        return super().initialize(seed) | {"log_std": tf.zeros([self.action_size])}

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps observations `[tasks, examples, values]` to means and log standard deviations.

        Returns:
            `[tasks, examples, 2 * actions]`.
        """
        mean = super().apply(parameters, inputs, support)
        log_std = tf.maximum(per_task(parameters["log_std"]), math.log(self.least_std))
        log_std = log_std if log_std.shape.rank == 1 else tf.expand_dims(log_std, 1)
        return tf.concat([mean, tf.broadcast_to(log_std, mean.shape)], axis=-1)

    def outputs(self, parameters: Parameters, observations: np.ndarray) -> np.ndarray:
        """Computes `apply` with NumPy; see `Policy`."""
        mean = super().outputs(parameters, observations)
        log_std = np.maximum(parameters["log_std"], np.float32(math.log(self.least_std)))
        log_std = log_std if log_std.ndim == 1 else log_std[:, np.newaxis]
        return np.concatenate([mean, np.broadcast_to(log_std, mean.shape)], axis=-1)


@dataclass(frozen=True, kw_only=True)
class CategoricalPolicy(_PerceptronPolicy):
    """Probabilities of numbered actions, the softmax of the outputs of a multi-layer perceptron.

    Attributes:
        observation_size: Number of values of an observation.
        action_size: Number of actions.
        hidden: Number of units of each hidden layer.
        nonlinearity: What follows each hidden layer: `relu` (paper, section 5.3) or `tanh`.
        context: Number of values of a context vector, free parameters that are appended to every observation
            (appendix C.2); 0 for none. With `InnerLoop(adapts=("context",))` only they adapt. They start as in
            `maml_tf.ContextVector`.

    Raises:
        SettingError: A value is out of range.
    """

    @property
    def distribution(self) -> Categorical:
        """What the outputs mean."""
        return Categorical(size=self.action_size)


@dataclass(frozen=True, kw_only=True)
class _Perceptron:
    """The layers of a policy."""

    sizes: tuple[int, ...]
    nonlinearity: Nonlinearity

    def initialize(self, seed: int | Tensor) -> Parameters:
        seed = tf.cast(seed, tf.int64)
        layers = {}
        for index, (fan_in, fan_out) in enumerate(pairwise(self.sizes)):
            limit, own_seed = (6.0 / (fan_in + fan_out)) ** 0.5, tf.stack([seed, tf.constant(index, tf.int64)])
            kernel = tf.random.stateless_uniform([fan_in, fan_out], own_seed, -limit, limit)
            layers[f"layer_{index}"] = {"kernel": kernel, "bias": tf.zeros([fan_out])}
        return layers

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        del support  # nothing is normalised
        for index, layer in enumerate(self._in_order(parameters)):
            inputs = linear(inputs, layer["kernel"], layer["bias"])
            if index < len(self.sizes) - 2:
                inputs = tf.nn.relu(inputs) if self.nonlinearity == "relu" else tf.tanh(inputs)
        return inputs

    def outputs_of(self, parameters: Parameters, inputs: np.ndarray) -> np.ndarray:
        for index, layer in enumerate(self._in_order(parameters)):
            bias = layer["bias"]
            inputs = multiplied(inputs, layer["kernel"])
            inputs += bias if bias.ndim == 1 else bias[:, np.newaxis]
            if index < len(self.sizes) - 2:
                inputs = np.maximum(inputs, 0, out=inputs) if self.nonlinearity == "relu" else np.tanh(inputs)
        return inputs

    def _in_order(self, parameters: Parameters) -> list[Any]:
        return [parameters[f"layer_{index}"] for index in range(len(self.sizes) - 1)]
