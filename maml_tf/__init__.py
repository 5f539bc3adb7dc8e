"""Model-agnostic meta-learning in TensorFlow 2, with exact second-order meta-gradients.

Names are imported when they are first used: what needs no TensorFlow, such as `maml_tf.datasets`, does not load it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maml_tf import datasets, learners, networks, tasks
    from maml_tf.checkpoint import Checkpoint, CheckpointError
    from maml_tf.errors import Diverged, MAMLError, SettingError
    from maml_tf.evaluation import Evaluation, Protocol, evaluate, tuned
    from maml_tf.inner_loop import InnerLoop, adapt
    from maml_tf.interfaces import Episodes, Examples
    from maml_tf.learners import MAML, Classifier, FineTuning, MultiTask, NearestNeighbour, Oracle, Pretrain
    from maml_tf.losses import accuracy, softmax_cross_entropy, squared_error
    from maml_tf.meta_optimizer import Adam
    from maml_tf.networks import (
        MLP,
        BatchNormalization,
        ContextVector,
        Conv4,
        KerasNetwork,
        ReleasedWeights,
        with_running_averages,
    )
    from maml_tf.selection import Selection
    from maml_tf.tasks import FewShotImages, LabelledImages, Sinusoid
    from maml_tf.training import Trained, Training, input_seconds, train

__all__ = [
    "MAML",
    "MLP",
    "Adam",
    "BatchNormalization",
    "Checkpoint",
    "CheckpointError",
    "Classifier",
    "ContextVector",
    "Conv4",
    "Diverged",
    "Episodes",
    "Evaluation",
    "Examples",
    "FewShotImages",
    "FineTuning",
    "InnerLoop",
    "KerasNetwork",
    "LabelledImages",
    "MAMLError",
    "MultiTask",
    "NearestNeighbour",
    "Oracle",
    "Pretrain",
    "Protocol",
    "ReleasedWeights",
    "Selection",
    "SettingError",
    "Sinusoid",
    "Trained",
    "Training",
    "accuracy",
    "adapt",
    "datasets",
    "evaluate",
    "input_seconds",
    "learners",
    "networks",
    "softmax_cross_entropy",
    "squared_error",
    "tasks",
    "train",
    "tuned",
    "with_running_averages",
]

_NAMES = {
    "checkpoint": ("Checkpoint", "CheckpointError"),
    "errors": ("Diverged", "MAMLError", "SettingError"),
    "evaluation": ("Evaluation", "Protocol", "evaluate", "tuned"),
    "inner_loop": ("InnerLoop", "adapt"),
    "interfaces": ("Episodes", "Examples"),
    "learners": ("MAML", "Classifier", "FineTuning", "MultiTask", "NearestNeighbour", "Oracle", "Pretrain"),
    "losses": ("accuracy", "softmax_cross_entropy", "squared_error"),
    "meta_optimizer": ("Adam",),
    "networks": (
        "MLP",
        "BatchNormalization",
        "ContextVector",
        "Conv4",
        "KerasNetwork",
        "ReleasedWeights",
        "with_running_averages",
    ),
    "selection": ("Selection",),
    "tasks": ("FewShotImages", "LabelledImages", "Sinusoid"),
    "training": ("Trained", "Training", "input_seconds", "train"),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

if not TYPE_CHECKING:  # Type checkers read the imports above; with a function, any name would do.

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
