"""Any Keras model as a network."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks.shared import per_task


@dataclass(frozen=True)
class KerasNetwork:
    """A Keras 3 model, applied as a pure function of its weights.

    The model keeps its own weights: `stateless_call` is given those of each task. Each task is
    computed on its own, because nothing is known about the layers (batch normalisation, for one,
    must not mix tasks). Weights that Keras does not train, such as running averages and the state
    of random numbers, stay as they are in the model: a dropout layer has the same mask in every call.

    Second derivatives are those of the layers. Keras's own batch normalisation takes the mean inside
    its variance for a constant, so in training mode its second derivatives are not exact.

    Attributes:
        model: a built model; its inputs have a leading axis of examples.
        training: passed to the layers: in training mode batch normalisation uses the batch at hand.

    Raises:
        SettingError: two weights have the same name.
    """

    model: Any
    training: bool = True

    def __post_init__(self) -> None:
        names = self._names()
        if len(set(names)) < len(names):
            raise SettingError(f"the weights of the model must have different names, not {names}")

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Returns the model's own weights as they are now, such as `dense/kernel`.

        The weights of the model are the initialisation: `seed` does not vary it, nor does that of `Training`,
        which chooses the tasks alone.
        """
        del seed
        values = [tf.convert_to_tensor(weight) for weight in self.model.trainable_variables]
        return dict(zip(self._names(), values, strict=True))

    def assign(self, parameters: Parameters) -> None:
        """Puts parameters, such as those that were meta-trained, into the model.

        Raises:
            SettingError: they have other names or shapes than the weights of the model.
        """
        weights = dict(zip(self._names(), self.model.trainable_variables, strict=True))
        wanted, given = ({name: tuple(each.shape) for name, each in all_.items()} for all_ in (weights, parameters))
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
        # Keras numbers unnamed models in order of creation: a path that starts so would change from run to run.
        prefix = f"{self.model.name}/"
        return [weight.path.removeprefix(prefix) for weight in self.model.trainable_variables]

    def _apply_one(self, weights: list[Tensor], inputs: Tensor) -> Tensor:
        fixed = [tf.convert_to_tensor(weight) for weight in self.model.non_trainable_variables]
        outputs, _ = self.model.stateless_call(weights, fixed, inputs, training=self.training)
        return outputs
