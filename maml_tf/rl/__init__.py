"""Meta-reinforcement learning (paper, section 3.2 and algorithm 3): environments, policies and their learners.

Environments with physics, and those of Gymnasium, need the packages of the extra `rl`: from the checkout,
`pip install -e '.[rl]'`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maml_tf.rl.advantages import Baseline
    from maml_tf.rl.baseline import LinearFeatureBaseline
    from maml_tf.rl.distributions import ActionDistribution, Categorical, DiagonalGaussian
    from maml_tf.rl.environments import (
        AntDirection,
        AntVelocity,
        Environment,
        GymnasiumTasks,
        HalfCheetahDirection,
        HalfCheetahVelocity,
        PointNavigation,
        Simulator,
        frames,
        register_environments,
    )
    from maml_tf.rl.goals import AuthorsTestGoals, DirectionGoals, FixedGoals, ThresholdDirections, UniformGoals
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
    "AntDirection",
    "AntVelocity",
    "AuthorsTestGoals",
    "Baseline",
    "Categorical",
    "CategoricalPolicy",
    "DiagonalGaussian",
    "DirectionGoals",
    "Environment",
    "FixedGoals",
    "GaussianPolicy",
    "GymnasiumTasks",
    "HalfCheetahDirection",
    "HalfCheetahVelocity",
    "LinearFeatureBaseline",
    "PointNavigation",
    "Policy",
    "PolicyMAML",
    "PolicyPretraining",
    "Samples",
    "Simulator",
    "ThresholdDirections",
    "Trajectories",
    "UniformGoals",
    "frames",
    "register_environments",
    "sample_trajectories",
]

# Names are imported when they are first used: processes that only step environments do not load TensorFlow.
_NAMES = {
    "advantages": ("Baseline",),
    "baseline": ("LinearFeatureBaseline",),
    "distributions": ("ActionDistribution", "Categorical", "DiagonalGaussian"),
    "goals": ("AuthorsTestGoals", "DirectionGoals", "FixedGoals", "ThresholdDirections", "UniformGoals"),
    "learner": ("AdaptingPolicy",),
    "policy": ("CategoricalPolicy", "GaussianPolicy", "Policy"),
    "policy_maml": ("PolicyMAML",),
    "policy_pretraining": ("PolicyPretraining",),
    "sampler": ("sample_trajectories",),
    "trajectories": ("Samples", "Trajectories"),
    "trpo": ("TRPO",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

if not TYPE_CHECKING:  # Type checkers read the imports above; they would accept any name of a function.

    def __getattr__(name: str) -> Any:
        """Imports a public name when it is first used (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULES.get(name, 'environments')}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
