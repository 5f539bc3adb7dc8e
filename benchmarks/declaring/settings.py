"""Settings of an experiment: declared as constants, changed by dotted path, hashed, and built into objects.

A declaration names what it stands for, so that it can be read and hashed without importing TensorFlow.
"""

import copy
import hashlib
import importlib
import json
from collections.abc import Mapping
from typing import Any

Settings = dict[str, Any]

# Raise it when the same settings come to mean something else, for instance after a bug in training or evaluation was
# fixed. Records made before are then "not comparable" with records made after.
DEFINITION_VERSION = 1

ALLOWED = "None, bool, int, float, str, list, tuple and mappings with str keys"
_PART = "part"


def part(name: str, **settings: Any) -> Settings:
    """Declares an object: `part("maml_tf.MLP", inputs=1)` stands for `maml_tf.MLP(inputs=1)`."""
    return {_PART: name, **settings}


def symbol(name: str) -> Settings:
    """Declares a function, such as `symbol("maml_tf.squared_error")`."""
    return {"symbol": name}


def is_part(declaration: Mapping[str, Any]) -> bool:
    """Returns whether a declaration stands for an object."""
    return _PART in declaration


def build(declaration: Any) -> Any:
    """Builds the object that a declaration stands for, and all objects declared inside it."""
    if isinstance(declaration, Mapping):
        if "symbol" in declaration:
            return look_up(declaration["symbol"])
        built = {key: build(value) for key, value in declaration.items() if key != _PART}
        return look_up(declaration[_PART])(**built) if is_part(declaration) else built
    if isinstance(declaration, list | tuple):
        return tuple(build(value) for value in declaration)
    return declaration


def look_up(name: str) -> Any:
    """Returns the object with a dotted name, such as "maml_tf.MLP"."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def overridden(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> Settings:
    """Returns a copy of nested settings with some values changed.

    Args:
        settings: Nested dictionaries.
        changes: New values by dotted path, such as `{"inner_loop.learning_rate": 0.01}`. A `*` in a path stands for
            every key below which the rest of the path exists.

    Raises:
        KeyError: No setting matches a path.
    """
    changed: Settings = copy.deepcopy(dict(settings))
    for path, value in changes.items():
        *parents, last = path.split(".")
        matches = [place for place in _matching(changed, parents) if last in place]
        if not matches:
            raise KeyError(f"no setting matches the path {path!r}")
        for place in matches:
            place[last] = value
    return changed


def _matching(settings: Settings, parents: list[str]) -> list[Settings]:
    places = [settings]
    for key in parents:
        values = [value for place in places for value in (place.values() if key == "*" else [place.get(key)])]
        places = [value for value in values if isinstance(value, dict)]
    return places


def definition_hash(settings: Mapping[str, object], version: int | None = None) -> str:
    """Returns the hash of settings: two numbers are comparable only if their hashes are equal.

    The hash is the first twelve hexadecimal digits of the SHA-256 of the settings as canonical JSON. The order of keys
    does not matter and a tuple equals a list; every leaf matters, and so does its type (1, 1.0 and True differ).
    Floats are written as the shortest text that reads back as the same number.

    Raises:
        TypeError: A value has no canonical form. The message names its place and the allowed types.
    """
    canonical = _canonical({"version": version or DEFINITION_VERSION, "settings": settings}, "")
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def is_definition(definition: str, settings: Mapping[str, object]) -> bool:
    """Returns whether the settings have this hash, under the current definition version or an earlier one."""
    return any(definition == definition_hash(settings, version) for version in range(DEFINITION_VERSION, 0, -1))


def _canonical(value: object, place: str) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_canonical(entry, f"{place}/{index}") for index, entry in enumerate(value)]
    if isinstance(value, Mapping):
        return {_key(key, place): _canonical(entry, f"{place}/{key}") for key, entry in value.items()}
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    raise TypeError(f"{place.removeprefix('/')} is a {kind}, which has no canonical form; allowed: {ALLOWED}")


def _key(key: object, place: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{place.removeprefix('/')} has the key {key!r}; allowed: {ALLOWED}")
    return key
