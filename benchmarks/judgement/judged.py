"""The verdict on a reference from the records that answer it."""

import numpy as np

from benchmarks import statistics
from benchmarks.judgement.references import Reference
from benchmarks.judgement.verdict import MINIMUM_SEEDS, Judgement, Verdict, judge
from benchmarks.records.evidence import Evidence


def judged(reference: Reference, metric: str, evidence: Evidence) -> tuple[Judgement, list[float]]:
    """The judgement, and the value of each seed: a mean over tasks, or a median for statements and ratios.

    Args:
        reference: what the paper prints or says.
        metric: id of the metric that answers it.
        evidence: our records.
    """
    metrics = [record.metrics[metric] for record in evidence.records if metric in record.metrics]
    middle = reference.metric in ("statement", "ratio")
    values = [each.median if middle else each.value for each in metrics]
    if reference.metric == "count":
        return _counted(reference, values, evidence.current), values
    if reference.metric == "statement":
        judgement = _hold(values)
    else:
        half_widths = [each.half_width for each in metrics]
        judgement = judge(reference.value, reference.plus_minus, values, half_widths, reference.better)
        if reference.metric == "picture":
            judgement = _replaced(judgement, Verdict.NO_PRINTED_NUMBER)
    if not evidence.comparable:
        judgement = _replaced(judgement, Verdict.NOT_COMPARABLE)
    return judgement, values


def _hold(values: list[float]) -> Judgement:
    """Whether a statement holds: the improvement that it claims is above zero in all but 2.5 % of seeds to come.

    As of any number, too few seeds leave it open.
    """
    spread = statistics.prediction_interval(values) if len(values) > 1 else 0.0
    if len(values) < MINIMUM_SEEDS or not spread > 0:
        verdict, difference = Verdict.INCONCLUSIVE, None
    else:
        difference = float(np.mean(values)) / spread
        outside = Verdict.REPRODUCED if difference > 0 else Verdict.BELOW
        verdict = outside if abs(difference) > 1 else Verdict.INCONCLUSIVE
    return Judgement(
        verdict=verdict,
        difference=difference,
        ours=statistics.mean(values),
        seeds=len(values),
        diverged_seeds=0,
    )


def _counted(reference: Reference, values: list[float], current: bool) -> Judgement:
    """Whether a count is equal, at whatever scale: no training changes it."""
    ours = statistics.mean(values)
    if not values:
        verdict = Verdict.NOT_RUN
    elif not current:
        verdict = Verdict.NOT_COMPARABLE
    elif ours == reference.value:
        verdict = Verdict.REPRODUCED
    else:
        verdict = Verdict.ABOVE if ours > (reference.value or 0) else Verdict.BELOW
    return Judgement(verdict=verdict, difference=None, ours=ours, seeds=len(values), diverged_seeds=0)


def _replaced(judgement: Judgement, verdict: Verdict) -> Judgement:
    return Judgement(**(vars(judgement) | {"verdict": verdict, "difference": None}))
