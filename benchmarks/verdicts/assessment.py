"""The assessment of one reference: the values of our seeds against the number that the paper prints.

An assessment informs; only the gate can fail a build. The comparison works as follows:

* The paper's number is the mean over test tasks of **one** trained model, so it is a single draw over
  training seeds, and its printed ± covers the test tasks only. Our seeds must therefore show how far one
  training run falls from another: the interval that decides is a prediction interval for one more run, not
  the confidence interval of a mean.
* The combined half-width is the root of the sum of three squares:
  - seeds: t(n-1) * s * sqrt(1 + 1/n), where s is the sample standard deviation of our seeds. The 1 stands
    for the paper's own training run and the 1/n for our mean over n runs;
  - the paper's test tasks: the printed ±. Where none is printed, our own half-width over tasks
    takes its place, because both means are over equally many tasks. Where the authors' results by task
    repeat a few numbers, it is ours for so few tasks;
  - our test tasks: the half-width over tasks of one of our seeds. It does not shrink with the number of
    seeds, because seeds may share their test tasks.
* Errors (lower is better, all positive) are compared as logarithms. Training seeds scatter by factors, and
  an interval on a linear scale would soon include zero and could never show that a result is too good.
* A seed has diverged if its mean is not finite, or if it has no record because its meta-training diverged. A seed
  measured by an error has also diverged if fewer than four tasks make up its mean, or if its mean exceeds a hundred
  times the paper's. If more than a quarter of the seeds diverged, the verdict is `diverged`, because a method that
  fails so often has no typical number. Otherwise the remaining seeds are compared and the diverged ones are counted.
* A difference that is not significant is not yet a reproduction: with few seeds that scatter widely, no difference
  is significant. `reproduced` needs evidence of equality (Schuirmann 1987, "A comparison of the two one-sided tests
  procedure"): the 95 % interval of our mean over seeds must lie within a margin around the printed number.
  Otherwise the verdict is `inconclusive`.
* The margin is what different test tasks explain: the root of the sum of the squares of the printed ± and of our
  half-width over tasks. The paper's own test cannot distinguish numbers that are closer. Where no ± is printed, the
  margin is at least a quarter of the printed number, or a factor of 1.25 for errors. This is the convention for the
  equivalence of positive quantities with a skewed spread (80 % to 125 %, US Food and Drug Administration, "Statistical
  approaches to establishing bioequivalence", 2001). A ± over repeated results counts as not printed: few runs in the
  paper make a difference harder to show, but no larger difference counts as equal.
* `above` and `below` are numerical. A result better than the paper's is as suspicious as a worse one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import statistics
from benchmarks.records.by_task import repeated
from benchmarks.records.evidence import Evidence
from benchmarks.records.record import Record
from benchmarks.records.references import Reference
from benchmarks.statistics import Better, Floats
from benchmarks.verdicts import reasons
from benchmarks.verdicts.verdict import FAR_OUTSIDE, MINIMUM_SEEDS, Verdict

# Kinds of references for which the median over tasks stands for a seed; for all others, the mean does.
BY_MEDIAN = ("statement", "ratio")
# Far beyond the paper's error: an untrained network has about eight times the printed error.
ABSURD_FACTOR = 100.0
# The interquartile mean, too, tolerates at most a quarter of diverged values (Agarwal et al., "Deep reinforcement
# learning at the edge of the statistical precipice", 2021, section 4.3).
WORKING_SHARE = 0.75
# How far from a number that is printed without ± our mean may be, with its interval, to count as equal.
EQUIVALENT_FACTOR = 1.25


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """A verdict on one reference and the numbers behind it.

    Attributes:
        verdict: The verdict.
        difference: Ours minus the paper's in combined half-widths, of logarithms for errors. Beyond ±1 it is
            significant. None where nothing could be compared.
        ours: Mean of the seeds that did not diverge. None without such seeds, or if too many diverged.
        seeds: Number of seeds.
        diverged_seeds: Number of seeds that diverged.
        reason: Why the verdict is what it is, in a few words.
        kept: For each seed, whether it did not diverge and is part of `ours`; empty if all are.
    """

    verdict: Verdict
    difference: float | None
    ours: float | None
    seeds: int
    diverged_seeds: int = 0
    reason: str = ""
    kept: Sequence[bool] = ()


class _Comparison(NamedTuple):
    """The two sides on the scale of comparison: as measured, or as logarithms."""

    paper: float
    values: Floats
    paper_half_width: float
    task_half_width: float
    margin: float
    logarithmic: bool


class _Decision(NamedTuple):
    """A verdict, the difference behind it, and the reason."""

    verdict: Verdict
    difference: float | None
    reason: str


def assess_reference(reference: Reference, metric: str, evidence: Evidence) -> tuple[Assessment, list[float]]:
    """Assesses a reference by the records of the experiment that answers it.

    Args:
        reference: The number or statement of the paper.
        metric: Id of the metric that answers it.
        evidence: Our records.

    Returns:
        The assessment and the value of each seed: the median for statements and ratios, otherwise the mean over tasks.
    """
    metrics = [record.metrics[metric] for record in evidence.records if metric in record.metrics]
    by_median = reference.metric in BY_MEDIAN
    values = [measured.median if by_median else measured.value for measured in metrics]
    if reference.metric == "count":
        return _assess_count(reference, values, evidence.current), values
    if reference.metric == "statement":
        assessment = _assess_statement(values)
    else:
        lost = [math.nan for _ in evidence.diverged]
        found = repeated(reference.id)
        assessment = assess_number(
            reference.value,
            None if found else reference.plus_minus,
            [*values, *lost],
            [*half_widths_over_tasks(reference, metric, evidence.records), *lost],
            reference.better,
            paper_repeats=found.tasks / found.distinct if found else 1.0,
        )
        if reference.metric == "picture":
            assessment = replace(assessment, verdict=Verdict.NO_PRINTED_NUMBER, difference=None, reason="")
    if not evidence.comparable:
        reason = reasons.not_comparable(evidence)
        assessment = replace(assessment, verdict=Verdict.NOT_COMPARABLE, difference=None, reason=reason)
    return assessment, values


def half_widths_over_tasks(reference: Reference, metric: str, records: Sequence[Record]) -> list[float]:
    """Returns the 95 % half-width over tasks of what stands for each seed, the median or the mean; nan if unknown."""
    measured = [record for record in records if metric in record.metrics]
    if reference.metric not in BY_MEDIAN:
        return [record.metrics[metric].half_width for record in measured]
    return [
        statistics.median_half_width(record.arrays.get(metric, ()), record.metrics[metric].better or "lower")
        for record in measured
    ]


def assess_number(
    reference_value: float | None,
    reference_half_width: float | None,
    per_seed_values: Sequence[float],
    per_seed_task_half_widths: Sequence[float],
    better: Better | None,
    minimum_seeds: int = MINIMUM_SEEDS,
    paper_repeats: float = 1.0,
) -> Assessment:
    """Compares the values of our seeds with the paper's number, as the docstring of this module explains.

    Args:
        reference_value: The printed number. None if there is none.
        reference_half_width: Its printed ±, 95 % over test tasks. None if there is none.
        per_seed_values: Our mean over test tasks for each seed, shape [seeds].
        per_seed_task_half_widths: The 95 % half-width over tasks for each seed, shape [seeds]; nan if unknown.
        better: Which direction is better. None if neither is.
        minimum_seeds: With fewer seeds that did not diverge, only a difference far outside is significant.
        paper_repeats: How many of the paper's test tasks share one result, so that its mean is over fewer tasks than
            ours. It counts where no ± is given.
    """
    values = np.asarray(per_seed_values, dtype=np.float64)
    half_widths = np.asarray(per_seed_task_half_widths, dtype=np.float64)
    kept = ~_diverged(values, half_widths, reference_value, better)
    failing = int(values.size - kept.sum())
    if not values.size:
        decision = _Decision(Verdict.NOT_RUN, None, "")
    elif reference_value is None:
        decision = _Decision(Verdict.NO_PRINTED_NUMBER, None, "")
    elif kept.sum() < WORKING_SHARE * values.size:
        decision = _Decision(Verdict.DIVERGED, None, reasons.diverged(failing, values.size))
    else:
        sides = reference_value, reference_half_width, values[kept], half_widths[kept]
        comparison = _comparison(*sides, better, paper_repeats)
        decision = _decide(comparison, minimum_seeds)
    return Assessment(
        **decision._asdict(),
        ours=statistics.mean(values[kept]) if kept.sum() >= WORKING_SHARE * values.size > 0 else None,
        seeds=values.size,
        diverged_seeds=failing,
        kept=tuple(kept.tolist()),
    )


def _assess_statement(values: list[float]) -> Assessment:
    """Assesses whether a claimed improvement exists: whether it is above zero in 97.5 % of future seeds.

    As for a number, the result is inconclusive with too few seeds.
    """
    spread = statistics.prediction_interval(values) if len(values) > 1 else 0.0
    if len(values) < MINIMUM_SEEDS or not spread > 0:
        decision = _Decision(Verdict.INCONCLUSIVE, None, reasons.statement(values, spread, MINIMUM_SEEDS))
    else:
        difference = float(np.mean(values)) / spread
        outside = Verdict.REPRODUCED if difference > 0 else Verdict.BELOW
        verdict = outside if abs(difference) > 1 else Verdict.INCONCLUSIVE
        decision = _Decision(verdict, difference, reasons.statement(values, spread, MINIMUM_SEEDS))
    return Assessment(**decision._asdict(), ours=statistics.mean(values), seeds=len(values))


def _assess_count(reference: Reference, values: list[float], current: bool) -> Assessment:
    """Assesses whether a count is equal. Training does not change counts, so any scale will do."""
    ours = statistics.mean(values)
    if not values:
        verdict = Verdict.NOT_RUN
    elif not current:
        verdict = Verdict.NOT_COMPARABLE
    elif ours == reference.value:
        verdict = Verdict.REPRODUCED
    else:
        verdict = Verdict.ABOVE if ours > (reference.value or 0) else Verdict.BELOW
    reason = "equal" if verdict == Verdict.REPRODUCED else ""
    return Assessment(verdict=verdict, difference=None, ours=ours, seeds=len(values), reason=reason)


def _diverged(values: Floats, half_widths: Floats, reference: float | None, better: Better | None) -> NDArray[np.bool_]:
    diverged = ~np.isfinite(values)
    if better == "lower":
        pairs = zip(values, half_widths, strict=True)
        diverged |= np.array([statistics.few_tasks_decide(*pair) for pair in pairs], dtype=bool)
        if reference is not None and reference > 0:
            diverged |= values > ABSURD_FACTOR * reference
    return diverged


def _comparison(
    paper: float,
    paper_half_width: float | None,
    values: Floats,
    half_widths: Floats,
    better: Better | None,
    paper_repeats: float,
) -> _Comparison:
    known = np.isfinite(half_widths)
    logarithmic = better == "lower" and paper > 0 and bool((values > 0).all())
    if logarithmic:
        tasks = _root_mean_square((half_widths / values)[known])
        printed = None if paper_half_width is None else paper_half_width / paper
        least = math.log(EQUIVALENT_FACTOR)
        paper, values = math.log(paper), np.log(values)
    else:
        tasks, printed = _root_mean_square(half_widths[known]), paper_half_width
        least = (EQUIVALENT_FACTOR - 1) * abs(paper)
    if printed is None:
        margin = max(least, statistics.combined_half_width(tasks, tasks))
        return _Comparison(paper, values, tasks * math.sqrt(paper_repeats), tasks, margin, logarithmic)
    return _Comparison(paper, values, printed, tasks, statistics.combined_half_width(printed, tasks), logarithmic)


def _decide(comparison: _Comparison, minimum_seeds: int) -> _Decision:
    over_tasks = statistics.combined_half_width(comparison.paper_half_width, comparison.task_half_width)
    ours, seeds = float(comparison.values.mean()), comparison.values.size
    outside = Verdict.ABOVE if ours > comparison.paper else Verdict.BELOW
    if seeds < max(minimum_seeds, 2):
        if over_tasks == 0:
            return _Decision(Verdict.INCONCLUSIVE, None, reasons.few_seeds(None, seeds, minimum_seeds))
        difference = (ours - comparison.paper) / over_tasks
        # So few seeds do not show how widely seeds scatter, so each of them must be far outside, on the same side.
        of_seeds = (comparison.values - comparison.paper) / over_tasks
        if bool(np.all(of_seeds > FAR_OUTSIDE) or np.all(of_seeds < -FAR_OUTSIDE)):
            return _Decision(outside, difference, reasons.far_outside(difference, seeds))
        return _Decision(Verdict.INCONCLUSIVE, difference, reasons.few_seeds(difference, seeds, minimum_seeds))
    prediction = statistics.prediction_interval(comparison.values)
    difference = statistics.difference_in_half_widths(ours, prediction, comparison.paper, over_tasks)
    if abs(difference) > 1:
        return _Decision(outside, difference, reasons.outside(difference, seeds))
    reach = abs(ours - comparison.paper) + statistics.seed_interval(comparison.values)
    reached, allowed = (reasons.amount(value, comparison.logarithmic) for value in (reach, comparison.margin))
    if reach <= comparison.margin:
        return _Decision(Verdict.REPRODUCED, difference, reasons.equal(reached, allowed, seeds))
    return _Decision(Verdict.INCONCLUSIVE, difference, reasons.too_wide(reached, allowed, seeds))


def _root_mean_square(values: Floats) -> float:
    """Returns the root of the mean square; 0 without values, which then add nothing to a combined half-width."""
    return float(np.sqrt(np.mean(values**2))) if values.size else 0.0
