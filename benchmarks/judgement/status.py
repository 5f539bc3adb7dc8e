"""One row a reference: what was printed, what we measured, and the verdict."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks import statistics
from benchmarks.catalogue import CATALOGUE
from benchmarks.data.inventory import is_present
from benchmarks.experiment import Experiment
from benchmarks.judgement import claims
from benchmarks.judgement.protocols import protocols
from benchmarks.judgement.references import FieldResult, Reference, load_field, load_references
from benchmarks.judgement.verdict import MINIMUM_SEEDS, Judgement, Verdict, judge
from benchmarks.records.evidence import Evidence, Measured

Row = dict[str, Any]


def rows(measured: Measured) -> list[Row]:
    """Rows for all references, in the order of the paper."""
    answering = {
        reference: (experiment, metric)
        for experiment in CATALOGUE.values()
        for reference, metric in experiment.answers.items()
    }
    field = load_field()
    return [
        _row(reference, field.get(reference.id, ()), answering.get(reference.id), measured)
        for reference in load_references().values()
    ]


def _row(
    reference: Reference,
    field: tuple[FieldResult, ...],
    answer: tuple[Experiment, str] | None,
    measured: Measured,
) -> Row:
    experiment, metric = answer or (None, None)
    row: Row = {
        "reference": reference.id,
        "title": reference.title,
        "experiment": experiment and experiment.id,
        "metric": metric,
        "paper": reference.value,
        "plus_minus": reference.plus_minus,
        "plus_minus_meaning": reference.plus_minus_meaning,
        "unit": reference.unit,
        "better": reference.better,
        "known": reference.known,
        "source": reference.source,
        "field": [_field(result) for result in field if result.kind == "reproduction"],
        "footnotes": [*reference.notes, *_deviations(reference, experiment)],
    }
    if reference.id in claims.CLAIMS or reference.id == claims.COUNTS:
        return row | _derived(reference, measured, row["footnotes"])
    evidence = experiment and measured.of(experiment, experiment.primary)
    if experiment and metric and evidence:
        return row | _compared(reference, experiment, metric, evidence, measured, row["footnotes"])
    return row | _unmeasured(reference, experiment, measured, row["footnotes"])


def _field(result: FieldResult) -> Row:
    chosen = ("source", "value", "plus_minus", "note")
    return {key: value for key, value in asdict(result).items() if key in chosen}


def _deviations(reference: Reference, experiment: Experiment | None) -> tuple[str, ...]:
    # No deviation of the experiments changes a number of parameters.
    return experiment.footnotes if experiment and reference.metric != "count" else ()


def _derived(reference: Reference, measured: Measured, footnotes: list[str]) -> Row:
    claim = claims.CLAIMS.get(reference.id)
    found = claims.judged(claim, measured) if claim else claims.counts()
    return {**_EMPTY, **found, "footnotes": [*footnotes, *found["footnotes"]]}


def _unmeasured(reference: Reference, experiment: Experiment | None, measured: Measured, footnotes: list[str]) -> Row:
    if reference.quoted:
        return {**_EMPTY, "verdict": str(Verdict.QUOTED), "command": None}
    if not experiment:
        return {**_EMPTY, "verdict": str(Verdict.NOT_RUN), "command": None}
    command = _command(experiment, "paper", experiment.primary, experiment.seeds)
    if failure := measured.failure_of(experiment, experiment.primary):
        told = f"Seed {failure.seed} at the {failure.scale} scale: {failure.message}."
        return {**_EMPTY, "verdict": failure.how, "command": command, "footnotes": [*footnotes, told]}
    missing = not all(is_present(name) for name in experiment.needs)
    return {**_EMPTY, "verdict": str(Verdict.DATA_MISSING if missing else Verdict.NOT_RUN), "command": command}


def _compared(
    reference: Reference,
    experiment: Experiment,
    metric: str,
    evidence: Evidence,
    measured: Measured,
    footnotes: list[str],
) -> Row:
    judgement, values = _judged(reference, metric, evidence)
    metrics = [record.metrics[metric] for record in evidence.records if metric in record.metrics]
    over_tasks = [each.half_width for each in metrics if math.isfinite(each.half_width)]
    return {
        "ours": _finite(judgement.ours),
        "ours_median": _finite(float(np.median([each.median for each in metrics]))) if metrics else None,
        "per_seed": [_finite(value) for value in values],
        "half_width_tasks": float(np.mean(over_tasks)) if over_tasks else None,
        "half_width_seeds": _finite(statistics.seed_interval(values)) if len(values) > 1 else None,
        "difference": _finite(judgement.difference),
        "verdict": str(judgement.verdict),
        "scale": evidence.scale,
        "reading": evidence.reading,
        "seeds": len(evidence.records),
        "diverged_tasks": sum(each.diverged for each in metrics),
        "footnotes": [*footnotes, *_remarks(reference, experiment, metric, evidence, measured)],
        "cost": _cost([record.cost for record in evidence.records]),
        "command": _command(experiment, evidence.scale, evidence.reading, len(evidence.records)),
        "origin": evidence.origin,
        "protocols": protocols(metric, evidence.records),
    }


def _cost(costs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Means over seeds of what all of them hold."""
    return {key: float(np.mean([each[key] for each in costs])) for key in _COSTS if all(key in each for each in costs)}


def _judged(reference: Reference, metric: str, evidence: Evidence) -> tuple[Judgement, list[float]]:
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


def _remarks(
    reference: Reference, experiment: Experiment, metric: str, evidence: Evidence, measured: Measured
) -> Iterator[str]:
    if reference.metric == "statement":
        yield "Judged by the median over tasks of the difference of the two errors, for each seed."
    if reference.metric == "picture":
        yield "A picture: ours is drawn among the figures of this report."
    if reference.metric == "ratio":
        yield _costs(evidence)
    if reference.metric == "count":
        yield from _count_remarks(metric, evidence)
        return
    if evidence.scale != "paper":
        yield f"A reduced run ({evidence.scale} scale), which is not set against the paper's number."
    elif not evidence.current:
        yield "Measured under another definition than the catalogue has now; run it again."
    if experiment.definition("paper", "text") == experiment.definition("paper", "code"):
        return
    for reading in experiment.readings:
        other = measured.of(experiment, reading)
        if reading != evidence.reading and other and other.scale == evidence.scale:
            yield _other_reading(reference, metric, other)


def _costs(evidence: Evidence) -> str:
    rate, memory = (
        100 * np.median([each.metrics[name].median for each in evidence.records]) for name in ("rate", "memory")
    )
    return (
        "The fraction of time saved, median over rounds. In meta-iterations a second that is a gain of "
        f"{rate:.0f} %; the peak of memory is {memory:.0f} % of that without the change."
    )


def _count_remarks(metric: str, evidence: Evidence) -> Iterator[str]:
    yield "Equal or not: a count has no spread, and neither scale nor training changes it."
    if not all(metric in record.metrics for record in evidence.records):
        yield "A record at hand does not hold the count; run it again."
    elif not evidence.current:
        yield "Measured under another definition than the catalogue has now; run it again."


def _other_reading(reference: Reference, metric: str, evidence: Evidence) -> str:
    judgement, values = _judged(reference, metric, evidence)
    metrics = [record.metrics[metric] for record in evidence.records if metric in record.metrics]
    if not metrics:
        return f"The {evidence.reading} reading has no such metric."
    median = float(np.median([each.median for each in metrics]))
    diverged, tasks = sum(each.diverged for each in metrics), sum(each.tasks for each in metrics)
    return (
        f"The {evidence.reading} reading over {len(values)} seeds: {judgement.verdict}; mean {_mean_words(values)}, "
        f"median {median:.3g}, {diverged} of {tasks} tasks diverged."
    )


def _mean_words(values: list[float]) -> str:
    mean = statistics.mean(values)
    return f"{mean:.3g}" if math.isfinite(mean) else "not finite"


def _command(experiment: Experiment, scale: str, reading: str, seeds: int) -> str:
    return f"python -m benchmarks run {experiment.id} --scale {scale} --reading {reading} --seeds {seeds}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


_COSTS = ("seconds", "seconds_per_iteration", "test_seconds", "peak_memory_bytes")
_EMPTY: Mapping[str, Any] = {
    "ours": None,
    "ours_median": None,
    "per_seed": [],
    "half_width_tasks": None,
    "half_width_seeds": None,
    "difference": None,
    "scale": None,
    "reading": None,
    "seeds": 0,
    "diverged_tasks": 0,
    "cost": None,
    "origin": None,
    "protocols": [],
}
