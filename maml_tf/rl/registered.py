"""Registers the environments when it is imported: `gymnasium.make("maml_tf.rl.registered:maml_tf/AntVelocity-v1")`."""

from maml_tf.rl.environments.registration import register_environments

register_environments()
