"""Meta-reinforcement learning (paper, section 4.2 and algorithm 3): environments and distributions over their goals.

Environments with physics need the packages of the extra `rl`: `pip install maml-tf[rl]`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maml_tf.rl.environments import (
        AntDirection,
        AntVelocity,
        Environment,
        HalfCheetahDirection,
        HalfCheetahVelocity,
        PointNavigation,
        Simulator,
        frames,
        register_environments,
    )
    from maml_tf.rl.goals import AuthorsTestGoals, DirectionGoals, UniformGoals

__all__ = [
    "AntDirection",
    "AntVelocity",
    "AuthorsTestGoals",
    "DirectionGoals",
    "Environment",
    "HalfCheetahDirection",
    "HalfCheetahVelocity",
    "PointNavigation",
    "Simulator",
    "UniformGoals",
    "frames",
    "register_environments",
]

# Names are imported when they are first used: processes that only step environments do not load TensorFlow.
_GOALS = ("AuthorsTestGoals", "DirectionGoals", "UniformGoals")

if not TYPE_CHECKING:  # Type checkers read the imports above; they would accept any name of a function.

    def __getattr__(name: str) -> Any:
        """Imports a public name when it is first used (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = "goals" if name in _GOALS else "environments"
        value = getattr(import_module(f"{__name__}.{module}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
