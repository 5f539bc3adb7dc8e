"""Meta-reinforcement learning (paper, section 4.2 and algorithm 3): environments, policies and their learners.

Environments with physics, and those of Gymnasium, need the packages of the extra `rl`: `pip install maml-tf[rl]`.
"""

from maml_tf.rl.advantages import Baseline
from maml_tf.rl.baseline import LinearFeatureBaseline
from maml_tf.rl.distributions import ActionDistribution, Categorical, DiagonalGaussian
from maml_tf.rl.environments import Environment, PointNavigation, Simulator
from maml_tf.rl.goals import AuthorsTestGoals, DirectionGoals, UniformGoals
from maml_tf.rl.learner import AdaptingPolicy
from maml_tf.rl.policy import CategoricalPolicy, GaussianPolicy, Policy
from maml_tf.rl.policy_maml import PolicyMAML
from maml_tf.rl.policy_pretraining import PolicyPretraining
from maml_tf.rl.sampler import sample_trajectories
from maml_tf.rl.trajectories import Samples, Trajectories
from maml_tf.rl.trpo import TRPO

__all__ = [
    "TRPO",
    "ActionDistribution",
    "AdaptingPolicy",
    "AuthorsTestGoals",
    "Baseline",
    "Categorical",
    "CategoricalPolicy",
    "DiagonalGaussian",
    "DirectionGoals",
    "Environment",
    "GaussianPolicy",
    "LinearFeatureBaseline",
    "PointNavigation",
    "Policy",
    "PolicyMAML",
    "PolicyPretraining",
    "Samples",
    "Simulator",
    "Trajectories",
    "UniformGoals",
    "sample_trajectories",
]
