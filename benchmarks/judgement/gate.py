"""The gate: fresh records against accepted baselines, with an exit status to trust.

For each metric one number a seed is compared (`benchmarks.judgement.samples`). A difference counts when it is both
significant and large:

* significant: Student's t over seeds (`statistics.compare_seeds`), and all tests of one gate share a 1 %
  chance of any false alarm (Holm). Errors are compared as logarithms, because seeds scatter by factors;
* large: at least the 95 % half-width over the test tasks of one run, the ± that stands beside the number.

Where any task diverged or fewer than four tasks make up a mean, on either side, the medians and the shares
of diverged tasks are compared instead. Runs whose raw values are those of the baseline's same seed pass
without a test, and with fewer than three accepted seeds nothing else does.

The 1 % holds if the seeds are about normal. One fresh seed cannot tell a regression from a rare bad seed,
if none of the accepted ones was bad: use three.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy

from benchmarks import statistics
from benchmarks.judgement.samples import Run, Sample, samples
from benchmarks.records.record import Record, other_data

FALSE_ALARMS = 0.01
MINIMUM_SEEDS = 3


class Outcome(StrEnum):
    """What the gate says of one metric, worst first."""

    REGRESSION = "regression"
    MISSING_BASELINE = "missing baseline"
    NOT_COMPARABLE = "not comparable"
    TOO_FEW_SEEDS = "too few seeds"
    IMPROVEMENT = "improvement"
    PASS = "pass"


_FAILING = (Outcome.REGRESSION, Outcome.MISSING_BASELINE, Outcome.NOT_COMPARABLE)
_COMPARED = (Outcome.REGRESSION, Outcome.IMPROVEMENT, Outcome.PASS)


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What the gate says of one metric.

    Attributes:
        experiment: Id of the experiment.
        scale: Scale of both sides.
        reading: Reading of both sides.
        metric: Metric id; None if the result is about all metrics of the records.
        outcome: One of `Outcome`.
        detail: Why, in one line, with the command that helps if one does.
        statistic: What was compared, such as "mean"; None if nothing was.
        baseline: Its mean over accepted seeds (geometric for errors).
        fresh: The same over fresh seeds.
        limit: From which value on `fresh` would have been a regression.
        p_value: Adjusted for all tests of the gate.
        baseline_seeds: How many seeds were accepted.
        fresh_seeds: How many were measured now.
    """

    experiment: str
    scale: str
    reading: str
    metric: str | None
    outcome: Outcome
    detail: str
    statistic: str | None = None
    baseline: float | None = None
    fresh: float | None = None
    limit: float | None = None
    p_value: float | None = None
    baseline_seeds: int
    fresh_seeds: int


@dataclass(frozen=True)
class _Plan:
    """A result that stands already, or one that waits for the tests of its samples."""

    result: GateResult
    samples: Sequence[Sample] = ()


def compare(
    baseline: Iterable[Record],
    fresh: Iterable[Record],
    better: Callable[[str, str], statistics.Better | None],
) -> list[GateResult]:
    """Compares fresh records with accepted ones; what was not run again is left out.

    Args:
        baseline: Accepted records with their arrays, of any number of experiments.
        fresh: The records to judge, likewise.
        better: Which way is better, for an experiment id and a metric id; a metric of which neither is, is passed over.

    Returns:
        One result per experiment, scale, reading and metric, in that order.

    Raises:
        BenchmarkError: A record lacks the per-task values of one of its metrics.
    """
    accepted, measured = _by_key(baseline), _by_key(fresh)
    plans = [plan for key in sorted(measured) for plan in _plans(accepted[key], measured[key], better)]
    tests = [sample for plan in plans for sample in plan.samples]
    level = FALSE_ALARMS / max(len(tests), 1)
    comparisons = [
        statistics.compare_seeds(test.baseline, test.fresh, test.better, test.minimum_effect, level) for test in tests
    ]
    adjusted = statistics.holm([comparison.p_value for comparison in comparisons])
    found = iter(zip(comparisons, adjusted.tolist(), strict=True))
    results = []
    for plan in plans:
        concluded = [_conclude(plan.result, sample, *next(found)) for sample in plan.samples]
        results.append(min(concluded, key=_severity, default=plan.result))
    return results


def exit_status(results: Sequence[GateResult]) -> int:
    """0 if something was compared and nothing is wrong, else 1.

    A changed definition fails like a missing baseline: the accepted number no longer guards anything, so a
    setting changed by mistake must not pass.
    """
    outcomes = {result.outcome for result in results}
    return 0 if outcomes.intersection(_COMPARED) and not outcomes.intersection(_FAILING) else 1


def message(results: Sequence[GateResult]) -> str:
    """The outcome of the gate in one line."""
    counts = Counter(result.outcome for result in results)
    said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    if any(counts[outcome] for outcome in _COMPARED):
        return f"gate: {said}"
    reason = f" ({said})" if said else ""
    return f"gate: nothing was compared{reason}, so it fails; run an experiment that has an accepted baseline"


def _by_key(records: Iterable[Record]) -> defaultdict[tuple[str, str, str], list[Record]]:
    groups: defaultdict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for record in records:
        groups[record.key].append(record)
    return groups


def _plans(
    accepted: Sequence[Record], fresh: Sequence[Record], better: Callable[[str, str], statistics.Better | None]
) -> Iterator[_Plan]:
    experiment, scale, reading = fresh[0].key
    blank = GateResult(
        experiment=experiment,
        scale=scale,
        reading=reading,
        metric=None,
        outcome=Outcome.PASS,
        detail="",
        baseline_seeds=len(accepted),
        fresh_seeds=len(fresh),
    )
    if unfit := _unfit(blank, accepted, fresh):
        yield _Plan(unfit)
        return
    metrics = sorted({metric for record in (*accepted, *fresh) for metric in record.metrics})
    ways = {metric: way for metric in metrics if (way := better(experiment, metric))}
    plans = [_plan(replace(blank, metric=metric), accepted, fresh, way) for metric, way in ways.items()]
    if len(accepted) < MINIMUM_SEEDS and any(plan.result.outcome == Outcome.TOO_FEW_SEEDS for plan in plans):
        # What is always the same, such as a number of parameters, must not pass for all the rest.
        plans = [_withheld(plan) for plan in plans]
    yield from plans


def _unfit(blank: GateResult, accepted: Sequence[Record], fresh: Sequence[Record]) -> GateResult | None:
    """Why the records of one key cannot be compared at all, if they cannot."""
    command = _accept_command(blank)
    if not accepted:
        return replace(blank, outcome=Outcome.MISSING_BASELINE, detail=f"no accepted baseline; create it: {command}")
    before, after = ({record.definition for record in records} for records in (accepted, fresh))
    if len(before | after) > 1:
        change = f"definition {', '.join(sorted(after))}, accepted {', '.join(sorted(before))}"
    elif other := other_data((*accepted, *fresh)):
        change = f"made from different data: {other}"
    else:
        return None
    detail = f"{change}; if that was meant, renew the baseline: {command}"
    return replace(blank, outcome=Outcome.NOT_COMPARABLE, detail=detail)


def _accept_command(blank: GateResult) -> str:
    return f"python -m benchmarks accept {blank.experiment} --scale {blank.scale} --reason '...'"


def _plan(blank: GateResult, accepted: Sequence[Record], fresh: Sequence[Record], better: statistics.Better) -> _Plan:
    metric = str(blank.metric)
    if lacking := [record.seed for record in fresh if metric not in record.metrics]:
        return _Plan(replace(blank, outcome=Outcome.REGRESSION, detail=f"not measured by fresh seed {lacking[0]}"))
    before = {record.seed: _run(record, metric) for record in accepted if metric in record.metrics}
    after = {record.seed: _run(record, metric) for record in fresh}
    blank = replace(blank, baseline_seeds=len(before))
    if not before:
        detail = f"no accepted seed has this metric; renew the baseline: {_accept_command(blank)}"
        return _Plan(replace(blank, outcome=Outcome.MISSING_BASELINE, detail=detail))
    if all(seed in before and _equal(run, before[seed]) for seed, run in after.items()):
        return _Plan(replace(blank, detail="equal to the accepted runs of the same seeds, value for value"))
    found = samples(list(before.values()), list(after.values()), better, MINIMUM_SEEDS)
    if len(before) < MINIMUM_SEEDS or not found:
        held = f"{len(before)} accepted seeds have this metric, {MINIMUM_SEEDS} finite ones are needed"
        detail = f"{held}; run more and accept: {_accept_command(blank)}"
        return _Plan(replace(blank, outcome=Outcome.TOO_FEW_SEEDS, detail=detail))
    return _Plan(blank, found)


def _withheld(plan: _Plan) -> _Plan:
    if plan.result.outcome != Outcome.PASS:
        return plan
    detail = f"{plan.result.detail}, but other metrics are not, and too few seeds are accepted to judge them"
    return _Plan(replace(plan.result, outcome=Outcome.TOO_FEW_SEEDS, detail=detail))


def _run(record: Record, metric: str) -> Run:
    return Run(record.tasks(metric), record.metrics[metric].diverged)


def _equal(left: Run, right: Run) -> bool:
    return numpy.array_equal(left.tasks, right.tasks, equal_nan=True)


def _conclude(blank: GateResult, sample: Sample, comparison: statistics.Comparison, p_value: float) -> GateResult:
    centre = float(sample.baseline.mean())
    worse = comparison.detectable if sample.better == "lower" else -comparison.detectable
    baseline, fresh, limit = map(sample.natural, (centre, float(sample.fresh.mean()), centre + worse))
    changed = Outcome.REGRESSION if comparison.direction == "worse" else Outcome.IMPROVEMENT
    name, counts = sample.statistic, p_value <= FALSE_ALARMS and comparison.large
    return replace(
        blank,
        outcome=changed if counts else Outcome.PASS,
        detail=f"{name} {fresh:.4g}, accepted {baseline:.4g}, limit {limit:.4g}, p = {p_value:.2g}",
        statistic=name,
        baseline=baseline,
        fresh=fresh,
        limit=limit,
        p_value=p_value,
    )


def _severity(result: GateResult) -> tuple[int, float]:
    return list(Outcome).index(result.outcome), result.p_value if result.p_value is not None else math.inf
