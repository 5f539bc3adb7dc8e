"""The gate: compares fresh records with accepted baselines and sets the exit status of `check`.

Each metric gives one number per seed (`benchmarks.verdicts.gate_samples`). A difference between fresh and
accepted seeds counts only if it is both significant and large:

* Significant: it passes Student's t test over seeds (`statistics.compare_seeds`). All tests of one gate
  together have a 1 % chance of any false alarm (Holm's correction). Errors are compared as logarithms,
  because seeds scatter by factors.
* Large: it is at least the 95 % half-width over the test tasks of one run, the ± that is reported with the
  number.

An improvement fails as a regression does, until the new records are accepted with a reason: scores that are too
good are how leaks show, such as support images among the query images.

If any task diverged on either side, or if fewer than four tasks make up a mean, medians and shares of
diverged tasks are compared instead. Runs whose raw values equal those of the same accepted seeds pass
without a test. With fewer than three accepted seeds, only such equal runs can pass.

The 1 % holds if the seeds are about normally distributed. A single fresh seed cannot distinguish a
regression from a rare bad seed that no accepted seed resembles, so use three.
"""

import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import statistics
from benchmarks.records.record import Record, differing_data
from benchmarks.statistics import Better
from benchmarks.verdicts.gate_result import GateOutcome, GateResult, severity
from benchmarks.verdicts.gate_samples import GateSample, SeedValues, gate_samples
from benchmarks.verdicts.verdict import MINIMUM_SEEDS

Key = tuple[str, str, str]  # experiment, scale, reading
BetterOf = Callable[[str, str], Better | None]
FALSE_ALARMS = 0.01


@dataclass(frozen=True)
class _Plan:
    """A result, which is final unless there are samples still to be tested."""

    result: GateResult
    samples: Sequence[GateSample] = ()


def compare(
    baseline: Iterable[Record], fresh: Iterable[Record], better: BetterOf, folder: Path | str
) -> list[GateResult]:
    """Compares fresh records with accepted ones. Accepted records without fresh ones are ignored.

    Args:
        baseline: Accepted records with their arrays, of any number of experiments.
        fresh: Fresh records with their arrays, of any number of experiments.
        better: Returns which direction is better for an experiment id and a metric id. Metrics for which it returns
            None are skipped.
        folder: Folder of the fresh records, which the commands in the results name.

    Returns:
        The results, ordered by experiment, scale, reading and metric.

    Raises:
        BenchmarkError: A record lacks the per-task values of one of its metrics.
    """
    accepted, measured = _by_key(baseline), _by_key(fresh)
    plans = [
        plan
        for key in sorted(measured)
        for plan in _plans(_baseline_of(measured[key], accepted), measured[key], better, str(folder))
    ]
    tested = iter(_tested([sample for plan in plans for sample in plan.samples]))
    results = []
    for plan in plans:
        concluded = [_conclude(plan.result, sample, *next(tested)) for sample in plan.samples]
        results.append(min(concluded, key=severity, default=plan.result))
    return results


def _tested(samples: Sequence[GateSample]) -> list[tuple[statistics.Comparison, float]]:
    """Compares all samples; returns each comparison, at the level that decided it, and its adjusted p-value."""

    def compared(sample: GateSample, level: float) -> statistics.Comparison:
        return statistics.compare_seeds(sample.baseline, sample.fresh, sample.better, sample.minimum_effect, level)

    p_values = np.array([compared(sample, FALSE_ALARMS).p_value for sample in samples])
    adjusted = statistics.holm(p_values)
    # Holm's correction tests the smallest p-value at the strictest level, and stops at the first that does not pass.
    ranks = np.minimum(np.argsort(np.argsort(p_values, kind="stable")), (adjusted <= FALSE_ALARMS).sum())
    levels = FALSE_ALARMS / (len(samples) - np.minimum(ranks, len(samples) - 1))
    return [
        (compared(sample, level), p_value)
        for sample, level, p_value in zip(samples, levels.tolist(), adjusted.tolist(), strict=True)
    ]


def _by_key(records: Iterable[Record]) -> dict[Key, list[Record]]:
    groups: defaultdict[Key, list[Record]] = defaultdict(list)
    for record in records:
        groups[record.key].append(record)
    return dict(groups)


def _baseline_of(fresh: Sequence[Record], accepted: Mapping[Key, Sequence[Record]]) -> Sequence[Record]:
    """Returns the accepted records of the same reading; where text and code agree, one baseline serves both."""
    experiment, scale, _ = key = fresh[0].key
    if key in accepted:
        return accepted[key]
    definitions = {record.definition for record in fresh}
    others = (records for (name, size, _), records in accepted.items() if (name, size) == (experiment, scale))
    return next((records for records in others if {record.definition for record in records} == definitions), ())


def _plans(accepted: Sequence[Record], fresh: Sequence[Record], better: BetterOf, folder: str) -> Iterator[_Plan]:
    experiment, scale, reading = fresh[0].key
    blank = GateResult(
        experiment=experiment,
        scale=scale,
        reading=reading,
        metric=None,
        outcome=GateOutcome.PASS,
        detail="",
        baseline_seeds=len(accepted),
        fresh_seeds=len(fresh),
        accept=_accept_command(fresh, folder),
    )
    if failure := _not_comparable(blank, accepted, fresh):
        yield _Plan(failure)
        return
    metrics = sorted({metric for record in (*accepted, *fresh) for metric in record.metrics})
    directions = {metric: direction for metric in metrics if (direction := better(experiment, metric))}
    plans = [_plan(replace(blank, metric=metric), accepted, fresh, which) for metric, which in directions.items()]
    if len(accepted) < MINIMUM_SEEDS and any(plan.result.outcome == GateOutcome.TOO_FEW_SEEDS for plan in plans):
        # A metric that never changes, such as a number of parameters, must not make the whole gate pass.
        plans = [_withheld(plan) for plan in plans]
    yield from plans


def _not_comparable(blank: GateResult, accepted: Sequence[Record], fresh: Sequence[Record]) -> GateResult | None:
    """Returns a result if the records of one experiment, scale and reading cannot be compared at all."""
    if not accepted:
        detail = f"no accepted baseline; create it: {blank.accept}"
        return replace(blank, outcome=GateOutcome.MISSING_BASELINE, detail=detail)
    before, after = ({record.definition for record in records} for records in (accepted, fresh))
    if len(before | after) > 1:
        change = f"definition {', '.join(sorted(after))}, accepted {', '.join(sorted(before))}"
    elif other := differing_data((*accepted, *fresh)):
        change = f"made from different data: {other}"
    else:
        return None
    detail = f"{change}; if the change was intended, renew the baseline: {blank.accept}"
    return replace(blank, outcome=GateOutcome.NOT_COMPARABLE, detail=detail)


def _accept_command(fresh: Sequence[Record], folder: str) -> str:
    experiment, scale, reading = fresh[0].key
    seeds = " ".join(f"--seed {seed}" for seed in sorted(record.seed for record in fresh))
    which = f"--scale {scale} --reading {reading} {seeds} --records {shlex.quote(folder)}"
    return f"python -m benchmarks accept {experiment} {which} --reason '...'"


def _plan(blank: GateResult, accepted: Sequence[Record], fresh: Sequence[Record], better: Better) -> _Plan:
    metric = str(blank.metric)
    if lacking := [record.seed for record in fresh if metric not in record.metrics]:
        return _Plan(replace(blank, outcome=GateOutcome.REGRESSION, detail=f"not measured by fresh seed {lacking[0]}"))
    before, after = (
        {
            record.seed: SeedValues(record.tasks(metric), record.metrics[metric].diverged)
            for record in records
            if metric in record.metrics
        }
        for records in (accepted, fresh)
    )
    blank = replace(blank, baseline_seeds=len(before))
    if not before:
        detail = f"no accepted seed has this metric; renew the baseline: {blank.accept}"
        return _Plan(replace(blank, outcome=GateOutcome.MISSING_BASELINE, detail=detail))
    if all(seed in before and _equal(values, before[seed]) for seed, values in after.items()):
        return _Plan(replace(blank, detail="equal to the accepted runs of the same seeds, value for value"))
    samples = gate_samples(list(before.values()), list(after.values()), better)
    if len(before) < MINIMUM_SEEDS or not samples:
        reason = f"{len(before)} accepted seeds have this metric, {MINIMUM_SEEDS} with finite values are needed"
        detail = f"{reason}; run more and accept them: {blank.accept}"
        return _Plan(replace(blank, outcome=GateOutcome.TOO_FEW_SEEDS, detail=detail))
    return _Plan(blank, samples)


def _withheld(plan: _Plan) -> _Plan:
    if plan.result.outcome != GateOutcome.PASS:
        return plan
    detail = f"{plan.result.detail}, but other metrics are not, and too few seeds are accepted to compare them"
    return _Plan(replace(plan.result, outcome=GateOutcome.TOO_FEW_SEEDS, detail=detail))


def _equal(left: SeedValues, right: SeedValues) -> bool:
    return np.array_equal(left.tasks, right.tasks, equal_nan=True)


def _conclude(blank: GateResult, sample: GateSample, comparison: statistics.Comparison, p_value: float) -> GateResult:
    centre = float(sample.baseline.mean())
    worse = comparison.detectable if sample.better == "lower" else -comparison.detectable
    baseline, fresh, limit = map(sample.natural, (centre, float(sample.fresh.mean()), centre + worse))
    changed = GateOutcome.REGRESSION if comparison.direction == "worse" else GateOutcome.IMPROVEMENT
    counts = p_value <= FALSE_ALARMS and comparison.large
    outcome = changed if counts else GateOutcome.PASS
    advice = f"; rule out a leak, then accept it: {blank.accept}"
    return replace(
        blank,
        outcome=outcome,
        detail=f"{sample.statistic} {fresh:.4g}, accepted {baseline:.4g}, limit {limit:.4g}, p = {p_value:.2g}"
        + (advice if outcome == GateOutcome.IMPROVEMENT else ""),
        statistic=sample.statistic,
        baseline=baseline,
        fresh=fresh,
        limit=limit,
        p_value=p_value,
    )
