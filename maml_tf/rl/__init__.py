"""Meta-reinforcement learning (paper, section 4.2 and algorithm 3): environments and distributions over their goals.

Environments with physics need the packages of the extra `rl`: `pip install maml-tf[rl]`.
"""

from maml_tf.rl.environments import Environment, PointNavigation, Simulator
from maml_tf.rl.goals import AuthorsTestGoals, DirectionGoals, UniformGoals

__all__ = [
    "AuthorsTestGoals",
    "DirectionGoals",
    "Environment",
    "PointNavigation",
    "Simulator",
    "UniformGoals",
]
