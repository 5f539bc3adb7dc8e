"""Any Keras model as a network."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from maml_tf.derivatives import exact_derivatives
from maml_tf.errors import SettingError
from maml_tf.interfaces import Parameters, Tensor
from maml_tf.networks.forms import per_task
from maml_tf.networks.keras_layers import (
    averaging_layers,
    check_random_operations,
    no_averaging,
    outdated_layers,
    random_layers_off,
    seed_variables,
    seeds_required,
)
from maml_tf.randomness import current_draws


@dataclass(frozen=True)
class KerasNetwork:
    """A Keras 3 model, applied as a pure function of its weights.

    The weights inside the model do not change: `stateless_call` receives the weights of each task. Tasks are computed
    one after another, because nothing is known about the layers (batch normalisation, for example, must not mix
    tasks). Running averages stay as they are in the model; see `assign`.

    Second derivatives are exact, batch normalisation in training mode included, except where a layer itself declares
    something constant. An operation of which TensorFlow has no derivative is refused when a gradient passes it. Check
    a new model with `maml_tf.check_gradients`.

    Layers that own a `keras.random.SeedGenerator`, such as dropout, draw new random numbers for every task and every
    call in meta-training. They follow from the seed of `Training` and the meta-iteration, so an interrupted run
    resumes bit for bit. Everywhere else (`evaluate`, `predict`, `adapt`) these layers are called with
    `training=False`.

    Attributes:
        model: A built model with one output, whose inputs have a leading axis of examples. If it has several inputs,
            `Examples.inputs` is a tuple or dictionary as the model takes it.
        training: Passed to the layers; in training mode batch normalisation uses current-batch statistics.

    Raises:
        SettingError: The model is not built, two weights have the same name, a weight has a regularizer or a
            constraint, or a layer in training mode computes with statistics that would have to be updated
            (`SpectralNormalization`, `renorm=True`). When the model is called: it has several outputs, the inputs are
            ragged or sparse, or random numbers are drawn without a seed generator.
    """

    model: Any
    training: bool = True

    def __post_init__(self) -> None:
        if not self.model.built:
            raise SettingError(f"model must be built, with a keras.Input or by a first call, not {self.model.name!r}")
        names = self._names()
        if len(set(names)) < len(names):
            raise SettingError(f"the weights of the model must have different names, not {names}")
        ignored = [weight.path for weight in self.model.trainable_variables if weight.regularizer or weight.constraint]
        if ignored:
            raise SettingError(f"weights must have no regularizer or constraint, as {ignored} have: both are ignored")
        if self.training and outdated_layers(self.model):
            raise SettingError(
                "training must be False with SpectralNormalization or BatchNormalization(renorm=True), because "
                f"meta-training does not update the statistics of {outdated_layers(self.model)}"
            )

    def initialize(self, seed: int | Tensor) -> Parameters:
        """Returns the current weights of the model by name, such as `dense/kernel`.

        `seed` has no effect. In particular, the seed of `Training` then varies the tasks and not the initialisation.
        """
        del seed
        values = [tf.convert_to_tensor(weight) for weight in self.model.trainable_variables]
        return dict(zip(self._names(), values, strict=True))

    def assign(self, parameters: Parameters, calibrate_on: Any = None) -> None:
        """Assigns parameters, for example meta-trained ones, to the weights of the model.

        Args:
            parameters: The parameters.
            calibrate_on: Inputs of the model, `[examples, ...]`. The running averages of batch normalisation become
                the mean and variance of these examples, so that `model.predict` computes what was trained. Take the
                inputs of the support set if `parameters` are adapted to it.

        Raises:
            SettingError: Names or shapes differ from those of the weights; or the model has running averages that
                meta-training does not use, and there are no inputs to compute them.
        """
        weights = dict(zip(self._names(), self.model.trainable_variables, strict=True))
        wanted = {name: tuple(weight.shape) for name, weight in weights.items()}
        given = {name: tuple(value.shape) for name, value in parameters.items()}
        if given != wanted:
            raise SettingError(f"the parameters must be {wanted}, not {given}")
        if self.training and calibrate_on is None and averaging_layers(self.model):
            names = [layer.name for layer in averaging_layers(self.model)]
            raise SettingError(
                f"calibrate_on must be inputs, not None, because meta-training does not use the running averages of "
                f"{names}: network.assign(parameters, calibrate_on=inputs)"
            )
        for name, weight in weights.items():
            weight.assign(parameters[name])
        if calibrate_on is not None:
            self._calibrate(tf.nest.map_structure(tf.convert_to_tensor, calibrate_on))

    def apply(self, parameters: Parameters, inputs: Tensor, support: Tensor | None = None) -> Tensor:
        """Maps inputs `[tasks, examples, ...]` to outputs `[tasks, examples, ...]`; `support` is not used."""
        del support
        examples = _unstacked(inputs)
        with exact_derivatives(), self._random_layers():
            weights = self._weights(parameters, len(examples))
            return tf.stack([self._apply_one(*of_task) for of_task in zip(weights, examples, strict=True)])

    def _weights(self, parameters: Parameters, tasks: int) -> list[list[Tensor]]:
        """Returns the weights of each task in the order of the model."""
        weights = []
        for name, variable in zip(self._names(), self.model.trainable_variables, strict=True):
            value = per_task(parameters[name])
            # The derivative of a slice of each task would be as large as the weights of all tasks.
            weights.append(tf.unstack(value) if value.shape.rank > len(variable.shape) else [value] * tasks)
        return [[of_tasks[task] for of_tasks in weights] for task in range(tasks)]

    def _names(self) -> list[str]:
        # Keras numbers unnamed models in order of creation, so a path with that prefix would not be reproducible.
        prefix = f"{self.model.name}/"
        return [weight.path.removeprefix(prefix) for weight in self.model.trainable_variables]

    @contextmanager
    def _random_layers(self) -> Iterator[None]:
        """Checks how random numbers are drawn within the context, and switches random layers off if they must be."""
        with ExitStack() as stack:
            stack.enter_context(seeds_required())
            stack.enter_context(check_random_operations())
            if current_draws() is None:
                stack.enter_context(random_layers_off(self.model))
            yield

    def _apply_one(self, weights: list[Tensor], inputs: Any) -> Tensor:
        draws, seeds = current_draws(), seed_variables(self.model)
        untrained = [
            draws.next_seed() if draws and id(variable) in seeds else tf.convert_to_tensor(variable)
            for variable in self.model.non_trainable_variables
        ]
        outputs, _ = self.model.stateless_call(weights, untrained, inputs, training=self.training)
        if not tf.is_tensor(outputs):
            raise SettingError(f"the model must have one output, not a {type(outputs).__name__} of {len(outputs)}")
        return outputs if outputs.shape.rank > 1 else outputs[:, tf.newaxis]

    def _calibrate(self, inputs: Any) -> None:
        variables = self.model.non_trainable_variables
        weights, untrained = (
            [tf.convert_to_tensor(each) for each in group] for group in (self.model.trainable_variables, variables)
        )
        with random_layers_off(self.model), no_averaging(self.model):
            _, updated = self.model.stateless_call(weights, untrained, inputs, training=True)
        for variable, value in zip(variables, updated, strict=True):
            if id(variable) not in seed_variables(self.model):
                variable.assign(value)


def computes_one_by_one(learner: Any) -> bool:
    """Returns whether a learner, or a network, computes tasks one after another with a Keras model."""
    network = getattr(learner, "network", None)
    return isinstance(learner, KerasNetwork) if network is None else computes_one_by_one(network)


def _unstacked(inputs: Any) -> list[Any]:
    """Splits the leading axis of all tensors of a structure."""
    tensors = tf.nest.flatten(inputs)
    if not all(tf.is_tensor(each) or hasattr(each, "__array__") for each in tensors) or any(
        isinstance(each, tf.RaggedTensor | tf.SparseTensor) for each in tensors
    ):
        raise SettingError(f"inputs must be dense tensors, not {[type(each).__name__ for each in tensors]}")
    parts = zip(*map(tf.unstack, tensors), strict=True)
    return [tf.nest.pack_sequence_as(inputs, part) for part in parts]
