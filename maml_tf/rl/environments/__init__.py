"""Environments whose tasks differ in a goal, and simulators that step many of their rollouts together."""

from maml_tf.rl.environments.navigation import PointNavigation
from maml_tf.rl.environments.simulators import Environment, Simulator

__all__ = ["Environment", "PointNavigation", "Simulator"]
