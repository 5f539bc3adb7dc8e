"""Axes of the charts: which part of the values to show, where each lies, where the ticks are."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ROOM = 0.05
# How far beyond the anchors a chart reaches, and how much larger than the others an anchor is allowed to be.
_REACH, _REACH_LOGARITHMIC = 1.5, 3.0
_ABSURD, _ABSURD_LOGARITHMIC = 1e2, 1e3
_SMALLEST = 1e-4


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A mapping from values to pixels.

    Attributes:
        low: Smallest value shown.
        high: Largest value shown.
        start: Pixel of `low`.
        end: Pixel of `high`; smaller than `start` for an axis that points up.
        logarithmic: Whether equal steps are equal factors.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def position(self, value: float) -> float:
        """Pixel of a value; values far outside lie one length of the axis beyond its end."""
        share = (self._scaled(value) - self._scaled(self.low)) / (self._scaled(self.high) - self._scaled(self.low))
        return self.start + min(max(share, -1.0), 2.0) * (self.end - self.start)

    def shows(self, value: float | None) -> bool:
        """Whether a value is finite and inside the axis."""
        return value is not None and math.isfinite(value) and self.low <= value <= self.high

    def ticks(self, most: int = 6) -> tuple[float, ...]:
        """Round values inside the axis, at most about `most`."""
        if self.logarithmic:
            return _logarithmic_ticks(self.low, self.high, most)
        return _linear_ticks(self.low, self.high, most)

    def _scaled(self, value: float) -> float:
        if not self.logarithmic:
            return value
        return math.log10(value) if value > 0 else -math.inf


def finite(values: Iterable[float | None]) -> list[float]:
    """The values that are numbers and finite."""
    return [value for value in values if value is not None and math.isfinite(value)]


def limits(values: Sequence[float], anchors: Sequence[float], *, logarithmic: bool = False) -> tuple[float, float]:
    """The part of the values worth showing, so that a diverged curve does not flatten the others.

    Args:
        values: Finite values that the chart would like to show.
        anchors: Finite values that set the scale; those that dwarf the others are left out.
        logarithmic: Whether the axis is logarithmic; then only positive values count.

    Returns:
        Lowest and highest value, with a little room around them.
    """
    reach, absurd = (_REACH_LOGARITHMIC, _ABSURD_LOGARITHMIC) if logarithmic else (_REACH, _ABSURD)
    sizes = sorted(abs(anchor) for anchor in anchors if anchor) or [1.0]
    typical = statistics.median_low(sizes)
    ceiling = reach * max(size for size in sizes if size <= absurd * typical)
    floor = _SMALLEST * sizes[0] if logarithmic else -ceiling
    shown = [value for value in values if floor <= value <= ceiling] or [1.0]
    return roomy(min(shown), max(shown), logarithmic=logarithmic)


def roomy(low: float, high: float, *, logarithmic: bool = False) -> tuple[float, float]:
    """The range widened by a twentieth at both ends; a single value gets a range around it."""
    if logarithmic:
        factor = (high / low) ** _ROOM if high > low else 2.0
        return low / factor, high * factor
    room = (high - low) * _ROOM or abs(high) * _ROOM or 1.0
    return low - room, high + room


def _linear_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(index * step for index in range(first, last + 1))


def _logarithmic_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, math.ceil((last - first) / most))
    factors = (1, 2, 5) if high < 100 * low else (1,)
    candidates = (factor * 10.0**power for power in range(first, last + 1, stride) for factor in factors)
    return tuple(value for value in candidates if low <= value <= high)
