"""Reinforcement learning."""
from maml_tf.rl.learner import PolicyMAML
from maml_tf.rl.policy import GaussianPolicy
