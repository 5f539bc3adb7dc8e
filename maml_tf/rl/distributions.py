"""Distributions over actions: what a policy's outputs mean.

A distribution is a set of pure functions of `outputs`, the numbers that a policy computes for each observation. It has
two halves: TensorFlow for what is differentiated, NumPy for sampling beside a simulator.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import tensorflow as tf

from maml_tf.interfaces import Tensor


class ActionDistribution(Protocol):
    """A distribution over actions whose parameters are the outputs of a policy, `[..., outputs]`."""

    @property
    def outputs(self) -> int:
        """Number of outputs for each observation."""

    def log_likelihood(self, outputs: Tensor, actions: Tensor) -> Tensor:
        """Returns the logarithm of the probability (density) of actions, `[...]`."""

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        """Returns the KL divergence of the new distribution from the old one, KL(old || new), `[...]`."""

    def curvature(self, outputs: Tensor, direction: Tensor) -> Tensor:
        """Multiplies a direction by the Fisher information of the outputs, `[..., outputs]`.

        This is the Hessian of the divergence where both distributions are the same.
        """

    def noise(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draws the random numbers with which `shape` actions are sampled, `[*shape, values]`."""

    def sample(self, outputs: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Turns outputs and random numbers into actions, `[..., action values]`."""


@dataclass(frozen=True, kw_only=True)
class DiagonalGaussian:
    """A normal distribution with independent values; the outputs are its means, then its log standard deviations.

    Attributes:
        size: Number of values of an action.
    """

    size: int

    @property
    def outputs(self) -> int:
        """Number of outputs for each observation."""
        return 2 * self.size

    def log_likelihood(self, outputs: Tensor, actions: Tensor) -> Tensor:
        """Returns the logarithm of the density of actions `[..., size]`, `[...]`."""
        mean, log_std = tf.split(outputs, 2, axis=-1)
        standard = (actions - mean) * tf.exp(-log_std)
        constant = self.size * math.log(2 * math.pi) / 2
        return -tf.reduce_sum(tf.square(standard) / 2 + log_std, axis=-1) - constant

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        """Returns the KL divergence of the new distribution from the old one, `[...]`."""
        mean, log_std = tf.split(old, 2, axis=-1)
        new_mean, new_log_std = tf.split(new, 2, axis=-1)
        variance, distance = tf.exp(2 * log_std), tf.math.squared_difference(mean, new_mean)
        ratio = (variance + distance) * tf.exp(-2 * new_log_std)
        return tf.reduce_sum((ratio - 1) / 2 + new_log_std - log_std, axis=-1)

    def curvature(self, outputs: Tensor, direction: Tensor) -> Tensor:
        """Multiplies by the Fisher information: 1 / variance for means, 2 for log standard deviations."""
        mean, log_std = tf.split(direction, 2, axis=-1)
        return tf.concat([mean * tf.exp(-2 * outputs[..., self.size :]), 2 * log_std], axis=-1)

    def noise(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draws standard normal numbers, `[*shape, size]`."""
        return generator.standard_normal((*shape, self.size), np.float32)

    def sample(self, outputs: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Returns actions `[..., size]`: the means plus the noise times the standard deviations."""
        actions: np.ndarray = outputs[..., : self.size] + np.exp(outputs[..., self.size :]) * noise
        return actions


@dataclass(frozen=True, kw_only=True)
class Categorical:
    """A distribution over numbered actions; the outputs are the unnormalised log probabilities (logits).

    An action is one value, the number of the action, stored as a floating-point number.

    Attributes:
        size: Number of different actions.
    """

    size: int

    @property
    def outputs(self) -> int:
        """Number of outputs for each observation."""
        return self.size

    def log_likelihood(self, outputs: Tensor, actions: Tensor) -> Tensor:
        """Returns the log probabilities of actions `[..., 1]`, `[...]`."""
        chosen = tf.one_hot(tf.cast(actions[..., 0], tf.int32), self.size, dtype=outputs.dtype)
        return tf.reduce_sum(tf.nn.log_softmax(outputs) * chosen, axis=-1)

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        """Returns the KL divergence of the new distribution from the old one, `[...]`."""
        difference = tf.nn.log_softmax(old) - tf.nn.log_softmax(new)
        return tf.reduce_sum(tf.nn.softmax(old) * difference, axis=-1)

    def curvature(self, outputs: Tensor, direction: Tensor) -> Tensor:
        """Multiplies by the Fisher information, the covariance of the one-hot actions."""
        probabilities = tf.nn.softmax(outputs)
        return probabilities * (direction - tf.reduce_sum(probabilities * direction, axis=-1, keepdims=True))

    def noise(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draws numbers from the standard Gumbel distribution, `[*shape, size]`."""
        return generator.gumbel(size=(*shape, self.size)).astype(np.float32)

    def sample(self, outputs: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Returns actions `[..., 1]`: the largest sum of logit and noise, which has the softmax probabilities."""
        actions: np.ndarray = np.argmax(outputs + noise, axis=-1)[..., np.newaxis].astype(np.float32)
        return actions
