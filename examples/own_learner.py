"""A learner of your own: MAML whose meta-objective counts the query loss after every inner step.

This is the multi-step loss of MAML++ (Antoniou et al. 2019) with equal weights. A learner that adapts by gradient
steps inherits everything else: the state, adaptation, prediction. A learner that shares nothing with MAML is any object
with the three methods of `maml_tf.learners.Learner`: `begin`, `update` and `predict`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

import maml_tf
from maml_tf.learners import AdaptingLearner


@dataclass(frozen=True, kw_only=True)
class MultiStep(AdaptingLearner):
    """Minimises the mean of the query losses after 1, 2, ... inner steps."""

    def update(self, state: maml_tf.State, episodes: maml_tf.Episodes) -> Any:
        """Takes one step of the meta-optimizer in place and returns the meta-objective before it."""
        return state.descend(lambda parameters: self.objective(parameters, episodes))

    def objective(self, parameters: Any, episodes: maml_tf.Episodes) -> Any:
        """Returns the meta-objective, a scalar; its gradient passes through all inner steps."""
        predictions = self.predict(parameters, episodes, self.inner_loop.steps)
        losses = [tf.reduce_mean(self.loss(outputs, episodes.query.targets)) for outputs in predictions[1:]]
        return tf.add_n(losses) / len(losses)


def main(iterations: int = 3000) -> np.ndarray:
    """Meta-trains on sine waves; returns the errors after 0, 1, ..., 5 steps."""
    network, loss = maml_tf.MLP(inputs=1, hidden=(40, 40), outputs=1), maml_tf.squared_error
    learner = MultiStep(network=network, loss=loss, inner_loop=maml_tf.InnerLoop(steps=3, learning_rate=0.01))
    tasks, training = maml_tf.Sinusoid(), maml_tf.Training(iterations=iterations, meta_batch=25)
    trained = maml_tf.train(learner, tasks, training)
    return maml_tf.evaluate(learner, trained.parameters, tasks, maml_tf.Protocol(steps=5), loss).mean(axis=1)


if __name__ == "__main__":
    print("mean squared error after 0, 1, ... steps:", main().round(3))
