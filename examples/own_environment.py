"""An environment of your own: MAML on any environment of Gymnasium, here a cart with a pole under different gravity.

The actions of `CartPole-v1` are numbered, so the policy is a `CategoricalPolicy`; for actions in a `Box` it is a
`GaussianPolicy`. Environments are stepped one after another, which is slow, but needs nothing of them.
"""

from typing import Any

import numpy as np

import maml_tf
from maml_tf import rl


def set_task(cart_pole: Any, goal: np.ndarray) -> None:
    """Gives an environment the gravity of a task, in m/s^2."""
    cart_pole.gravity = float(goal[0])


def main(iterations: int = 50) -> np.ndarray:
    """Meta-trains on carts under different gravity; returns the average returns after 0 and 1 steps."""
    environment = rl.GymnasiumTasks(make="CartPole-v1", set_task=set_task, horizon=100)
    policy = rl.CategoricalPolicy(observation_size=4, action_size=2, hidden=(16,))
    inner_loop = maml_tf.InnerLoop(steps=1, learning_rate=0.5)
    learner = rl.PolicyMAML(environment=environment, policy=policy, inner_loop=inner_loop, rollouts=10)
    tasks = rl.UniformGoals(low=5.0, high=20.0)
    trained = maml_tf.train(learner, tasks, maml_tf.Training(iterations=iterations, meta_batch=5, chunk=1))
    return maml_tf.evaluate(learner, trained.parameters, tasks, maml_tf.Protocol(tasks=10, steps=1)).mean(axis=1)


if __name__ == "__main__":
    print("average return after 0 and 1 steps:", main().round(1))
