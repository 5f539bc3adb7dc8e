"""Networks: pure functions of parameters and inputs over a meta-batch of tasks."""

from maml_tf.networks.context import ContextVector
from maml_tf.networks.conv import Conv4
from maml_tf.networks.factored import Factored
from maml_tf.networks.keras import KerasNetwork
from maml_tf.networks.mlp import MLP
from maml_tf.networks.normalization import BatchNormalization
from maml_tf.networks.released_weights import ReleasedWeights
from maml_tf.networks.running_averages import with_running_averages
from maml_tf.networks.shared import Shared, per_task, shared

__all__ = [
    "MLP",
    "BatchNormalization",
    "ContextVector",
    "Conv4",
    "Factored",
    "KerasNetwork",
    "ReleasedWeights",
    "Shared",
    "per_task",
    "shared",
    "with_running_averages",
]
