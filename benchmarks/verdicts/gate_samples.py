"""The samples that the gate compares: one number per seed, from the baseline and from fresh runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks import statistics
from benchmarks.statistics import Better, Floats
from benchmarks.verdicts.verdict import MINIMUM_SEEDS

# A smaller difference between two shares of diverged tasks is never large, however few tasks usually diverge.
LARGE_SHARE = 0.05
_LARGEST_EXPONENT = math.log(np.finfo(np.float64).max)


@dataclass(frozen=True, kw_only=True)
class GateSample:
    """One statistic of the accepted and the fresh seeds, ready for `statistics.compare_seeds`.

    Attributes:
        statistic: Name of the statistic: "mean", "median" or "share of diverged tasks".
        baseline: One finite value per accepted seed; a logarithm if `logarithmic`.
        fresh: One finite value per fresh seed; a logarithm if `logarithmic`.
        better: Which direction is better.
        minimum_effect: The smallest difference that counts as large, on the same scale.
        logarithmic: Whether the values are logarithms.
    """

    statistic: str
    baseline: Floats
    fresh: Floats
    better: Better
    minimum_effect: float
    logarithmic: bool

    def natural(self, value: float) -> float:
        """Converts a value from the scale of comparison to the unit of the metric."""
        if not self.logarithmic:
            return value
        return math.exp(value) if value < _LARGEST_EXPONENT else math.inf


class SeedValues(NamedTuple):
    """The values of one metric that one seed measured.

    Attributes:
        tasks: Value of each test task, shape [tasks].
        diverged: Number of tasks that diverged.
    """

    tasks: Floats
    diverged: int


def gate_samples(baseline: Sequence[SeedValues], fresh: Sequence[SeedValues], better: Better) -> list[GateSample]:
    """Returns the samples to compare for one metric.

    These are the means, unless a task diverged or fewer than four tasks make up a mean on either side. In
    that case they are the medians of the seeds whose median is finite, provided that enough accepted seeds
    have one. If any task diverged, the shares of diverged tasks are compared as well.

    Args:
        baseline: The accepted seeds.
        fresh: The fresh seeds.
        better: Which direction is better.
    """
    samples = []
    if all(_has_mean(seed, better) for seed in (*baseline, *fresh)):
        samples.append(_centres("mean", _means(baseline), _means(fresh), better))
    else:
        before, after = _medians(baseline, better), _medians(fresh, better)
        if len(before) >= MINIMUM_SEEDS and len(after):
            samples.append(_centres("median", before, after, better))
    if any(seed.diverged for seed in (*baseline, *fresh)):
        samples.append(_shares(baseline, fresh))
    return samples


def _has_mean(seed: SeedValues, better: Better) -> bool:
    centre, half_width = statistics.mean(seed.tasks), statistics.half_width(seed.tasks)
    heavy_tailed = better == "lower" and statistics.few_tasks_decide(centre, half_width)
    return not seed.diverged and not heavy_tailed and math.isfinite(centre)


def _means(seeds: Sequence[SeedValues]) -> Floats:
    """Returns the mean and the half-width over tasks for each seed, shape [seeds, 2]."""
    return np.array([(statistics.mean(seed.tasks), statistics.half_width(seed.tasks)) for seed in seeds])


def _medians(seeds: Sequence[SeedValues], better: Better) -> Floats:
    """Returns the median and its half-width for each seed whose median is finite, shape [at most seeds, 2]."""
    pairs = [
        (statistics.median(seed.tasks, better), statistics.median_half_width(seed.tasks, better)) for seed in seeds
    ]
    return np.array([pair for pair in pairs if math.isfinite(pair[0])])


def _centres(statistic: str, before: Floats, after: Floats, better: Better) -> GateSample:
    logarithmic = better == "lower" and bool((before[:, 0] > 0).all() and (after[:, 0] > 0).all())
    if logarithmic:
        before, after = _logarithms(before), _logarithms(after)
    return GateSample(
        statistic=statistic,
        baseline=before[:, 0],
        fresh=after[:, 0],
        better=better,
        minimum_effect=max(_typical(before[:, 1]), _typical(after[:, 1])),
        logarithmic=logarithmic,
    )


def _logarithms(centres: Floats) -> Floats:
    """Returns the logarithms of the centres and, to first order, their half-widths."""
    return np.column_stack([np.log(centres[:, 0]), centres[:, 1] / centres[:, 0]])


def _typical(half_widths: Floats) -> float:
    # The half-width of a median is infinite if nearly half of the tasks diverged; it must not hide a difference.
    known = half_widths[np.isfinite(half_widths)]
    return float(np.sqrt(np.mean(known**2))) if known.size else 0.0


def _shares(baseline: Sequence[SeedValues], fresh: Sequence[SeedValues]) -> GateSample:
    before, after = (np.array([seed.diverged / max(seed.tasks.size, 1) for seed in side]) for side in (baseline, fresh))
    return GateSample(
        statistic="share of diverged tasks",
        baseline=before,
        fresh=after,
        better="lower",
        minimum_effect=LARGE_SHARE,
        logarithmic=False,
    )
