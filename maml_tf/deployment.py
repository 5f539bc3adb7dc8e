"""Use after meta-training: adapting to one new task, and files of parameters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.lib.npyio import NpzFile

from maml_tf.checkpoint import CheckpointError
from maml_tf.errors import SettingError
from maml_tf.files import replaced_atomically
from maml_tf.interfaces import Examples, Network, Parameters
from maml_tf.networks.forms import Factored, per_task


@dataclass(frozen=True, kw_only=True, eq=False)
class Adapted:
    """A network that is adapted to one task; nothing here has an axis of tasks.

    Attributes:
        network: The network.
        parameters: Its adapted parameters. `KerasNetwork.assign` puts them into a Keras model, which can then be saved
            in any format of Keras.
        support: The inputs of the support set, because some normalisations of query sets need them.
    """

    network: Network
    parameters: Parameters
    support: Any

    def predict(self, inputs: Any) -> np.ndarray:
        """Predicts the outputs of new examples.

        Batch normalisation with the statistics `batch at hand` normalises by all examples that are given together.

        Args:
            inputs: `[examples, ...]`, scaled like the inputs of meta-training.

        Returns:
            `[examples, outputs]`.
        """
        inputs, support = (_one_task(each, self.parameters) for each in (inputs, self.support))
        return np.asarray(self.network.apply(self.parameters, inputs, support)[0])

    def save(self, path: str | Path) -> None:
        """Writes an `.npz` file that `load_adapted` reads."""
        save_parameters(path, {"parameters": self.parameters, "support": self.support})


def adapted_to(learner: Any, parameters: Parameters, inputs: Any, targets: Any, steps: int | None = None) -> Adapted:
    """Adapts a meta-trained learner to one new task.

    Args:
        learner: The learner, such as `MAML`.
        parameters: Its meta-trained initialisation, such as `Trained.parameters`.
        inputs: The support inputs of the task, `[examples, ...]`, scaled like those of meta-training.
        targets: Their targets, `[examples, outputs]`; one-hot for classification.
        steps: Number of gradient steps; None for those of the inner loop.

    Raises:
        SettingError: The learner does not adapt, or inputs and targets have different numbers of examples.
    """
    if not hasattr(learner, "adapt"):
        raise SettingError(f"learner must be one that adapts, such as MAML, not {type(learner).__name__}")
    if steps is not None:
        learner = replace(learner, inner_loop=replace(learner.inner_loop, steps=steps))
    own = learner.network.initialize(0)  # only its shapes are used
    support = Examples(_one_task(inputs, own), _one_task(targets, own))
    sizes = {int(each.shape[1]) for each in tf.nest.flatten(support)}
    if len(sizes) > 1:
        raise SettingError(f"inputs and targets must have as many examples, not {sorted(sizes)}")
    adapted = learner.adapt(parameters, support)[-1]
    # A parameter that adapted has an axis of one task, and as many elements as the parameter of the network.
    single = tf.nest.map_structure(lambda value, like: tf.reshape(per_task(value), like.shape), adapted, own)
    without_axis = tf.nest.map_structure(lambda each: each[0], support.inputs)
    return Adapted(network=learner.network, parameters=single, support=without_axis)


def load_adapted(path: str | Path, network: Network) -> Adapted:
    """Reads what `Adapted.save` wrote.

    Args:
        path: The file.
        network: The network, declared as when the file was written.

    Raises:
        CheckpointError: The file cannot be read, or has parameters of another network.
    """
    content = load_parameters(path)
    if not isinstance(content, dict) or content.keys() != {"parameters", "support"}:
        raise CheckpointError(f"{str(path)!r} is not a file of Adapted.save")
    wanted, given = (_shapes(each) for each in (network.initialize(0), content["parameters"]))
    if given != wanted:
        raise CheckpointError(f"{str(path)!r} has the parameters of another network: {given}, not {wanted}")
    return Adapted(network=network, **content)


def save_parameters(path: str | Path, parameters: Parameters) -> None:
    """Writes parameters to an `.npz` file, atomically.

    Args:
        path: The file.
        parameters: Nested dictionaries, lists and tuples of tensors, such as `Trained.parameters`.

    Raises:
        SettingError: A key of a dictionary is not a string, or a value is no tensor.
    """
    arrays: dict[str, Any] = {}
    arrays[_STRUCTURE] = json.dumps(_described(parameters, arrays))
    with replaced_atomically(Path(path)) as file:
        np.savez(file, **arrays)


def load_parameters(path: str | Path) -> Parameters:
    """Reads parameters that `save_parameters` wrote.

    Raises:
        CheckpointError: The file cannot be read, or is none of `save_parameters`.
    """
    try:
        with open(path, "rb") as file, NpzFile(file, allow_pickle=False) as stored:
            return _rebuilt(json.loads(str(stored[_STRUCTURE])), stored)
    except OSError as error:
        raise CheckpointError(f"{str(path)!r} cannot be read ({error.strerror or error})") from error
    except Exception as error:  # damaged bytes raise a dozen kinds of errors
        raise CheckpointError(f"{str(path)!r} is not a whole file of parameters ({error})") from error


def _one_task(values: Any, parameters: Parameters) -> Any:
    """Returns tensors with an axis of one task in front; real numbers have the precision of the parameters."""
    precision = tf.nest.flatten(parameters)[0].dtype

    def convert(value: Any) -> Any:
        tensor = tf.convert_to_tensor(value)[tf.newaxis]
        return tf.cast(tensor, precision) if tensor.dtype.is_floating else tensor

    return tf.nest.map_structure(convert, np.asarray(values) if isinstance(values, list) else values)


def _shapes(parameters: Parameters) -> Any:
    return tf.nest.map_structure(lambda value: str(tuple(value.shape)), parameters)


def _described(value: Any, arrays: dict[str, Any]) -> Any:
    """Returns the structure as plain data and adds its leaves to `arrays`."""
    if isinstance(value, Mapping):
        wrong = [key for key in value if not isinstance(key, str)]
        if wrong:
            raise SettingError(f"keys of parameters must be strings, not {wrong[0]!r}")
        return {"dict": {key: _described(child, arrays) for key, child in value.items()}}
    if isinstance(value, list | tuple):
        return {"list" if isinstance(value, list) else "tuple": [_described(child, arrays) for child in value]}
    array = np.asarray(per_task(value) if isinstance(value, Factored) else value)
    if array.dtype.hasobject:
        raise SettingError(f"parameters must be nested tensors, not {type(value).__name__}")
    name = f"leaf-{len(arrays)}"
    arrays[name] = array
    return name


def _rebuilt(structure: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(structure, str):
        return tf.constant(arrays[structure])
    ((kind, children),) = structure.items()
    if kind == "dict":
        return {key: _rebuilt(child, arrays) for key, child in children.items()}
    rebuilt = [_rebuilt(child, arrays) for child in children]
    return tuple(rebuilt) if kind == "tuple" else rebuilt


_STRUCTURE = "structure"  # the name of the array that holds the structure as JSON
