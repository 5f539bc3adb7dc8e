"""Batch normalisation in training mode: by the batch at hand, whose moments move the running averages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from maml_tf.errors import SettingError
from maml_tf.interfaces import Network, Parameters, Tensor
from maml_tf.networks.moments import Moments
from maml_tf.networks.normalization import BatchNormalization


def apply_with_moments(network: Network, parameters: Parameters, inputs: Tensor) -> tuple[Tensor, dict[str, Moments]]:
    """Applies a network that is normalised by the batch at hand, whatever its own statistics.

    Args:
        network: a dataclass; its own `normalization`, if it has any, is what is replaced. Of a network within
            another one the moments are not known.
        parameters: a dictionary of layers, as of `Conv4` and `MLP`.
        inputs: `[tasks, examples, ...]`.

    Returns:
        The outputs `[tasks, examples, outputs]`, and the moments of each normalised layer by its name,
        `[tasks, 1, ..., units]`.

    Raises:
        SettingError: it is a network within this one that has running averages.
    """
    normalization = getattr(network, "normalization", None)
    if normalization is None:
        if has_averages(parameters):
            raise SettingError(f"running averages must be those of the network itself, not of one within {network!r}")
        return network.apply(parameters, inputs), {}
    noting = _Noting(epsilon=normalization.epsilon)
    changed: Any = network
    outputs = replace(changed, normalization=noting).apply(parameters, inputs)
    return outputs, {name: found for name, layer in parameters.items() for seen, found in noting.noted if seen is layer}


def move_averages(parameters: Parameters, found: Mapping[str, Moments], momentum: float) -> Parameters:
    """Moves the running averages of each layer that has them a share of `momentum` towards these moments."""

    def moved(layer: Parameters, towards: Moments) -> Parameters:
        return layer | {name: layer[name] + momentum * (getattr(towards, name) - layer[name]) for name in AVERAGES}

    return parameters | {
        name: moved(parameters[name], towards)
        for name, towards in found.items()
        if parameters[name].keys() >= set(AVERAGES)
    }


def has_averages(parameters: Parameters) -> bool:
    """Whether a layer among these nested parameters has running averages."""
    if isinstance(parameters, list | tuple):
        return any(map(has_averages, parameters))
    if not isinstance(parameters, Mapping):
        return False
    return parameters.keys() >= {"shift", *AVERAGES} or any(map(has_averages, parameters.values()))


@dataclass(frozen=True, kw_only=True)
class _Noting(BatchNormalization):
    """Notes the moments that each layer asks for."""

    noted: list[tuple[Parameters, Moments]] = field(default_factory=list)

    @property
    def removes_bias(self) -> bool:
        return False  # running averages will be subtracted from features with their bias

    def moments(self, parameters: Parameters, inputs: Tensor, support: int | None = None) -> Moments:
        found = super().moments(parameters, inputs, support)
        self.noted.append((parameters, found))
        return found


AVERAGES = Moments._fields  # names of the running averages among the parameters of a layer
