"""The charts of an experiment of few-shot classification: accuracy over steps, meta-training, meta-validation."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.experiment import Experiment
from benchmarks.few_shot import ACCURACY
from benchmarks.judgement.references import FieldResult, Reference, load_field, load_references
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.records.record import Record

Drawing = dict[str, Any]

ADAPTATION = "Accuracy on meta-test tasks; lines are means over tasks and seeds, bands the 95 % interval over tasks."
LOSS = "Loss on query sets during meta-training, averaged over stretches of equal length; one line a seed."
VALIDATION = "Accuracy on meta-validation tasks on the way; one line a seed. The parameters {} are meta-tested."
REDUCED = " A reduced run, which is not set against the paper's number."
# The authors' own weights answer to no row, since they are not meta-trained here; this is the row that they stand for.
ALSO_SHOWN = {
    "mini-imagenet/released-weights": {"table-1/maml/mini-imagenet-5-way-1-shot": "paper-protocol/10-steps"},
}
_METRIC = re.compile(r"(?P<test>.+)/(?P<steps>\d+)-steps?")
_MOST_POINTS = 100


def learning_curves(experiment: Experiment, measured: Measured) -> list[Drawing]:
    """Charts of the best evidence at hand; none for experiments that do not classify or were not run."""
    evidence = measured.of(experiment, experiment.primary)
    if not evidence or experiment.score != ACCURACY:
        return []
    drawn = (
        _chart("adaptation", "Accuracy over adaptation", ADAPTATION, experiment, evidence)
        | {
            "x_label": "gradient steps",
            "y_label": "accuracy, %",
            "curves": list(_tests(evidence.records)),
            "printed": list(_published(experiment)) if evidence.comparable else [],
        },
        _chart("loss", "Meta-training", LOSS, experiment, evidence)
        | {"y_label": "loss", "curves": list(_history("training/loss", evidence.records))},
        _chart("validation", "Meta-validation", VALIDATION.format(_tested(experiment)), experiment, evidence)
        | {"y_label": "accuracy, %", "curves": list(_history("training/validation", evidence.records))},
    )
    return [chart for chart in drawn if chart["curves"]]


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
    return "of the last iteration" if last else "that are best here"


def _tests(records: Sequence[Record]) -> Iterator[Drawing]:
    """A curve a test that was measured after more than one number of steps."""
    for test, declaration in records[0].settings["tests"].items():
        steps = sorted(
            int(found["steps"])
            for metric in records[0].metrics
            if (found := _METRIC.fullmatch(metric)) and found["test"] == test
        )
        if len(steps) > 1:
            yield _curve(test, declaration, steps, records)


def _curve(test: str, declaration: Mapping[str, Any], steps: Sequence[int], records: Sequence[Record]) -> Drawing:
    metrics = [[record.metrics[_metric(test, step)] for step in steps] for record in records]
    centre = np.mean([[each.value for each in line] for line in metrics], axis=0)
    spread = np.mean([[each.half_width for each in line] for line in metrics], axis=0)
    query, tasks = declaration["tasks"]["query"], metrics[0][0].tasks
    images = f"{query} query image{'' if query == 1 else 's'} a class"
    return {
        "label": f"{test.replace('-', ' ')} ({tasks:,} tasks, {images})",
        "x": list(steps),
        "centre": centre.tolist(),
        "low": (centre - spread).tolist(),
        "high": (centre + spread).tolist(),
    }


def _metric(test: str, steps: int) -> str:
    return f"{test}/{steps}-step{'' if steps == 1 else 's'}"


def _published(experiment: Experiment) -> Iterator[Drawing]:
    """What the paper prints, and what others measured step by step."""
    references, field = load_references(), load_field()
    for name, metric in {**experiment.answers, **ALSO_SHOWN.get(experiment.id, {})}.items():
        reference, found = references[name], _METRIC.fullmatch(metric)
        if found and reference.value is not None:
            yield _printed(reference, int(found["steps"]))
        yield from (_step_by_step(result) for result in field.get(name, ()) if result.after_steps)


def _printed(reference: Reference, steps: int) -> Drawing:
    place = reference.id.split("/")[0].replace("-", " ").capitalize()
    return {
        "label": f"paper, {place}",
        "x": [steps],
        "y": [reference.value],
        "plus_minus": None if reference.plus_minus is None else [reference.plus_minus],
    }


def _step_by_step(result: FieldResult) -> Drawing:
    known = [(steps, value) for steps, value in enumerate(result.after_steps) if value is not None]
    return {
        "label": result.source,
        "x": [steps for steps, _ in known],
        "y": [value for _, value in known],
        "plus_minus": None,
    }


def _history(name: str, records: Sequence[Record]) -> Iterator[Drawing]:
    """A curve a seed, from pairs of meta-iteration and value, `[points, 2]`."""
    for record in records:
        if name in record.arrays:
            parts = np.array_split(record.arrays[name], min(_MOST_POINTS, len(record.arrays[name])))
            means = np.array([part.mean(axis=0) for part in parts], dtype=float)
            yield {"label": f"seed {record.seed}", "x": means[:, 0].tolist(), "centre": means[:, 1].tolist()}
