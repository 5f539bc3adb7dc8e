"""The verdict on a reference: our seeds against the number that the paper prints.

A verdict informs, it never gates. What is compared, and why:

* The paper's number is the mean over test tasks of **one** trained model: a single draw over training
  seeds. Its printed ± covers the test tasks only. So our seeds must say how far one training run falls
  from another, and the interval that decides is a prediction interval, not the interval of a mean.
* The combined half-width is the root of the sum of three squares:
  - seeds: t(n-1) * s * sqrt(1 + 1/n), where s is the sample standard deviation of our seeds. The 1 is
    the paper's own training run, the 1/n is our mean over n of them;
  - the paper's test tasks: its printed ±; where none is printed (Table 2), our own half-width over tasks
    stands in for it, because both are means over as many tasks;
  - our test tasks: the half-width over tasks of one of our seeds. It does not shrink with the seeds,
    because seeds may share their test tasks.
* Errors (lower is better, all positive) are compared as logarithms: training seeds scatter by factors,
  and on a linear scale an interval soon reaches below zero, where it could never tell too good.
* A seed has diverged if its mean is not finite, or, for errors, if fewer than four tasks make up the
  mean, or if it is a hundred times the paper's. If more than a quarter of the seeds diverged, that is the
  verdict, since a method that fails so often has no typical number; else the others are compared and the
  diverged ones are counted.
* Not significant is not the same as reproduced. If the difference would be significant with many seeds
  of the same spread, there are too few to say; and if the spread alone is wider than a number can be
  and still mean something, there is nothing to say.
* `above` and `below` are numerical. Better than the paper is as suspicious as worse.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

from benchmarks import statistics
from benchmarks.statistics import Better, Floats

# Far beyond the paper's error: an untrained network has about eight times that of Table 2.
ABSURD_FACTOR = 100.0
# The interquartile mean, too, bears no more than a quarter of diverged values (Agarwal et al., "Deep reinforcement
# learning at the edge of the statistical precipice", 2021, section 4.3).
WORKING_SHARE = 0.75
# Under the minimum of seeds only tasks give a spread. Seeds scatter several times as much.
MINIMUM_SEEDS = 3
FAR_OUTSIDE = 10.0
# The widest spread that still says something: printed half-widths, or factor, or share of the number.
WIDEST_PRINTED = 5.0
WIDEST_FACTOR = 4.0
WIDEST_SHARE = 0.5


class Verdict(StrEnum):
    """What can be said of a reference, worst first."""

    FAILED = "failed"
    DIVERGED = "diverged"
    ABOVE = "above"
    BELOW = "below"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not comparable"
    DATA_MISSING = "data missing"
    NOT_RUN = "not run"
    QUOTED = "quoted"
    NO_PRINTED_NUMBER = "no printed number"
    REPRODUCED = "reproduced"

    @property
    def severity(self) -> int:
        """The place in the order, 0 for the worst: a key to sort by."""
        return list(Verdict).index(self)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A verdict with what it rests on.

    Attributes:
        verdict: One of `Verdict`.
        difference: Ours minus the paper's in combined half-widths (of logarithms for errors); beyond ±1
            it is significant. None where nothing could be compared.
        ours: The mean of the seeds that did not diverge; None if there are none or too many diverged.
        seeds: How many seeds were given.
        diverged_seeds: How many of them diverged.
    """

    verdict: Verdict
    difference: float | None
    ours: float | None
    seeds: int
    diverged_seeds: int


class _Sample(NamedTuple):
    """Everything on the scale of comparison: as measured, or logarithms."""

    paper: float
    values: Floats
    paper_half_width: float
    task_half_width: float
    widest: float


def judge(
    reference_value: float | None,
    reference_half_width: float | None,
    per_seed_values: Sequence[float],
    per_seed_task_half_widths: Sequence[float],
    better: Better | None,
    minimum_seeds: int = MINIMUM_SEEDS,
) -> Judgement:
    """Compares our seeds with the paper's number, as the module's docstring explains.

    Args:
        reference_value: The number as printed; None if none was.
        reference_half_width: Its printed ±, 95 % over test tasks; None if none was.
        per_seed_values: Our mean over test tasks for each seed, shape [seeds].
        per_seed_task_half_widths: The 95 % half-width over tasks of each, shape [seeds]; nan if unknown.
        better: Which way is better; None if neither.
        minimum_seeds: With fewer seeds that did not diverge only a difference far outside is called.
    """
    values = numpy.asarray(per_seed_values, dtype=numpy.float64)
    half_widths = numpy.asarray(per_seed_task_half_widths, dtype=numpy.float64)
    kept = ~_diverged(values, half_widths, reference_value, better)
    verdict: Verdict
    difference = None
    if not values.size:
        verdict = Verdict.NOT_RUN
    elif reference_value is None:
        verdict = Verdict.NO_PRINTED_NUMBER
    elif kept.sum() < WORKING_SHARE * values.size:
        verdict = Verdict.DIVERGED
    else:
        sample = _sample(reference_value, reference_half_width, values[kept], half_widths[kept], better)
        verdict, difference = _compare(sample, minimum_seeds)
    return Judgement(
        verdict=verdict,
        difference=difference,
        ours=statistics.mean(values[kept]) if kept.sum() >= WORKING_SHARE * values.size > 0 else None,
        seeds=values.size,
        diverged_seeds=int(values.size - kept.sum()),
    )


def _diverged(
    values: Floats, half_widths: Floats, reference: float | None, better: Better | None
) -> NDArray[numpy.bool_]:
    diverged = ~numpy.isfinite(values)
    if better == "lower":
        pairs = zip(values, half_widths, strict=True)
        diverged |= numpy.array([statistics.few_tasks_decide(*pair) for pair in pairs], dtype=bool)
        if reference is not None and reference > 0:
            diverged |= values > ABSURD_FACTOR * reference
    return diverged


def _sample(
    paper: float, paper_half_width: float | None, values: Floats, half_widths: Floats, better: Better | None
) -> _Sample:
    known = numpy.isfinite(half_widths)
    if better == "lower" and paper > 0 and (values > 0).all():
        tasks = _root_mean_square((half_widths / values)[known])
        printed = None if paper_half_width is None else paper_half_width / paper
        widest = math.log(WIDEST_FACTOR)
        paper, values = math.log(paper), numpy.log(values)
    else:
        tasks, printed = _root_mean_square(half_widths[known]), paper_half_width
        widest = WIDEST_SHARE * abs(paper)
    if printed is None:
        return _Sample(paper, values, tasks, tasks, widest)
    return _Sample(paper, values, printed, tasks, WIDEST_PRINTED * printed)


def _compare(sample: _Sample, minimum_seeds: int) -> tuple[Verdict, float | None]:
    over_tasks = statistics.combined_half_width(sample.paper_half_width, sample.task_half_width)
    ours = float(sample.values.mean())
    outside = Verdict.ABOVE if ours > sample.paper else Verdict.BELOW
    if sample.values.size < max(minimum_seeds, 2):
        if over_tasks == 0:
            return Verdict.INCONCLUSIVE, None
        difference = (ours - sample.paper) / over_tasks
        return (outside if abs(difference) > FAR_OUTSIDE else Verdict.INCONCLUSIVE), difference
    seeds = statistics.prediction_interval(sample.values)
    difference = statistics.difference_in_half_widths(ours, seeds, sample.paper, over_tasks)
    if abs(difference) > 1:
        return outside, difference
    with_many_seeds = statistics.NORMAL_95 * float(numpy.std(sample.values, ddof=1))
    lasting = statistics.combined_half_width(with_many_seeds, over_tasks)
    decided = abs(ours - sample.paper) <= lasting and with_many_seeds <= sample.widest
    return (Verdict.REPRODUCED if decided else Verdict.INCONCLUSIVE), difference


def _root_mean_square(values: Floats) -> float:
    """The root of the mean square; 0 for no values, which then add nothing to a combined half-width."""
    return float(numpy.sqrt(numpy.mean(values**2))) if values.size else 0.0
