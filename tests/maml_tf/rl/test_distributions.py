"""Distributions over actions agree with closed forms, and their two halves with one another."""

from typing import Any

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from maml_tf.rl import Categorical, DiagonalGaussian

GAUSSIAN, CATEGORICAL = DiagonalGaussian(size=2), Categorical(size=3)
FIRST = tf.constant([0.3, -0.4, 0.2, -0.5], tf.float64)
SECOND = tf.constant([0.1, 0.5, -0.3, 0.4], tf.float64)


def test_gaussian_likelihood() -> None:
    actions = np.array([0.7, -1.0])
    expected = scipy.stats.norm.logpdf(actions, FIRST[:2], np.exp(FIRST[2:])).sum()
    np.testing.assert_allclose(GAUSSIAN.log_likelihood(FIRST, tf.constant(actions)), expected)


def test_categorical_likelihood() -> None:
    expected = np.log(scipy.special.softmax([1.0, 0.0, -1.0]))[1]
    outputs = tf.constant([1.0, 0.0, -1.0], tf.float64)
    np.testing.assert_allclose(CATEGORICAL.log_likelihood(outputs, tf.constant([1.0], tf.float64)), expected)


def test_gaussian_divergence() -> None:
    mean, std, new_mean, new_std = FIRST[:2], np.exp(FIRST[2:]), SECOND[:2], np.exp(SECOND[2:])
    expected = np.log(new_std / std) + (std**2 + (mean - new_mean) ** 2) / (2 * new_std**2) - 0.5
    np.testing.assert_allclose(GAUSSIAN.divergence(FIRST, SECOND), np.sum(expected))


def test_categorical_divergence() -> None:
    old, new = (scipy.special.softmax(each[:3]) for each in (FIRST, SECOND))
    np.testing.assert_allclose(CATEGORICAL.divergence(FIRST[:3], SECOND[:3]), scipy.stats.entropy(old, new))


@pytest.mark.parametrize("distribution", [GAUSSIAN, CATEGORICAL])
def test_curvature_is_the_hessian_of_the_divergence(distribution: Any) -> None:
    outputs, direction = FIRST[: distribution.outputs], SECOND[: distribution.outputs]
    with tf.GradientTape() as outer:
        outer.watch(new := tf.identity(outputs))
        with tf.GradientTape() as tape:
            tape.watch(new)
            divergence = distribution.divergence(outputs, new)
        gradient = tape.gradient(divergence, new)
    hessian = outer.jacobian(gradient, new)

    np.testing.assert_allclose(gradient, np.zeros(distribution.outputs), atol=1e-15)
    np.testing.assert_allclose(distribution.curvature(outputs, direction), tf.linalg.matvec(hessian, direction))


def test_gaussian_samples_have_mean_and_deviation() -> None:
    noise = GAUSSIAN.noise(np.random.default_rng(0), (20_000,))
    actions = GAUSSIAN.sample(FIRST.numpy().astype(np.float32), noise)

    assert actions.dtype == np.float32
    np.testing.assert_allclose(actions.mean(axis=0), FIRST[:2], atol=0.03)
    np.testing.assert_allclose(actions.std(axis=0), np.exp(FIRST[2:]), rtol=0.03)


def test_categorical_samples_have_their_probabilities() -> None:
    noise = CATEGORICAL.noise(np.random.default_rng(0), (20_000,))
    actions = CATEGORICAL.sample(np.array([1.0, 0.0, -1.0], np.float32), noise)

    assert actions.shape == (20_000, 1)
    shares = np.bincount(actions[:, 0].astype(int)) / len(actions)
    np.testing.assert_allclose(shares, scipy.special.softmax([1.0, 0.0, -1.0]), atol=0.015)
