"""Any Keras model as a network."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks.forms import per_task


@dataclass(frozen=True)
class KerasNetwork:
    """A Keras 3 model, applied as a pure function of its weights.

    The weights inside the model do not change: `stateless_call` receives the weights of each task. Tasks are computed
    one after another, because nothing is known about the layers (batch normalisation, for example, must not mix
    tasks). Weights that Keras does not train, such as running averages and the state of random number generators,
    stay as they are in the model, so a dropout layer uses the same mask in every call.

    Second derivatives are those that the layers define. Keras's own batch normalisation treats the mean inside its
    variance as a constant, so its second derivatives are not exact in training mode.

    Attributes:
        model: A built model whose inputs have a leading axis of examples.
        training: Passed to the layers; in training mode batch normalisation uses current-batch statistics.

    Raises:
        SettingError: Two weights have the same name.
    """

    model: Any
    training: bool = True

    def __post_init__(self) -> None:
        names = self._names()
        if len(set(names)) < len(names):
            raise SettingError(f"the weights of the model must have different names, not {names}")

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Returns the current weights of the model by name, such as `dense/kernel`.

        `seed` has no effect. In particular, the seed of `Training` then varies the tasks and not the initialisation.
        """
        del seed
        values = [tf.convert_to_tensor(weight) for weight in self.model.trainable_variables]
        return dict(zip(self._names(), values, strict=True))

    def assign(self, parameters: Parameters) -> None:
        """Assigns parameters, for example meta-trained ones, to the weights of the model.

        Raises:
            SettingError: Their names or shapes differ from those of the weights.
        """
        weights = dict(zip(self._names(), self.model.trainable_variables, strict=True))
        wanted = {name: tuple(weight.shape) for name, weight in weights.items()}
        given = {name: tuple(value.shape) for name, value in parameters.items()}
        if given != wanted:
            raise SettingError(f"the parameters must be {wanted}, not {given}")
        for name, weight in weights.items():
            weight.assign(parameters[name])

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs `[tasks, examples, ...]` to outputs `[tasks, examples, outputs]`; `support` is not used."""
        del support
        weights = [per_task(parameters[name]) for name in self._names()]
        ranks = [len(weight.shape) for weight in self.model.trainable_variables]
        return tf.stack(
            [
                self._apply_one(
                    [
                        weight[task] if weight.shape.rank > rank else weight
                        for weight, rank in zip(weights, ranks, strict=True)
                    ],
                    examples,
                )
                for task, examples in enumerate(tf.unstack(inputs))
            ]
        )

    def _names(self) -> list[str]:
        # Keras numbers unnamed models in order of creation, so a path with that prefix would not be reproducible.
        prefix = f"{self.model.name}/"
        return [weight.path.removeprefix(prefix) for weight in self.model.trainable_variables]

    def _apply_one(self, weights: list[Tensor], inputs: Tensor) -> Tensor:
        untrained = [tf.convert_to_tensor(weight) for weight in self.model.non_trainable_variables]
        outputs, _ = self.model.stateless_call(weights, untrained, inputs, training=self.training)
        return outputs
