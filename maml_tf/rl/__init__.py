"""Meta-reinforcement learning (paper, section 4.2 and algorithm 3): environments and distributions over their goals.

Environments with physics need the packages of the extra `rl`: `pip install maml-tf[rl]`.
"""

from maml_tf.rl.baseline import LinearFeatureBaseline
from maml_tf.rl.environments import Environment, PointNavigation, Simulator
from maml_tf.rl.goals import AuthorsTestGoals, DirectionGoals, UniformGoals
from maml_tf.rl.learner import PolicyMAML
from maml_tf.rl.policy import GaussianPolicy
from maml_tf.rl.trpo import TRPO

__all__ = [
    "TRPO",
    "AuthorsTestGoals",
    "DirectionGoals",
    "Environment",
    "GaussianPolicy",
    "LinearFeatureBaseline",
    "PointNavigation",
    "PolicyMAML",
    "Simulator",
    "UniformGoals",
]
