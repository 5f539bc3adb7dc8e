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

import math
import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from benchmarks import statistics
from benchmarks.records.record import Record, differing_data
from benchmarks.statistics import Better
from benchmarks.verdicts.gate_samples import GateSample, SeedValues, gate_samples
from benchmarks.verdicts.verdict import MINIMUM_SEEDS

BetterOf = Callable[[str, str], Better | None]
FALSE_ALARMS = 0.01


class GateOutcome(StrEnum):
    """The result of the gate for one metric, worst first."""

    REGRESSION = "regression"
    MISSING_BASELINE = "missing baseline"
    NOT_COMPARABLE = "not comparable"
    TOO_FEW_SEEDS = "too few seeds"
    IMPROVEMENT = "improvement"
    PASS = "pass"


_FAILING = (
    *(GateOutcome.REGRESSION, GateOutcome.IMPROVEMENT),
    *(GateOutcome.MISSING_BASELINE, GateOutcome.NOT_COMPARABLE),
)
_COMPARED = (GateOutcome.REGRESSION, GateOutcome.IMPROVEMENT, GateOutcome.PASS)


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """The outcome of the gate for one metric and the numbers behind it.

    Attributes:
        experiment: Id of the experiment.
        scale: Scale of the fresh and the accepted records.
        reading: Reading of the fresh and the accepted records.
        metric: Metric id. None if the result concerns all metrics of the records.
        outcome: The outcome.
        detail: The reason in one line, with a command that helps where there is one.
        statistic: The statistic that was compared, such as "mean". None if nothing was compared.
        baseline: Mean of the statistic over accepted seeds (geometric for errors).
        fresh: Mean of the statistic over fresh seeds (geometric for errors).
        limit: The value of `fresh` at which a regression begins.
        p_value: P-value, adjusted for all tests of the gate.
        baseline_seeds: Number of accepted seeds.
        fresh_seeds: Number of fresh seeds.
        folder: Folder of the fresh records, for commands in `detail`.
    """

    experiment: str
    scale: str
    reading: str
    metric: str | None
    outcome: GateOutcome
    detail: str
    statistic: str | None = None
    baseline: float | None = None
    fresh: float | None = None
    limit: float | None = None
    p_value: float | None = None
    baseline_seeds: int
    fresh_seeds: int
    folder: str


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
    plans = [plan for key in sorted(measured) for plan in _plans(accepted[key], measured[key], better, str(folder))]
    tested = iter(_tested([sample for plan in plans for sample in plan.samples]))
    results = []
    for plan in plans:
        concluded = [_conclude(plan.result, sample, *next(tested)) for sample in plan.samples]
        results.append(min(concluded, key=_severity, default=plan.result))
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


def exit_status(results: Sequence[GateResult]) -> int:
    """Returns 0 if something was compared for every experiment and nothing is wrong, otherwise 1.

    An improvement fails until it is accepted with a reason, because a leak of test data looks the same. A changed
    definition fails like a missing baseline: the accepted number no longer guards anything, so a setting that was
    changed by mistake must not pass.
    """
    outcomes = {result.outcome for result in results}
    return 0 if results and not _uncompared(results) and not outcomes.intersection(_FAILING) else 1


def message(results: Sequence[GateResult]) -> str:
    """Returns the outcome of the gate in one line."""
    counts = Counter(result.outcome for result in results)
    summary = ", ".join(f"{counts[outcome]} {outcome}" for outcome in GateOutcome if counts[outcome])
    if any(counts[outcome] for outcome in _COMPARED):
        left = _uncompared(results)
        return f"gate: {summary}" + (f"; nothing was compared of {', '.join(left)}, so it fails" if left else "")
    reason = f" ({summary})" if summary else ""
    return f"gate: nothing was compared{reason}, so it fails; run an experiment that has an accepted baseline"


def _uncompared(results: Iterable[GateResult]) -> list[str]:
    """Returns the experiments of which nothing was compared."""
    compared: dict[str, bool] = {}
    for result in results:
        compared[result.experiment] = compared.get(result.experiment, False) or result.outcome in _COMPARED
    return [experiment for experiment, is_compared in compared.items() if not is_compared]


def _by_key(records: Iterable[Record]) -> defaultdict[tuple[str, str, str], list[Record]]:
    groups: defaultdict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for record in records:
        groups[record.key].append(record)
    return groups


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
        folder=folder,
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
    command = _accept_command(blank)
    if not accepted:
        detail = f"no accepted baseline; create it: {command}"
        return replace(blank, outcome=GateOutcome.MISSING_BASELINE, detail=detail)
    before, after = ({record.definition for record in records} for records in (accepted, fresh))
    if len(before | after) > 1:
        change = f"definition {', '.join(sorted(after))}, accepted {', '.join(sorted(before))}"
    elif other := differing_data((*accepted, *fresh)):
        change = f"made from different data: {other}"
    else:
        return None
    detail = f"{change}; if the change was intended, renew the baseline: {command}"
    return replace(blank, outcome=GateOutcome.NOT_COMPARABLE, detail=detail)


def _accept_command(blank: GateResult) -> str:
    where = f"--scale {blank.scale} --records {shlex.quote(blank.folder)}"
    return f"python -m benchmarks accept {blank.experiment} {where} --reason '...'"


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
        detail = f"no accepted seed has this metric; renew the baseline: {_accept_command(blank)}"
        return _Plan(replace(blank, outcome=GateOutcome.MISSING_BASELINE, detail=detail))
    if all(seed in before and _equal(values, before[seed]) for seed, values in after.items()):
        return _Plan(replace(blank, detail="equal to the accepted runs of the same seeds, value for value"))
    samples = gate_samples(list(before.values()), list(after.values()), better)
    if len(before) < MINIMUM_SEEDS or not samples:
        reason = f"{len(before)} accepted seeds have this metric, {MINIMUM_SEEDS} with finite values are needed"
        detail = f"{reason}; run more and accept them: {_accept_command(blank)}"
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
    advice = f"; rule out a leak, then accept it: {_accept_command(blank)}"
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


def _severity(result: GateResult) -> tuple[int, float]:
    position = list(GateOutcome).index(result.outcome)
    return position, result.p_value if result.p_value is not None else math.inf
