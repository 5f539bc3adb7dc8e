"""Names of the tensors in a nested structure."""

from collections.abc import Iterator, Mapping
from typing import Any


def leaf_names(structure: Any) -> list[str]:
    """Returns the name of every leaf: the keys and positions that lead to it, joined by `/`.

    The order follows `tf.nest.flatten`: dictionaries by sorted key, sequences by position.
    """
    return ["/".join(path) for path in _paths(structure)]


def _paths(structure: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(structure, Mapping):
        children = [(str(key), structure[key]) for key in sorted(structure)]
    elif isinstance(structure, list | tuple):
        children = [(str(position), value) for position, value in enumerate(structure)]
    else:
        yield ()
        return
    for key, value in children:
        for rest in _paths(value):
            yield (key, *rest)
