"""Names under which Gymnasium finds the environments: `gymnasium.make("maml_tf/HalfCheetahVelocity-v1")`.

They exist after `register_environments()`. A name that begins with the module `maml_tf.rl.registered` needs no call, as
in `gymnasium.make("maml_tf.rl.registered:maml_tf/HalfCheetahVelocity-v1")`. The settings of an environment, and its
goal, are arguments of `gymnasium.make`.
"""

from typing import Any

from maml_tf.rl.environments.ant import AntDirection, AntVelocity
from maml_tf.rl.environments.extra import imported
from maml_tf.rl.environments.half_cheetah import HalfCheetahDirection, HalfCheetahVelocity
from maml_tf.rl.environments.navigation import PointNavigation

MODULE = "maml_tf.rl.environments"
ROBOTS = (HalfCheetahVelocity, HalfCheetahDirection, AntVelocity, AntDirection)
IDS = tuple(f"maml_tf/{each.__name__}-v1" for each in (PointNavigation, *ROBOTS))


def register_environments() -> None:
    """Registers the environments; does nothing if they are registered.

    Raises:
        SettingError: Gymnasium is not installed.
    """
    navigation, *robots = IDS
    _register(navigation, "gymnasium_navigation:PointEnv", PointNavigation.horizon, {})
    for name, environment in zip(robots, ROBOTS, strict=True):
        _register(name, "gymnasium_robots:RobotEnv", environment.horizon, {"environment": environment.__name__})


def _register(name: str, entry_point: str, horizon: int, settings: dict[str, Any]) -> None:
    gymnasium = imported("gymnasium")
    if name not in gymnasium.registry:
        gymnasium.register(name, f"{MODULE}.{entry_point}", max_episode_steps=horizon, kwargs=settings)
