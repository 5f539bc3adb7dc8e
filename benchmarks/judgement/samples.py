"""Samples: what is compared of two sets of runs, one number a seed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy

from benchmarks import statistics
from benchmarks.statistics import Better, Floats

# A share of diverged tasks that differs by less is no finding, however few tasks diverge otherwise.
LARGE_SHARE = 0.05
_LARGEST_EXPONENT = math.log(numpy.finfo(numpy.float64).max)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One statistic of two sets of runs, ready for `statistics.compare_seeds`.

    Attributes:
        statistic: Its name: "mean", "median" or "share of diverged tasks".
        baseline: One finite value per accepted seed; a logarithm if `logarithmic`.
        fresh: The same per fresh seed.
        better: Which way is better.
        minimum_effect: The smallest difference that is large, on the same scale.
        logarithmic: Whether the values are logarithms.
    """

    statistic: str
    baseline: Floats
    fresh: Floats
    better: Better
    minimum_effect: float
    logarithmic: bool

    def natural(self, value: float) -> float:
        """A value of the scale of comparison in the unit of the metric."""
        if not self.logarithmic:
            return value
        return math.exp(value) if value < _LARGEST_EXPONENT else math.inf


class Run(NamedTuple):
    """What one seed measured: per-task values of shape [tasks], and how many tasks count as diverged."""

    tasks: Floats
    diverged: int


def samples(baseline: Sequence[Run], fresh: Sequence[Run], better: Better, minimum_seeds: int) -> list[Sample]:
    """What can be compared of a metric.

    The means, unless a task diverged or fewer than four tasks make up a mean, on either side: then the
    medians of those seeds that have a finite one. And the shares of diverged tasks, if any diverged.

    Args:
        baseline: The accepted seeds.
        fresh: The fresh seeds.
        better: Which way is better.
        minimum_seeds: Without so many accepted seeds of finite median, medians are not compared.
    """
    found = []
    if all(_has_mean(run, better) for run in (*baseline, *fresh)):
        found.append(_centres("mean", _means(baseline), _means(fresh), better))
    else:
        before, after = _medians(baseline, better), _medians(fresh, better)
        if len(before) >= minimum_seeds and len(after):
            found.append(_centres("median", before, after, better))
    if any(run.diverged for run in (*baseline, *fresh)):
        found.append(_shares(baseline, fresh))
    return found


def _has_mean(run: Run, better: Better) -> bool:
    centre, half_width = statistics.mean(run.tasks), statistics.half_width(run.tasks)
    heavy_tailed = better == "lower" and statistics.few_tasks_decide(centre, half_width)
    return not run.diverged and not heavy_tailed and math.isfinite(centre)


def _means(runs: Sequence[Run]) -> Floats:
    """Mean and half-width over tasks of each run, shape [runs, 2]."""
    return numpy.array([(statistics.mean(run.tasks), statistics.half_width(run.tasks)) for run in runs])


def _medians(runs: Sequence[Run], better: Better) -> Floats:
    """Median and its half-width of each run whose median is finite, shape [at most runs, 2]."""
    pairs = [(statistics.median(run.tasks, better), statistics.median_half_width(run.tasks, better)) for run in runs]
    return numpy.array([pair for pair in pairs if math.isfinite(pair[0])])


def _centres(statistic: str, before: Floats, after: Floats, better: Better) -> Sample:
    logarithmic = better == "lower" and bool((before[:, 0] > 0).all() and (after[:, 0] > 0).all())
    if logarithmic:
        before, after = _logarithms(before), _logarithms(after)
    return Sample(
        statistic=statistic,
        baseline=before[:, 0],
        fresh=after[:, 0],
        better=better,
        minimum_effect=max(_typical(before[:, 1]), _typical(after[:, 1])),
        logarithmic=logarithmic,
    )


def _logarithms(centres: Floats) -> Floats:
    """Centres and half-widths of the logarithms, the latter to first order."""
    return numpy.column_stack([numpy.log(centres[:, 0]), centres[:, 1] / centres[:, 0]])


def _typical(half_widths: Floats) -> float:
    known = half_widths[~numpy.isnan(half_widths)]
    return float(numpy.sqrt(numpy.mean(known**2))) if known.size else 0.0


def _shares(baseline: Sequence[Run], fresh: Sequence[Run]) -> Sample:
    before, after = (numpy.array([run.diverged / max(run.tasks.size, 1) for run in runs]) for runs in (baseline, fresh))
    return Sample(
        statistic="share of diverged tasks",
        baseline=before,
        fresh=after,
        better="lower",
        minimum_effect=LARGE_SHARE,
        logarithmic=False,
    )
