"""Networks: pure functions of parameters and inputs over a meta-batch of tasks."""

from maml_tf.networks.keras import KerasNetwork
from maml_tf.networks.mlp import MLP
from maml_tf.networks.normalization import BatchNormalization
from maml_tf.networks.shared import Shared, per_task, shared

__all__ = ["MLP", "BatchNormalization", "KerasNetwork", "Shared", "per_task", "shared"]
