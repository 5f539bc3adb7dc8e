"""Networks that start from given weights."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from maml_tf.interfaces import Network, Parameters, Tensor


@dataclass(frozen=True, kw_only=True)
class Pretrained(ABC):
    """A network whose initial parameters are given, such as weights from a file; otherwise it is `network`.

    A subclass defines where the parameters come from. Functions that look at the layers of a network
    look at `network` instead.

    Attributes:
        network: The network that is applied.
    """

    network: Network

    @abstractmethod
    def initialize(self, seed: int | Tensor) -> Parameters:
        """Returns the given parameters, in the structure that `network` initialises."""

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Applies `network`."""
        return self.network.apply(parameters, inputs, support)
