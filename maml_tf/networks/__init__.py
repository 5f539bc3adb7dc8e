"""Networks: pure functions of parameters and inputs over a meta-batch of tasks."""

from maml_tf.networks.context import ContextVector
from maml_tf.networks.conv import Conv4
from maml_tf.networks.forms import Factored, Shared, per_task, shared
from maml_tf.networks.keras import KerasNetwork
from maml_tf.networks.mlp import MLP
from maml_tf.networks.normalization import BatchNormalization, with_running_averages
from maml_tf.networks.pretrained import Pretrained

__all__ = [
    "MLP",
    "BatchNormalization",
    "ContextVector",
    "Conv4",
    "Factored",
    "KerasNetwork",
    "Pretrained",
    "Shared",
    "per_task",
    "shared",
    "with_running_averages",
]
