"""Model-agnostic meta-learning in TensorFlow 2, with exact second-order meta-gradients."""

from maml_tf import datasets, tasks
from maml_tf.checkpoint import Checkpoint, CheckpointError
from maml_tf.errors import Diverged, SettingError
from maml_tf.evaluation import Protocol, evaluate, tuned
from maml_tf.inner_loop import InnerLoop, adapt
from maml_tf.interfaces import Episodes, Examples
from maml_tf.learners import MAML, MultiTask, Oracle, Pretrain
from maml_tf.losses import accuracy, softmax_cross_entropy, squared_error
from maml_tf.meta_optimizer import Adam
from maml_tf.networks import MLP, BatchNormalization, KerasNetwork
from maml_tf.tasks import FewShotImages, Sinusoid
from maml_tf.training import Trained, Training, train

__all__ = [
    "MAML",
    "MLP",
    "Adam",
    "BatchNormalization",
    "Checkpoint",
    "CheckpointError",
    "Diverged",
    "Episodes",
    "Examples",
    "FewShotImages",
    "InnerLoop",
    "KerasNetwork",
    "MultiTask",
    "Oracle",
    "Pretrain",
    "Protocol",
    "SettingError",
    "Sinusoid",
    "Trained",
    "Training",
    "accuracy",
    "adapt",
    "datasets",
    "evaluate",
    "softmax_cross_entropy",
    "squared_error",
    "tasks",
    "train",
    "tuned",
]
