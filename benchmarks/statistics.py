"""Statistics: pure functions of arrays.

A task whose value is not finite has *diverged*. It is counted, and it takes part in a median as the worst
of all values; nothing here drops it without saying so. Sources: the benchmark tool asv for "significant and
large", and those that each formula states.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy
from numpy.typing import ArrayLike, NDArray

Better = Literal["lower", "higher"]
Direction = Literal["better", "worse", "same"]
Floats = NDArray[numpy.float64]

# The factor in the authors' `main.py` for a 95 % interval over test tasks.
NORMAL_95 = 1.96


def _floats(values: ArrayLike) -> Floats:
    return numpy.asarray(values, dtype=numpy.float64).ravel()


def diverged_tasks(values: ArrayLike, above: float = math.inf) -> int:
    """How many values are not finite, or farther from zero than `above`: differences diverge both ways."""
    floats = _floats(values)
    return int(numpy.count_nonzero(~numpy.isfinite(floats) | (numpy.abs(floats) > above)))


def worst_case(values: ArrayLike, better: Better) -> Floats:
    """The values as float64 of shape [n], each diverged one replaced by the worst: inf or -inf."""
    floats = _floats(values)
    return numpy.where(numpy.isfinite(floats), floats, math.inf if better == "lower" else -math.inf)


def mean(values: ArrayLike) -> float:
    """The mean over all values, not finite if any of them is not; nan for none."""
    floats = _floats(values)
    if not floats.size:
        return math.nan
    with numpy.errstate(invalid="ignore"):
        return float(numpy.mean(floats))


def median(values: ArrayLike, better: Better) -> float:
    """The median over all values, diverged ones counting as the worst; nan for none."""
    floats = worst_case(values, better)
    return float(numpy.median(floats)) if floats.size else math.nan


def half_width(values: ArrayLike) -> float:
    """Half the 95 % interval of the mean over tasks: 1.96 * std / sqrt(n), with the population std.

    The paper's formula. Over the finite values only; nan under two of them.
    """
    floats = _floats(values)
    finite = floats[numpy.isfinite(floats)]
    if finite.size < 2:
        return math.nan
    return float(NORMAL_95 * numpy.std(finite) / math.sqrt(finite.size))


def median_half_width(values: ArrayLike, better: Better) -> float:
    """Half the 95 % interval of the median over tasks, from order statistics; nan under two values.

    From the value of rank (n - 1.96 * sqrt(n)) / 2 to the one as far from the other end (Conover,
    Practical Nonparametric Statistics). Infinite if it reaches a diverged task.
    """
    floats = numpy.sort(worst_case(values, better))
    if floats.size < 2:
        return math.nan
    rank = max(0, math.floor((floats.size - NORMAL_95 * math.sqrt(floats.size)) / 2))
    low, high = floats[rank], floats[-1 - rank]
    return float(high - low) / 2 if numpy.isfinite((low, high)).all() else math.inf


def seed_interval(values: ArrayLike) -> float:
    """Half the 95 % interval of the mean over seeds: t(n-1) * s / sqrt(n), with the sample std (Student).

    From all values, so nan if any is not finite; nan under two.
    """
    floats = _floats(values)
    return _student_95(floats) / math.sqrt(max(floats.size, 1))


def prediction_interval(values: ArrayLike) -> float:
    """Half the 95 % interval for one more seed: t(n-1) * s * sqrt(1 + 1/n).

    Where one further run falls, not where the mean lies (Hahn and Meeker, Statistical Intervals). From
    all values, so nan if any is not finite; nan under two.
    """
    floats = _floats(values)
    return _student_95(floats) * math.sqrt(1 + 1 / max(floats.size, 1))


def _student_95(floats: Floats) -> float:
    from scipy.special import stdtrit

    if floats.size < 2 or not numpy.isfinite(floats).all():
        return math.nan
    return float(stdtrit(floats.size - 1, 0.975) * numpy.std(floats, ddof=1))


def combined_half_width(*half_widths: float) -> float:
    """The half-width of a sum or difference of independent numbers: the root of the sum of squares."""
    return math.hypot(*half_widths)


def difference_in_half_widths(ours: float, ours_half_width: float, paper: float, paper_half_width: float) -> float:
    """(ours - paper) in combined half-widths: beyond ±1 it is significant at about 5 %.

    With both half-widths zero: 0 for equal numbers, else infinite.
    """
    difference = ours - paper
    combined = combined_half_width(ours_half_width, paper_half_width)
    if combined == 0:
        return 0.0 if difference == 0 else math.copysign(math.inf, difference)
    return difference / combined


def few_tasks_decide(value: float, task_half_width: float) -> bool:
    """Whether a mean of positive errors is made by fewer than four of its tasks.

    If k tasks hold almost all of the sum, the half-width is near 1.96 / sqrt(k) of the mean, so it exceeds
    the mean for k < 3.85. Such a mean is a draw from a heavy tail and says nothing.
    """
    return task_half_width >= abs(value) > 0


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Fresh seeds against baseline seeds.

    Attributes:
        p_value: Two-sided, of the hypothesis that nothing changed.
        effect: Mean of the fresh values minus mean of the baseline.
        significant: Whether `p_value` is at most the level asked for.
        large: Whether `effect` reaches the minimum effect, and is not zero.
        direction: Of the effect.
        detectable: The smallest effect that would have been significant and large.
    """

    p_value: float
    effect: float
    significant: bool
    large: bool
    direction: Direction
    detectable: float


def compare_seeds(
    baseline: ArrayLike, fresh: ArrayLike, better: Better, minimum_effect: float, significance: float = 0.01
) -> Comparison:
    """Whether fresh seeds differ from baseline seeds: both significantly and by much.

    Student's two-sample t with pooled variance, t(n + m - 2). It is exact for unchanged code, where both
    sides have one variance, and with a single fresh seed it is the prediction interval of the baseline;
    Welch's form does not exist there, and a rank test of few seeds cannot reach a strict level.

    Args:
        baseline: One finite value per accepted seed, at least two.
        fresh: One finite value per fresh seed, at least one.
        better: Which way is better.
        minimum_effect: The smallest difference that matters.
        significance: The level of the test.
    """
    from scipy.special import stdtr, stdtrit

    before, after = _floats(baseline), _floats(fresh)
    degrees = before.size + after.size - 2
    effect = float(after.mean() - before.mean())
    squares = before.var() * before.size + after.var() * after.size
    error = math.sqrt(squares / degrees * (1 / before.size + 1 / after.size))
    p_value = 2 * float(stdtr(degrees, -abs(effect) / error)) if error else float(effect == 0)
    return Comparison(
        p_value=p_value,
        effect=effect,
        significant=p_value <= significance,
        large=abs(effect) >= minimum_effect and effect != 0,
        direction=_direction(effect, better),
        detectable=max(error * float(stdtrit(degrees, 1 - significance / 2)), minimum_effect),
    )


def _direction(effect: float, better: Better) -> Direction:
    if effect == 0:
        return "same"
    return "worse" if (effect > 0) == (better == "lower") else "better"


def holm(p_values: ArrayLike) -> Floats:
    """P-values adjusted for being several, shape [tests]; compare each with the level of the whole.

    Holm's step-down method (1979) bounds the chance of any false alarm, however the tests depend on
    each other.
    """
    floats = _floats(p_values)
    order = numpy.argsort(floats)
    scaled = floats[order] * (floats.size - numpy.arange(floats.size))
    adjusted = numpy.empty_like(floats)
    adjusted[order] = numpy.minimum(numpy.maximum.accumulate(scaled), 1)
    return adjusted
