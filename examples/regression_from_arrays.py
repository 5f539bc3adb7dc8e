"""Regression on tasks of your own, from arrays: predict the next value of a series from the last five.

Every task is one series, such as the readings of one sensor. The arrays may be large: they are held in memory once.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

import maml_tf


class Series:
    """A task distribution over the rows of an array `[series, times]`."""

    def __init__(self, values: np.ndarray, past: int = 5, shot: int = 10, query: int = 10) -> None:
        self.values = maml_tf.tasks.held(values.astype(np.float32))
        self.past, self.shot, self.query = past, shot, query

    def sample(self, seed: Any, tasks: int) -> Any:
        """Draws a series and the first of the times of every task; only numbers, from the seed."""
        seeds = tf.random.experimental.stateless_split(seed, 2)
        series, times = self.values.shape
        length = self.past + self.shot + self.query
        first = tf.random.stateless_uniform([tasks, 1], seeds[1], 0, times - length + 1, tf.int32)
        return tf.random.stateless_uniform([tasks], seeds[0], 0, series, tf.int32), first + tf.range(length)

    def episodes(self, plan: Any) -> maml_tf.Episodes:
        """Cuts the series of a plan into windows: earlier ones to adapt to, later ones to predict."""
        series, times = plan
        windows = tf.signal.frame(tf.gather(tf.gather(self.values, series), times, batch_dims=1), self.past + 1, 1)
        inputs, targets = windows[..., :-1], windows[..., -1:]
        return maml_tf.Episodes(
            maml_tf.Examples(inputs[:, : self.shot], targets[:, : self.shot]),
            maml_tf.Examples(inputs[:, self.shot :], targets[:, self.shot :]),
            tf.zeros([series.shape[0], 0]),
        )


def waves(count: int, seed: int) -> np.ndarray:
    """Makes series to try it with: noisy waves of different periods, `[count, 200]`."""
    generator = np.random.default_rng(seed)
    periods, phases = generator.uniform([[6], [0]], [[20], [6]], [2, count])[..., np.newaxis]
    return np.sin(2 * np.pi * np.arange(200) / periods + phases) + 0.05 * generator.normal(size=[count, 200])


def main(iterations: int = 2000) -> np.ndarray:
    """Meta-trains on some series; returns the errors on others after 0, 1, ..., 5 steps."""
    model = keras.Sequential([keras.Input([5]), keras.layers.Dense(32, "tanh"), keras.layers.Dense(1)])
    loss = keras.losses.MeanSquaredError(reduction="none")
    inner_loop = maml_tf.InnerLoop(steps=1, learning_rate=0.05)
    learner = maml_tf.MAML(network=maml_tf.KerasNetwork(model), loss=loss, inner_loop=inner_loop)
    training = maml_tf.Training(iterations=iterations, meta_batch=4, chunk=100)
    trained = maml_tf.train(learner, Series(waves(300, seed=0)), training)
    protocol = maml_tf.Protocol(tasks=100, batch=100, steps=5)
    return maml_tf.evaluate(learner, trained.parameters, Series(waves(100, seed=1)), protocol, loss).mean(axis=1)


if __name__ == "__main__":
    print("mean squared error after 0, 1, ... steps:", main().round(4))
