"""What `KerasNetwork` needs to know and change about the layers of a Keras model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import tensorflow as tf

from maml_tf.errors import SettingError


def averaging_layers(model: Any) -> list[Any]:
    """Returns the layers whose running averages are updated in training mode."""
    return [layer for layer in model._flatten_layers() if hasattr(layer, "moving_mean") and layer.trainable]


def outdated_layers(model: Any) -> list[str]:
    """Returns the names of layers that in training mode compute with stored statistics, which never change here.

    They treat these statistics as constants besides, so their derivatives are not those of a function of the weights.
    """
    return [
        layer.name
        for layer in model._flatten_layers()
        if type(layer).__name__ == "SpectralNormalization" or getattr(layer, "renorm", False)
    ]


@contextmanager
def no_averaging(model: Any) -> Iterator[None]:
    """Makes the statistics of the current batch the new running averages within the context."""
    layers = averaging_layers(model)
    before = [layer.momentum for layer in layers]
    try:
        for layer in layers:
            layer.momentum = 0.0
        yield
    finally:
        for layer, momentum in zip(layers, before, strict=True):
            layer.momentum = momentum


def seed_variables(model: Any) -> set[int]:
    """Returns the identities of the variables that hold the state of random number generators."""
    return {id(generator.state) for layer in model._flatten_layers() for generator in layer._seed_generators}


@contextmanager
def random_layers_off(model: Any) -> Iterator[None]:
    """Calls every layer that owns a random number generator with `training=False` within the context."""
    layers = [layer for layer in model._flatten_layers() if layer._seed_generators and layer._call_has_training_arg]
    try:
        for layer in layers:
            # An attribute of the object hides the method of the class; `__dict__` bypasses the tracking of Keras.
            layer.__dict__["call"] = _at_test(layer.call)
        yield
    finally:
        for layer in layers:
            layer.__dict__.pop("call", None)


def _at_test(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **settings: call(*args, **{**settings, "training": False})


@contextmanager
def seeds_required() -> Iterator[None]:
    """Refuses random numbers that `keras.random` draws without a seed, within the context and this thread."""
    from keras.src.backend.common import global_state
    from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR

    before = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    try:
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, _NoSeeds())
        yield
    finally:
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, before)


class _NoSeeds:
    """Takes the place of Keras's global generator, which would give the same numbers in every call of a graph."""

    def next(self, ordered: bool = True) -> NoReturn:
        del ordered
        raise SettingError(_MESSAGE.format("keras.random without a seed"))


@contextmanager
def check_random_operations() -> Iterator[None]:
    """Refuses operations with hidden random state that are added to the present graph within the context.

    A run that contains them cannot resume bit for bit.
    """
    if tf.executing_eagerly():
        yield
        return
    graph = tf.compat.v1.get_default_graph()
    before = len(graph.get_operations())
    yield
    for operation in graph.get_operations()[before:]:
        if operation.type in _STATEFUL:
            raise SettingError(_MESSAGE.format(f"the operation {operation.type!r}"))


_MESSAGE = (
    "random numbers must come from keras.random with a keras.random.SeedGenerator that is an attribute of the layer, "
    "not from {}"
)
_STATEFUL = frozenset(
    [
        "Multinomial",
        "ParameterizedTruncatedNormal",
        "RandomGamma",
        "RandomPoissonV2",
        "RandomShuffle",
        "RandomStandardNormal",
        "RandomUniform",
        "RandomUniformInt",
        "StatefulUniform",
        "StatefulStandardNormalV2",
        "TruncatedNormal",
    ]
)
