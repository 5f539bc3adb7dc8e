"""Parts of an experiment, declared by name so that a declaration needs no TensorFlow."""

import importlib
from collections.abc import Mapping
from typing import Any

_NAME = "part"


def part(name: str, **settings: Any) -> dict[str, Any]:
    """Declares an object of the library: `part("maml_tf.MLP", inputs=1)` stands for `maml_tf.MLP(inputs=1)`."""
    return {_NAME: name, **settings}


def symbol(name: str) -> dict[str, Any]:
    """Declares a function of the library, such as `symbol("maml_tf.squared_error")`."""
    return {"symbol": name}


def is_part(declaration: Mapping[str, Any]) -> bool:
    """Whether a declaration stands for an object."""
    return _NAME in declaration


def build(declaration: Any) -> Any:
    """Makes the object that a declaration stands for, and all parts in it."""
    if isinstance(declaration, Mapping):
        if "symbol" in declaration:
            return _look_up(declaration["symbol"])
        built = {key: build(value) for key, value in declaration.items() if key != _NAME}
        return _look_up(declaration[_NAME])(**built) if is_part(declaration) else built
    if isinstance(declaration, list | tuple):
        return tuple(build(value) for value in declaration)
    return declaration


def _look_up(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)
