"""One row a reference: what was printed, what we measured, and the verdict."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks import statistics
from benchmarks.catalogue import CATALOGUE
from benchmarks.data.inventory import is_present
from benchmarks.experiment import Experiment
from benchmarks.judgement import claims
from benchmarks.judgement.judged import judged
from benchmarks.judgement.protocols import protocols
from benchmarks.judgement.references import FieldResult, Reference, load_field, load_references
from benchmarks.judgement.remarks import remarks
from benchmarks.judgement.verdict import Verdict
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
    judgement, values = judged(reference, metric, evidence)
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
        "footnotes": [*footnotes, *remarks(reference, experiment, metric, evidence, measured)],
        "cost": _cost([record.cost for record in evidence.records]),
        "command": _command(experiment, evidence.scale, evidence.reading, len(evidence.records)),
        "origin": evidence.origin,
        "protocols": protocols(metric, evidence.records),
    }


def _cost(costs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Means over seeds of what all of them hold."""
    return {key: float(np.mean([each[key] for each in costs])) for key in _COSTS if all(key in each for each in costs)}


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
