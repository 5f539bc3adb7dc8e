"""Settings of the readings of one experiment, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports import formatting


@dataclass(frozen=True, kw_only=True)
class SettingRow:
    """One setting under every reading.

    Attributes:
        name: Name in words; parts of nested settings are joined by " › ".
        texts: Its value under each reading, in the order of the readings.
        differs: Whether the readings disagree.
    """

    name: str
    texts: tuple[str, ...]
    differs: bool


def compared(readings: Mapping[str, Mapping[str, Any]]) -> tuple[SettingRow, ...]:
    """All settings of all readings, in their own order.

    Args:
        readings: Settings by reading, as in the report data; values may be nested.
    """
    flat = [_flattened(settings) for settings in readings.values()]
    names = dict.fromkeys(name for settings in flat for name in settings)
    rows = (_row(name, tuple(settings.get(name, formatting.ABSENT) for settings in flat)) for name in names)
    return tuple(rows)


def _row(name: str, texts: tuple[str, ...]) -> SettingRow:
    return SettingRow(name=name, texts=texts, differs=len(set(texts)) > 1)


def _flattened(settings: Mapping[str, Any], before: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in settings.items():
        name = before + str(key).replace("_", " ")
        if isinstance(value, Mapping):
            flat |= _flattened(value, f"{name} › ")
        else:
            flat[name] = formatting.setting(value)
    return flat
