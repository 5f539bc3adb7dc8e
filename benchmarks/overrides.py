"""Changes to nested settings, by dotted path."""

import copy
from collections.abc import Mapping
from typing import Any

Settings = dict[str, Any]


def overridden(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> Settings:
    """A copy of `settings` with some of them changed.

    Args:
        settings: nested dictionaries.
        changes: new values by path, such as `{"inner_loop.learning_rate": 0.01}`; `*` stands for every key
            below which the rest of the path is there.

    Raises:
        KeyError: a path names nothing that is there.
    """
    changed: Settings = copy.deepcopy(dict(settings))
    for path, value in changes.items():
        *parents, last = path.split(".")
        places = [place for place in _matching(changed, parents) if last in place]
        if not places:
            raise KeyError(f"override {path!r} names nothing")
        for place in places:
            place[last] = value
    return changed


def _matching(settings: Settings, parents: list[str]) -> list[Settings]:
    places = [settings]
    for key in parents:
        inner = [place.values() if key == "*" else [place.get(key)] for place in places]
        places = [each for group in inner for each in group if isinstance(each, dict)]
    return places
