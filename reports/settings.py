"""Settings of the readings of one experiment: where they differ, and what they share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reports import formatting

Readings = Mapping[str, Mapping[str, Any]]
Path = tuple[str, ...]

# Keys that tell what a group of settings belongs to; their values speak for themselves.
_KINDS = ("part", "symbol", "name")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A setting on which the readings disagree.

    Attributes:
        name: Name in words; parts of nested settings are joined by " › ".
        texts: Its value under each reading, in the order of the readings.
    """

    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Settings of one part of an experiment that are the same under every reading.

    Attributes:
        name: The part, such as "learner › network".
        text: Its settings on one line, such as "maml_tf.MLP; inputs 1; hidden 40, 40".
    """

    name: str
    text: str


def differing(readings: Readings) -> tuple[Difference, ...]:
    """The settings on which the readings disagree, also where one lacks a setting.

    Args:
        readings: Settings by reading, as in the report data; values may be nested.
    """
    return tuple(
        Difference(name=_words(path), texts=texts)
        for path, texts in _side_by_side(readings).items()
        if len(set(texts)) > 1
    )


def shared(readings: Readings) -> tuple[Shared, ...]:
    """The settings that are the same under every reading, one line for each part.

    Args:
        readings: Settings by reading, as in the report data; values may be nested.
    """
    parts: dict[Path, list[str]] = {}
    for path, texts in _side_by_side(readings).items():
        if len(set(texts)) == 1:
            speaks = len(path) == 1 or path[-1] in _KINDS
            told = texts[0] if speaks else f"{_words(path[-1:])} {texts[0]}"
            parts.setdefault(path[:-1] or path, []).append(told)
    return tuple(Shared(name=_words(path), text="; ".join(told)) for path, told in parts.items())


def _side_by_side(readings: Readings) -> dict[Path, tuple[str, ...]]:
    flat = [dict(_leaves(settings)) for settings in readings.values()]
    paths = dict.fromkeys(path for settings in flat for path in settings)
    return {path: tuple(settings.get(path, formatting.ABSENT) for settings in flat) for path in paths}


def _leaves(settings: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, str]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, str(key)))
        else:
            yield (*above, str(key)), formatting.setting(value)


def _words(path: Path) -> str:
    return " › ".join(path).replace("_", " ")
