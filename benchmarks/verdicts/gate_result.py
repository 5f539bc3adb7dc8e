"""The outcomes of the gate, and what they mean together: a line of text and an exit status."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


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
        accept: The command that accepts these fresh records, and no others.
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
    accept: str


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


def severity(result: GateResult) -> tuple[int, float]:
    """Returns a key that sorts results, worst first."""
    position = list(GateOutcome).index(result.outcome)
    return position, result.p_value if result.p_value is not None else math.inf
