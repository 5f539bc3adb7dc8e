"""Environments whose tasks differ in a goal, and simulators that step many of their rollouts together."""

from maml_tf.rl.environments.ant import AntDirection, AntVelocity
from maml_tf.rl.environments.frames import frames
from maml_tf.rl.environments.gymnasium_tasks import GymnasiumTasks
from maml_tf.rl.environments.half_cheetah import HalfCheetahDirection, HalfCheetahVelocity
from maml_tf.rl.environments.navigation import PointNavigation
from maml_tf.rl.environments.registration import register_environments
from maml_tf.rl.environments.simulators import Environment, Simulator

__all__ = [
    "AntDirection",
    "AntVelocity",
    "Environment",
    "GymnasiumTasks",
    "HalfCheetahDirection",
    "HalfCheetahVelocity",
    "PointNavigation",
    "Simulator",
    "frames",
    "register_environments",
]
