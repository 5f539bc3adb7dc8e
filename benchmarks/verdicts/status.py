"""The rows of `status`: for each reference what was printed, what we measured, and the verdict."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np

from benchmarks import statistics
from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.family import Catalogue
from benchmarks.metric_ids import StepMetric
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.records.record import Record
from benchmarks.records.references import FieldResult, Reference, load_field, load_references
from benchmarks.records.store import Failure
from benchmarks.verdicts.assessment import BY_MEDIAN, assess_reference, half_widths_over_tasks
from benchmarks.verdicts.footnotes import footnotes
from benchmarks.verdicts.row import ProtocolResult, Row
from benchmarks.verdicts.settings_words import in_words
from benchmarks.verdicts.verdict import Verdict

_COSTS = ("seconds", "seconds_per_iteration", "test_seconds", "peak_memory_bytes")


def rows(measured: Measured, catalogue: Catalogue) -> list[Row]:
    """Returns one row for each reference, in the order of the paper.

    Args:
        measured: All records.
        catalogue: The experiments and claims.
    """
    answering = {
        reference: (experiment, metric)
        for experiment in catalogue.values()
        for reference, metric in experiment.answers.items()
    }
    field = load_field()
    return [
        _row(reference, answering.get(reference.id), field.get(reference.id, ()), measured, catalogue)
        for reference in load_references().values()
    ]


def _row(
    reference: Reference,
    answer: tuple[Experiment, str] | None,
    field: Sequence[FieldResult],
    measured: Measured,
    catalogue: Catalogue,
) -> Row:
    experiment, metric = answer or (None, None)
    row = _printed(reference, experiment, metric, field)
    if claim := catalogue.claims.get(reference.id):
        fields = claim(measured)
        footnotes_of_both = (*row.footnotes, *fields["footnotes"])
        verdict = Verdict(fields["verdict"])
        return replace(row, **{"reason": "", **fields, "verdict": verdict, "footnotes": footnotes_of_both})
    if not experiment or not metric:
        return row
    if evidence := measured.of(experiment, experiment.primary):
        compared = replace(row, **_compared(row, reference, experiment, metric, evidence, measured))
        return replace(compared, **_failed_at_larger_scale(compared, experiment, evidence, measured))
    return row if reference.quoted else replace(row, **_unmeasured(row, experiment, measured, catalogue))


def _printed(
    reference: Reference, experiment: Experiment | None, metric: str | None, field: Sequence[FieldResult]
) -> Row:
    # Deviations of an experiment from the paper do not change its number of parameters.
    deviations = experiment.footnotes if experiment and reference.metric != "count" else ()
    return Row(
        reference=reference.id,
        title=reference.title,
        experiment=experiment.id if experiment else None,
        metric=metric,
        paper=reference.value,
        plus_minus=reference.plus_minus,
        plus_minus_meaning=reference.plus_minus_meaning,
        unit=reference.unit,
        better=reference.better,
        known=reference.known,
        source=reference.source,
        field=tuple(result for result in field if result.kind == "reproduction"),
        footnotes=(*reference.notes, *deviations),
        same_as=reference.same_as,
        settings=in_words(experiment.settings("paper", experiment.primary), metric) if experiment and metric else "",
        **_without_run(reference, experiment),
    )


def _without_run(reference: Reference, experiment: Experiment | None) -> dict[str, Any]:
    """Returns the verdict on a reference before any run counts, and its reason."""
    if reference.quoted:
        return {"verdict": Verdict.QUOTED, "reason": "from earlier work"}
    if not experiment:
        return {"verdict": Verdict.NOT_IMPLEMENTED, "reason": "no experiment answers it"}
    return {"verdict": Verdict.NOT_RUN, "reason": ""}


def _failed_at_larger_scale(row: Row, experiment: Experiment, evidence: Evidence, measured: Measured) -> dict[str, Any]:
    """Returns what a failure at a larger scale than that of the records changes; a divergence is the verdict then."""
    failure = measured.failure_of(experiment, experiment.primary)
    if not failure or SCALES.index(failure.scale) <= SCALES.index(evidence.scale):
        return {}
    if failure.how == "diverged":
        return _failure(row, failure)
    return {"footnotes": _failure(row, failure)["footnotes"]}


def _failure(row: Row, failure: Failure) -> dict[str, Any]:
    note = f"Seed {failure.seed} at the {failure.scale} scale: {failure.message}."
    reason = f"seed {failure.seed}, {failure.scale} scale"
    return {"verdict": Verdict(failure.how), "reason": reason, "footnotes": (*row.footnotes, note)}


def _unmeasured(row: Row, experiment: Experiment, measured: Measured, catalogue: Catalogue) -> dict[str, Any]:
    command = _command(experiment, "paper", experiment.primary, experiment.seeds)
    if failure := measured.failure_of(experiment, experiment.primary):
        return {**_failure(row, failure), "command": command}
    missing = [name for name in experiment.needs if not catalogue.is_present(name)]
    if missing:
        return {"verdict": Verdict.DATA_MISSING, "reason": f"needs {', '.join(missing)}", "command": command}
    return {"verdict": Verdict.NOT_RUN, "command": command}


def _compared(
    row: Row, reference: Reference, experiment: Experiment, metric: str, evidence: Evidence, measured: Measured
) -> dict[str, Any]:
    assessment, values = assess_reference(reference, metric, evidence)
    records = evidence.records
    metrics = [record.metrics[metric] for record in records if metric in record.metrics]
    # Our number is the mean of the seeds that did not diverge, so its ± is theirs, too.
    kept = assessment.kept or [True] * len(metrics)
    half_widths = compress(half_widths_over_tasks(reference, metric, records), kept)
    over_tasks = [each for each in half_widths if math.isfinite(each)]
    working = list(compress(values, kept))
    by_median = reference.metric in BY_MEDIAN
    return {
        "ours": statistics.finite(assessment.ours),
        "ours_median": statistics.finite(float(np.median([summary.median for summary in metrics])))
        if metrics
        else None,
        "per_seed": tuple(statistics.finite(value) for value in values),
        "half_width_tasks": float(np.mean(over_tasks)) if over_tasks else None,
        "half_width_both": _of_claim(over_tasks, working) if by_median else None,
        "by_median": by_median,
        "half_width_seeds": statistics.finite(statistics.seed_interval(working)) if len(working) > 1 else None,
        "difference": statistics.finite(assessment.difference),
        "verdict": assessment.verdict,
        "reason": assessment.reason,
        "settings": in_words(records[0].settings, metric),
        "scale": evidence.scale,
        "reading": evidence.reading,
        "seeds": len(records),
        "diverged_tasks": sum(summary.diverged for summary in metrics),
        "footnotes": (*row.footnotes, *footnotes(reference, experiment, metric, evidence, measured)),
        "cost": _cost([record.cost for record in records]),
        "command": _command(experiment, evidence.scale, evidence.reading, len(records)),
        "origin": evidence.origin,
        "protocols": protocols(metric, records),
    }


def _of_claim(over_tasks: Sequence[float], values: Sequence[float]) -> float | None:
    """Returns the half-width over tasks and seeds together, as claims about several numbers have it."""
    over_seeds = statistics.prediction_interval(values) if len(values) > 1 else 0.0
    of_tasks = float(np.mean(over_tasks)) if over_tasks else 0.0
    return statistics.finite(statistics.combined_half_width(of_tasks, over_seeds))


def protocols(metric: str, records: Sequence[Record]) -> tuple[ProtocolResult, ...]:
    """Returns a metric under every protocol of its test: with other numbers of tasks or of query images.

    Args:
        metric: Metric id, such as `paper-protocol/3-steps`.
        records: Records of one experiment that differ only in the seed.

    Returns:
        The results, or nothing unless there are at least two protocols to compare.
    """
    tests = records[0].settings.get("tests", {})
    shown = StepMetric.parse(metric)
    if not shown or shown.test not in tests:
        return ()
    wanted = _apart_from_protocol(tests[shown.test])
    alike = [name for name, test in tests.items() if _apart_from_protocol(test) == wanted]
    results = [_protocol(replace(shown, test=name), tests[name], records) for name in alike]
    measured = tuple(result for result in results if result)
    return measured if len(measured) > 1 else ()


def _apart_from_protocol(test: Mapping[str, Any]) -> dict[str, Any]:
    tasks = {key: value for key, value in test["tasks"].items() if key != "query"}
    return {**test, "tasks": tasks, "protocol": None}


def _protocol(metric: StepMetric, test: Mapping[str, Any], records: Sequence[Record]) -> ProtocolResult | None:
    metrics = [record.metrics[str(metric)] for record in records if str(metric) in record.metrics]
    if not metrics:
        return None
    value, half_width = (
        statistics.finite(float(np.mean([getattr(summary, name) for summary in metrics])))
        for name in ("value", "half_width")
    )
    return ProtocolResult(metric.test, metrics[0].tasks, test["tasks"].get("query"), value, half_width)


def _cost(costs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Returns means over seeds of the costs that all seeds hold."""
    shared = [name for name in _COSTS if all(name in cost for cost in costs)]
    return {name: float(np.mean([cost[name] for cost in costs])) for name in shared}


def _command(experiment: Experiment, scale: str, reading: str, seeds: int) -> str:
    return f"python -m benchmarks run {experiment.id} --scale {scale} --reading {reading} --seeds {seeds}"
