"""Charts as plain data, made from records: the charts of one experiment, and the parts for charts of a family."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.declaring.experiment import Experiment
from benchmarks.family import Drawing, Family
from benchmarks.metric_ids import StepMetric
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.records.record import Record
from benchmarks.records.references import FieldResult, Reference, load_field, load_references
from benchmarks.statistics import NORMAL_95, combined_half_width

ADAPTATION = "{} on meta-test tasks. Lines are means over tasks and seeds; bands are 95 % intervals over tasks."
TRAINING = "{} during meta-training, averaged over intervals of equal length. One line for each seed."
VALIDATION = (
    "{} on meta-validation tasks during meta-training. One line for each seed. The parameters {} are meta-tested."
)
REDUCED = " A reduced run, which is not compared with the paper's number."
_MOST_POINTS = 100


def learning_curves(experiment: Experiment, family: Family, measured: Measured) -> list[Drawing]:
    """Returns the charts of the best evidence for an experiment.

    Args:
        experiment: The experiment.
        family: Its family, which names the score and the references that are charted with it.
        measured: All records.

    Returns:
        The charts; none for an experiment that was not run, or if the family names no score.
    """
    evidence = measured.of(experiment, experiment.primary)
    if not evidence or not family.score:
        return []
    score = family.score.split(",")[0].capitalize()
    charts = (
        _chart("adaptation", f"{score} over adaptation", ADAPTATION.format(score), experiment, evidence)
        | {
            "x_label": "gradient steps",
            "y_label": family.score,
            "curves": list(_tests(evidence.records)),
            "printed": list(_published(experiment, family)) if evidence.comparable else [],
        },
        _chart("loss", "Meta-training", TRAINING.format(family.training.title), experiment, evidence)
        | {
            "y_label": family.training.label,
            "curves": list(_history("training/loss", evidence.records, family.training.factor)),
        },
        _chart("validation", "Meta-validation", VALIDATION.format(score, _tested(experiment)), experiment, evidence)
        | {"y_label": family.score, "curves": list(_history("training/validation", evidence.records))},
    )
    return [chart for chart in charts if chart["curves"]]


def _chart(name: str, title: str, caption: str, experiment: Experiment, evidence: Evidence) -> Drawing:
    return {
        "id": f"{experiment.id}/{name}",
        "title": f"{title}, {evidence.scale} scale",
        "caption": caption + ("" if evidence.scale == "paper" else REDUCED),
        "x_label": "meta-iterations",
        "y_scale": "linear",
        "printed": [],
    }


def _tested(experiment: Experiment) -> str:
    last = all(test.get("parameters") == "last" for test in experiment.tests.values())
    return "of the last iteration" if last else "that score best here"


def _tests(records: Sequence[Record]) -> Iterator[Drawing]:
    """Yields a curve for each meta-test that was scored after more than one number of steps."""
    metrics = [metric for text in records[0].metrics if (metric := StepMetric.parse(text))]
    for test, declaration in records[0].settings["tests"].items():
        steps = sorted(metric.steps for metric in metrics if metric.test == test)
        if len(steps) > 1:
            yield _curve(test, declaration, steps, records)


def _curve(test: str, declaration: Mapping[str, Any], steps: Sequence[int], records: Sequence[Record]) -> Drawing:
    metrics = [[record.metrics[str(StepMetric(test, step))] for step in steps] for record in records]
    centre = np.mean([[summary.value for summary in line] for line in metrics], axis=0)
    spread = np.mean([[summary.half_width for summary in line] for line in metrics], axis=0)
    size = f"{metrics[0][0].tasks:,} tasks"
    if query := declaration["tasks"].get("query"):
        per_class = " per class" if "ways" in declaration["tasks"] else ""
        size += f", {query} query example{'' if query == 1 else 's'}{per_class}"
    return {
        "label": f"{test.replace('-', ' ')} ({size})",
        "x": list(steps),
        "centre": centre.tolist(),
        "low": (centre - spread).tolist(),
        "high": (centre + spread).tolist(),
    }


def _published(experiment: Experiment, family: Family) -> Iterator[Drawing]:
    """Yields what the paper prints, and what others measured after each step."""
    references, field = load_references(), load_field()
    named = {**experiment.answers, **family.shown_with.get(experiment.id, {})}
    places: dict[str, dict[int, Reference]] = {}
    for name, text in named.items():
        reference, metric = references[name], StepMetric.parse(text)
        if metric and reference.value is not None:
            places.setdefault(name.split("/")[0], {})[metric.steps] = reference
    for place, points in places.items():
        yield _printed(place, points)
    curves = [_step_by_step(result) for name in named for result in field.get(name, ()) if result.after_steps]
    # One run of others may answer several references, such as a table and a figure with the same number.
    yield from (curve for index, curve in enumerate(curves) if curve not in curves[:index])


def _printed(place: str, points: Mapping[int, Reference]) -> Drawing:
    spreads = [reference.plus_minus for reference in points.values()]
    return {
        "label": f"paper, {place.replace('-', ' ').capitalize()}",
        "x": list(points),
        "y": [reference.value for reference in points.values()],
        "plus_minus": spreads if any(spread is not None for spread in spreads) else None,
    }


def _step_by_step(result: FieldResult) -> Drawing:
    known = [(steps, value) for steps, value in enumerate(result.after_steps) if value is not None]
    return {
        "label": result.source,
        "x": [steps for steps, _ in known],
        "y": [value for _, value in known],
        "plus_minus": None,
    }


def _history(name: str, records: Sequence[Record], factor: float = 1.0) -> Iterator[Drawing]:
    """Yields a curve for each seed, from pairs of meta-iteration and value, `[points, 2]`; values times `factor`."""
    for record in records:
        if name in record.arrays:
            intervals = np.array_split(record.arrays[name], min(_MOST_POINTS, len(record.arrays[name])))
            means = np.array([interval.mean(axis=0) for interval in intervals], dtype=float)
            centre = (factor * means[:, 1]).tolist()
            yield {"label": f"seed {record.seed}", "x": means[:, 0].tolist(), "centre": centre}


def median_curve(label: str, test: str, steps: Iterable[int], evidence: Evidence) -> Iterator[Drawing]:
    """Yields the median of a score over seeds, with its range, after each number of steps that all records hold.

    Yields nothing if the records hold no number of steps in common.
    """
    metrics = {n: [record.metrics.get(str(StepMetric(test, n))) for record in evidence.records] for n in steps}
    held = {n: [metric.value for metric in line if metric] for n, line in metrics.items() if all(line)}
    if not held:
        return
    values = np.array(list(held.values())).T
    worst_first = np.where(np.isfinite(values), values, np.inf)
    yield {
        "label": label + evidence.label_suffix,
        "x": list(held),
        "centre": finite(np.median(worst_first, axis=0)),
        "low": finite(worst_first.min(axis=0)),
        "high": finite(worst_first.max(axis=0)),
    }


def mean_curve(label: str, test: str, steps: Iterable[int], evidence: Evidence) -> Iterator[Drawing]:
    """Yields the mean of a score over seeds and tasks after each number of steps that all records hold.

    The band is the 68 % interval over tasks of one seed: the mean over tasks plus or minus its standard error.
    """
    metrics = {n: [record.metrics.get(str(StepMetric(test, n))) for record in evidence.records] for n in steps}
    held = {n: [metric for metric in line if metric] for n, line in metrics.items() if all(line)}
    if not held:
        return
    centre = np.array([np.mean([metric.value for metric in line]) for line in held.values()])
    spread = np.array([np.mean([metric.half_width for metric in line]) for line in held.values()]) / NORMAL_95
    yield {
        "label": label + evidence.label_suffix,
        "x": list(held),
        "centre": finite(centre),
        "low": finite(centre - spread),
        "high": finite(centre + spread),
    }


def published_curve(label: str, points: Iterable[tuple[int, Reference]]) -> Iterator[Drawing]:
    """Yields a curve through the values of references, with 68 % bands over tasks where raw results are known."""
    known = [(x, reference) for x, reference in points if reference.value is not None]
    if not known:
        return
    bands = [_band(reference) for _, reference in known]
    yield {
        "label": label,
        "published": True,
        "x": [x for x, _ in known],
        "centre": [reference.value for _, reference in known],
        "low": [band[0] if band else None for band in bands],
        "high": [band[1] if band else None for band in bands],
    }


def _band(reference: Reference) -> tuple[float, float] | None:
    """Returns the bootstrap band, or the mean plus or minus its standard error, which is nearly the same."""
    if not reference.summary:
        return None
    spread = reference.summary["half_width"] / NORMAL_95
    return reference.summary.get("band_68", (reference.summary["mean"] - spread, reference.summary["mean"] + spread))


def printed_points(label: str, points: Iterable[tuple[int, Reference]]) -> Iterator[Drawing]:
    """Yields the printed values of references at their positions, or nothing if none has a value."""
    printed = [(x, reference.value) for x, reference in points if reference.value is not None]
    if printed:
        yield {"label": label, "x": [x for x, _ in printed], "y": [y for _, y in printed], "plus_minus": None}


def bar(metric: str, records: Sequence[Record]) -> Drawing:
    """Returns the mean of a metric over records, with the mean half-width over tasks, and how many tasks diverged."""
    metrics = [record.metrics[metric] for record in records]
    return {
        "value": float(np.mean([summary.value for summary in metrics])),
        "half_width": float(np.mean([summary.half_width for summary in metrics])),
        "diverged": sum(summary.diverged for summary in metrics),
    }


def change(variant: Drawing, base: Drawing) -> Drawing:
    """Returns the difference of two results of `bar`, with the combined half-width."""
    half_width = combined_half_width(variant["half_width"], base["half_width"])
    return variant | {"value": variant["value"] - base["value"], "half_width": half_width}


def field_bar(result: FieldResult) -> Drawing | None:
    """Returns what others report, or None if it is no number."""
    return None if result.value is None else {"value": result.value, "half_width": result.plus_minus}


def finite(values: np.ndarray) -> list[float | None]:
    """Returns numbers as a list in which None stands for those that are not finite."""
    return [float(value) if math.isfinite(value) else None for value in values]
