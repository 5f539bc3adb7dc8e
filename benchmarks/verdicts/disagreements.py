"""The places where the paper's text and the authors' code differ, with the measured effect of either choice."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks import statistics
from benchmarks.declaring.disagreement import Disagreement, Side
from benchmarks.declaring.experiment import SCALES
from benchmarks.family import Catalogue, Family
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from benchmarks.verdicts.verdict import MINIMUM_SEEDS


def disagreements(measured: Measured, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Returns all disagreements as plain data, each with the results of its sides at the largest scale of all sides.

    Args:
        measured: All records.
        catalogue: The families, which declare the disagreements.
    """
    return [
        _plain(disagreement, family, measured) for family in catalogue.families for disagreement in family.disagreements
    ]


def findings(found: Sequence[dict[str, Any]]) -> list[str]:
    """Returns the sentences for the top of the report, from the plain data of `disagreements`."""
    return [entry["finding"] for entry in found if entry["finding"]]


def _plain(disagreement: Disagreement, family: Family, measured: Measured) -> dict[str, Any]:
    scale, records = _at_largest_scale(disagreement.sides, measured)
    unit = (family.score or "").partition(", ")[2]
    results = [_result(side.metric, held, unit) for side, held in zip(disagreement.sides, records, strict=True)]
    sides = [
        {"label": side.label, "result": result, "seeds": len(held), "experiment": side.experiment.id}
        for side, result, held in zip(disagreement.sides, results, records, strict=True)
    ]
    complete = scale is not None and bool(results)
    return {
        "group": family.title,
        "topic": disagreement.topic,
        "text": disagreement.text,
        "code": disagreement.code,
        "source": disagreement.source,
        "conclusion": disagreement.conclusion,
        "scale": scale,
        "sides": sides if complete else [],
        "commands": [] if complete else _commands(disagreement.sides),
        "finding": disagreement.finding.format(*results) if disagreement.finding and complete else None,
    }


def _at_largest_scale(sides: Sequence[Side], measured: Measured) -> tuple[str | None, list[list[Record]]]:
    """Returns the largest scale at which every side has current records with its metric, and those records."""
    for scale in reversed(SCALES):
        records = [_records(side, scale, measured) for side in sides]
        if all(records):
            return scale, records
    return None, [[] for _ in sides]


def _records(side: Side, scale: str, measured: Measured) -> list[Record]:
    found = measured.current(side.experiment, scale, side.reading)
    return [record for record in found if side.metric in record.metrics]


def _result(metric: str, records: Sequence[Record], unit: str) -> str:
    """Returns a mean over seeds in words, or how many tasks diverged and the median over all tasks.

    The interval is over seeds if there are enough of them, else over the tasks of one seed.
    """
    if not records:
        return ""
    metrics = [record.metrics[metric] for record in records]
    values = [summary.value for summary in metrics]
    errors = [summary for summary in metrics if summary.better == "lower"]
    heavy = any(statistics.few_tasks_decide(summary.value, summary.half_width) for summary in errors)
    if heavy or not np.isfinite(values).all() or any(summary.diverged for summary in metrics):
        diverged, tasks = (sum(getattr(summary, name) for summary in metrics) for name in ("diverged", "tasks"))
        median = float(np.median([summary.median for summary in metrics]))
        return f"diverges on {diverged:,} of {tasks:,} test tasks (median {_number(median, unit)})"
    over_tasks = float(np.mean([summary.half_width for summary in metrics]))
    half_width = statistics.seed_interval(values) if len(values) >= MINIMUM_SEEDS else over_tasks
    mean = statistics.mean(values)
    decimals = 1 if abs(mean) >= 10 else 2
    interval = f" ± {half_width:.{decimals}f}" if math.isfinite(half_width) else ""
    return f"{mean:.{decimals}f}{interval}{f' {unit}' if unit else ''}"


def _number(value: float, unit: str) -> str:
    return f"{value:.3g}{f' {unit}' if unit else ''}" if math.isfinite(value) else "not finite"


def _commands(sides: Sequence[Side]) -> list[str]:
    """Returns the commands that would measure the sides."""
    return list(
        dict.fromkeys(
            f"python -m benchmarks run {side.experiment.id} --scale desktop --reading {side.reading}" for side in sides
        )
    )
