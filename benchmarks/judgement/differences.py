"""Differences of two numbers, each with its half-width, and what they say of a claim."""

from typing import NamedTuple

from benchmarks import statistics
from benchmarks.judgement.verdict import FAR_OUTSIDE, MINIMUM_SEEDS, Verdict


class Number(NamedTuple):
    """A number as printed or as measured, or a difference of two.

    Attributes:
        value: The number.
        half_width: Around it, 95 %.
    """

    value: float
    half_width: float

    def __sub__(self, other: "Number") -> "Number":
        half_width = statistics.combined_half_width(self.half_width, other.half_width)
        return Number(self.value - other.value, half_width)


def sign(difference: Number, seeds: int) -> Verdict:
    """Whether a difference is above zero, as a claim says that it is."""
    if abs(difference.value) <= _reach(difference, seeds):
        return Verdict.INCONCLUSIVE
    return Verdict.REPRODUCED if difference.value > 0 else Verdict.BELOW


def near(difference: Number, margin: float, seeds: int) -> Verdict:
    """Whether a difference is no larger than the margin, as a claim says that it is."""
    distance = abs(difference.value)
    if distance > margin + _reach(difference, seeds):
        return Verdict.ABOVE if difference.value > 0 else Verdict.BELOW
    reproduced = seeds >= MINIMUM_SEEDS and distance + difference.half_width <= margin
    return Verdict.REPRODUCED if reproduced else Verdict.INCONCLUSIVE


def _reach(difference: Number, seeds: int) -> float:
    """How far a difference may come about by chance; of few seeds the half-width does not know the spread."""
    return difference.half_width * (1.0 if seeds >= MINIMUM_SEEDS else FAR_OUTSIDE)
