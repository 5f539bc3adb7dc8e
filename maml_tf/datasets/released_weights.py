"""The authors' network for MiniImagenet with the weights that they released.

This is not imported with `maml_tf.datasets`, which needs no TensorFlow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from maml_tf.datasets import data_folder, load_authors_checkpoint
from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.naming import leaf_names
from maml_tf.networks import Conv4, Pretrained


@dataclass(frozen=True, kw_only=True)
class ReleasedWeights(Pretrained):
    """The authors' network for MiniImagenet 5-way 1-shot, which they meta-trained for 59,000 meta-iterations.

    Attributes:
        network: `Conv4(image=(84, 84, 3), outputs=5, filters=32, downsampling="max pool", summary="flatten")`,
            with any normalisation.
        folder: The data folder that holds their checkpoint; None for the folder that `MAML_TF_DATA` names.

    Raises:
        SettingError: The network is another one.
    """

    network: Conv4
    folder: Path | None = None

    def __post_init__(self) -> None:
        required = Conv4(image=(84, 84, 3), outputs=5, filters=32, downsampling="max pool", summary="flatten")
        if replace(self.network, normalization=required.normalization) != required:
            raise SettingError(f"the released weights are those of {required!r}, not of {self.network!r}")

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Loads the weights; `seed` has no effect.

        Raises:
            DatasetMissing: The checkpoint is not in the folder.
            DatasetError: The checkpoint is damaged or another one.
        """
        weights = load_authors_checkpoint(self.folder or data_folder())
        return renamed(weights, self.network.initialize(seed))


def renamed(weights: Mapping[str, np.ndarray], parameters: Parameters) -> Parameters:
    """Puts weights that are named as in the authors' program into parameters of `Conv4`.

    Args:
        weights: `model/conv1`, `model/Variable` (the first bias), `model/0/beta` (the first shift) and so on.
        parameters: Parameters of `Conv4`. Running averages, which the authors do not have, are left unchanged.

    Raises:
        SettingError: The names or shapes of the weights do not match the parameters.
    """
    names, values = leaf_names(parameters), tf.nest.flatten(parameters)
    wanted = {
        _AUTHORS_NAMES[name]: tuple(value.shape)
        for name, value in zip(names, values, strict=True)
        if name in _AUTHORS_NAMES
    }
    given = {name: value.shape for name, value in weights.items()}
    if given != wanted:
        raise SettingError(f"the weights must be {wanted}, not {given}")
    chosen = [
        tf.constant(weights[_AUTHORS_NAMES[name]]) if name in _AUTHORS_NAMES else value
        for name, value in zip(names, values, strict=True)
    ]
    return tf.nest.pack_sequence_as(parameters, chosen)


_AUTHORS_NAMES = {"linear/kernel": "model/w5", "linear/bias": "model/b5"}
for _block in range(4):
    _AUTHORS_NAMES |= {
        f"block_{_block}/kernel": f"model/conv{_block + 1}",
        f"block_{_block}/bias": f"model/Variable_{_block}" if _block else "model/Variable",
        f"block_{_block}/shift": f"model/{_block}/beta",
    }
