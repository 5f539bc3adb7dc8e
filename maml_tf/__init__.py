"""Model-agnostic meta-learning in TensorFlow 2, with exact second-order meta-gradients.

Names are imported when they are first used, so that parts without TensorFlow, such as `maml_tf.datasets`, do not load
it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maml_tf import datasets, learners, networks, rl, tasks
    from maml_tf.checkpoint import Checkpoint, CheckpointError
    from maml_tf.datasets.released_weights import ReleasedWeights
    from maml_tf.deployment import Adapted, adapted_to, load_adapted, load_parameters, save_parameters
    from maml_tf.errors import Diverged, MAMLError, SettingError
    from maml_tf.evaluation import Evaluation, Protocol, evaluate, tuned
    from maml_tf.gradient_check import GradientCheck, check_gradients
    from maml_tf.inner_loop import InnerLoop, adapt, descend
    from maml_tf.interfaces import Episodes, Examples
    from maml_tf.learners import (
        ANIL,
        MAML,
        Classifier,
        FineTuning,
        MetaSGD,
        MultiTask,
        NearestNeighbour,
        Oracle,
        Pretrain,
        SamplingLearner,
    )
    from maml_tf.losses import accuracy, softmax_cross_entropy, squared_error
    from maml_tf.meta_iterations import input_seconds
    from maml_tf.meta_optimizer import Adam, MetaProblem
    from maml_tf.networks import (
        MLP,
        BatchNormalization,
        ContextVector,
        Conv4,
        KerasNetwork,
        with_running_averages,
    )
    from maml_tf.schedule import Training
    from maml_tf.selection import Selection
    from maml_tf.state import State
    from maml_tf.tasks import FewShotImages, LabelledImages, Sinusoid
    from maml_tf.trained import Trained
    from maml_tf.training import train
    from maml_tf.update_rules import Clipped, Momentum, Rates

__all__ = [
    "ANIL",
    "MAML",
    "MLP",
    "Adam",
    "Adapted",
    "BatchNormalization",
    "Checkpoint",
    "CheckpointError",
    "Classifier",
    "Clipped",
    "ContextVector",
    "Conv4",
    "Diverged",
    "Episodes",
    "Evaluation",
    "Examples",
    "FewShotImages",
    "FineTuning",
    "GradientCheck",
    "InnerLoop",
    "KerasNetwork",
    "LabelledImages",
    "MAMLError",
    "MetaProblem",
    "MetaSGD",
    "Momentum",
    "MultiTask",
    "NearestNeighbour",
    "Oracle",
    "Pretrain",
    "Protocol",
    "Rates",
    "ReleasedWeights",
    "SamplingLearner",
    "Selection",
    "SettingError",
    "Sinusoid",
    "State",
    "Trained",
    "Training",
    "accuracy",
    "adapt",
    "adapted_to",
    "check_gradients",
    "datasets",
    "descend",
    "evaluate",
    "input_seconds",
    "learners",
    "load_adapted",
    "load_parameters",
    "networks",
    "rl",
    "save_parameters",
    "softmax_cross_entropy",
    "squared_error",
    "tasks",
    "train",
    "tuned",
    "with_running_averages",
]

_NAMES = {
    "checkpoint": ("Checkpoint", "CheckpointError"),
    "datasets.released_weights": ("ReleasedWeights",),
    "deployment": ("Adapted", "adapted_to", "load_adapted", "load_parameters", "save_parameters"),
    "errors": ("Diverged", "MAMLError", "SettingError"),
    "evaluation": ("Evaluation", "Protocol", "evaluate", "tuned"),
    "gradient_check": ("GradientCheck", "check_gradients"),
    "inner_loop": ("InnerLoop", "adapt", "descend"),
    "interfaces": ("Episodes", "Examples"),
    "learners": (
        "ANIL",
        "MAML",
        "Classifier",
        "FineTuning",
        "MetaSGD",
        "MultiTask",
        "NearestNeighbour",
        "Oracle",
        "Pretrain",
        "SamplingLearner",
    ),
    "losses": ("accuracy", "softmax_cross_entropy", "squared_error"),
    "meta_iterations": ("input_seconds",),
    "meta_optimizer": ("Adam", "MetaProblem"),
    "networks": (
        "MLP",
        "BatchNormalization",
        "ContextVector",
        "Conv4",
        "KerasNetwork",
        "with_running_averages",
    ),
    "schedule": ("Training",),
    "selection": ("Selection",),
    "state": ("State",),
    "tasks": ("FewShotImages", "LabelledImages", "Sinusoid"),
    "trained": ("Trained",),
    "training": ("train",),
    "update_rules": ("Clipped", "Momentum", "Rates"),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

if not TYPE_CHECKING:  # Type checkers read the imports above; they would accept any name of a function.

    def __getattr__(name: str) -> Any:
        """Imports a public name when it is first used (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name not in _MODULES:
            return import_module(f"{__name__}.{name}")
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
