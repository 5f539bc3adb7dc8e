"""Changes to nested settings, by dotted path."""

import copy
from collections.abc import Mapping
from typing import Any

Settings = dict[str, Any]


def overridden(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> Settings:
    """A copy of `settings` with some of them changed.

    Args:
        settings: nested dictionaries.
        changes: new values by path, such as `{"inner_loop.learning_rate": 0.01}`; `*` stands for every key.

    Raises:
        KeyError: a path names nothing that is there.
    """
    changed: Settings = copy.deepcopy(dict(settings))
    for path, value in changes.items():
        *parents, last = path.split(".")
        for place in _matching(changed, parents):
            if last not in place:
                raise KeyError(f"override {path!r} names nothing")
            place[last] = value
    return changed


def _matching(settings: Settings, parents: list[str]) -> list[Settings]:
    places = [settings]
    for key in parents:
        places = [
            inner
            for place in places
            for inner in (place.values() if key == "*" else [place[key]])
            if isinstance(inner, dict)
        ]
    return places
