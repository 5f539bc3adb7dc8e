"""The fingerprint of everything that defines a number: two numbers are comparable only if it agrees."""

import hashlib
import json
from collections.abc import Mapping

# Raise it when the meaning of equal settings changes: a mended bug in training or evaluation, a new
# stream of random numbers. Every record made before is then "not comparable" with those made after.
DEFINITION_VERSION = 1

ALLOWED = "None, bool, int, float, str, list, tuple and mappings with str keys"


def definition_hash(settings: Mapping[str, object]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of the settings as canonical JSON.

    The order of keys does not matter and a tuple equals a list; every leaf matters, with its type
    (1, 1.0 and True differ). Floats are written by `repr`, so the shortest text that reads back the same.

    Raises:
        TypeError: A value has no canonical form; the message names its place and the allowed types.
    """
    canonical = _canonical({"version": DEFINITION_VERSION, "settings": settings}, "")
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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
