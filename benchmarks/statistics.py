"""Statistics: pure functions of arrays.

A task whose value is not finite has *diverged*. Diverged tasks are counted, and a median treats them as the
worst of all values; a function that ignores them says so. The rule that a change must be both significant and
large comes from the benchmark tool asv; other sources are given with the formulas.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Better = Literal["lower", "higher"]
Direction = Literal["better", "worse", "same"]
Floats = NDArray[np.float64]

# Factor of the 95 % interval over test tasks in the authors' `main.py`.
NORMAL_95 = 1.96


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64).ravel()


def diverged_tasks(values: ArrayLike, above: float = math.inf) -> int:
    """Returns the number of values that are not finite or whose absolute value exceeds `above`."""
    floats = _floats(values)
    return int(np.count_nonzero(~np.isfinite(floats) | (np.abs(floats) > above)))


def worst_case(values: ArrayLike, better: Better) -> Floats:
    """Returns the values as float64, shape [n], with diverged ones replaced by the worst value: inf or -inf."""
    floats = _floats(values)
    return np.where(np.isfinite(floats), floats, math.inf if better == "lower" else -math.inf)


def mean(values: ArrayLike) -> float:
    """Returns the mean over all values, which is not finite if any value is not; nan if there is no value."""
    floats = _floats(values)
    if not floats.size:
        return math.nan
    with np.errstate(invalid="ignore"):
        return float(np.mean(floats))


def median(values: ArrayLike, better: Better) -> float:
    """Returns the median over all values, where diverged ones count as the worst; nan if there is no value."""
    floats = worst_case(values, better)
    return float(np.median(floats)) if floats.size else math.nan


def half_width(values: ArrayLike) -> float:
    """Returns half the 95 % interval of the mean over tasks: 1.96 * std / sqrt(n), with the population std.

    This is the paper's formula. It ignores values that are not finite; nan for fewer than two finite values.
    """
    floats = _floats(values)
    finite = floats[np.isfinite(floats)]
    if finite.size < 2:
        return math.nan
    return float(NORMAL_95 * np.std(finite) / math.sqrt(finite.size))


def finite(value: float | None) -> float | None:
    """Returns a number if it is finite, else None, which JSON can hold."""
    return value if value is not None and math.isfinite(value) else None


def median_half_width(values: ArrayLike, better: Better) -> float:
    """Returns half the 95 % interval of the median over tasks; nan for fewer than two values.

    The interval lies between the order statistics of rank (n - 1.96 * sqrt(n)) / 2 from either end (Conover,
    Practical Nonparametric Statistics). It is infinite if it includes a diverged task.
    """
    floats = np.sort(worst_case(values, better))
    if floats.size < 2:
        return math.nan
    rank = max(0, math.floor((floats.size - NORMAL_95 * math.sqrt(floats.size)) / 2))
    low, high = floats[rank], floats[-1 - rank]
    return float(high - low) / 2 if np.isfinite((low, high)).all() else math.inf


def seed_interval(values: ArrayLike) -> float:
    """Returns half the 95 % interval of the mean over seeds: t(n-1) * s / sqrt(n), with the sample std (Student).

    It is nan for fewer than two values, or if any value is not finite.
    """
    floats = _floats(values)
    return _student_95(floats) / math.sqrt(max(floats.size, 1))


def prediction_interval(values: ArrayLike) -> float:
    """Returns half the 95 % prediction interval for one more seed: t(n-1) * s * sqrt(1 + 1/n).

    It says where a further run falls, not where the mean is (Hahn and Meeker, Statistical Intervals). It is nan
    for fewer than two values, or if any value is not finite.
    """
    floats = _floats(values)
    return _student_95(floats) * math.sqrt(1 + 1 / max(floats.size, 1))


def _student_95(floats: Floats) -> float:
    from scipy.special import stdtrit

    if floats.size < 2 or not np.isfinite(floats).all():
        return math.nan
    return float(stdtrit(floats.size - 1, 0.975) * np.std(floats, ddof=1))


@dataclass(frozen=True)
class PairedDifference:
    """How the results of two sides differ on the same tasks.

    Attributes:
        mean: Mean over tasks of the first side minus the second.
        half_width: Half the 95 % interval of that mean, from the differences of the single tasks.
        p_value: Of Wilcoxon's signed-rank test that the differences are symmetric about zero; 1 if all are zero.
        higher: Number of tasks on which the first side is higher.
        tasks: Number of tasks.
    """

    mean: float
    half_width: float
    p_value: float
    higher: int
    tasks: int


def paired_difference(first: ArrayLike, second: ArrayLike) -> PairedDifference:
    """Compares two sides that faced the same tasks, in the same order; all values must be finite, shape [tasks]."""
    from scipy.stats import wilcoxon

    differences = _floats(first) - _floats(second)
    return PairedDifference(
        mean=float(np.mean(differences)),
        half_width=half_width(differences),
        p_value=float(wilcoxon(differences).pvalue) if differences.any() else 1.0,
        higher=int(np.count_nonzero(differences > 0)),
        tasks=differences.size,
    )


def combined_half_width(*half_widths: float) -> float:
    """Returns the half-width of a sum or difference of independent numbers: the root of the sum of squares."""
    return math.hypot(*half_widths)


def difference_in_half_widths(ours: float, ours_half_width: float, paper: float, paper_half_width: float) -> float:
    """Returns (ours - paper) in units of the combined half-width; beyond ±1 it is significant at about 5 %.

    If both half-widths are zero, it is 0 for equal numbers and infinite otherwise.
    """
    difference = ours - paper
    combined = combined_half_width(ours_half_width, paper_half_width)
    if combined == 0:
        return 0.0 if difference == 0 else math.copysign(math.inf, difference)
    return difference / combined


def few_tasks_decide(value: float, task_half_width: float) -> bool:
    """Returns whether fewer than four tasks determine a mean of positive errors.

    If k tasks contribute almost all of the sum, the half-width is about 1.96 / sqrt(k) times the mean, so it
    exceeds the mean for k < 3.85. Such a mean is a sample from a heavy tail and carries no information.
    """
    return task_half_width >= abs(value) > 0


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Comparison of fresh seeds with baseline seeds.

    Attributes:
        p_value: Two-sided p-value of the hypothesis that nothing changed.
        effect: Mean of the fresh values minus mean of the baseline values.
        significant: Whether `p_value` is at most the significance level.
        large: Whether `effect` is not zero and its absolute value is at least the minimum effect.
        direction: Whether the effect is an improvement.
        detectable: The smallest effect that would have been both significant and large.
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
    """Tests whether fresh seeds differ from baseline seeds, and whether the difference is large.

    This is Student's two-sample t-test with pooled variance, t(n + m - 2). It is exact for unchanged code, where
    both samples have the same variance, and equals the prediction interval of the baseline for a single fresh
    seed. Welch's test is undefined for a single seed, and a rank test of few seeds cannot reach a strict level.

    Args:
        baseline: One finite value for each accepted seed, at least two.
        fresh: One finite value for each fresh seed, at least one.
        better: Which way the values are better.
        minimum_effect: The smallest difference that matters.
        significance: The significance level.
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
    """Returns p-values adjusted for multiple tests, shape [tests]; compare them with the overall level.

    Holm's step-down method (1979) bounds the probability of any false alarm, also for dependent tests.
    """
    floats = _floats(p_values)
    order = np.argsort(floats)
    scaled = floats[order] * (floats.size - np.arange(floats.size))
    adjusted = np.empty_like(floats)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return adjusted
