"""The paper's figures, redrawn from records: curves and pictures as data for the report."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.catalogue import CATALOGUE
from benchmarks.judgement.references import Reference, load_references
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.sinusoid import STEPS, name

Drawing = dict[str, Any]

# Label, experiment, reading.
CURVES = (
    ("MAML, code (step 0.001)", "sinusoid/maml", "code"),
    ("MAML, text (step 0.01)", "sinusoid/maml", "text"),
    ("pretrained, tuned step", "sinusoid/pretrained", "text"),
    ("oracle", "sinusoid/oracle", "code"),
)
PANELS = {"figure-3": "k-10", "figure-6/k-5": "k-5", "figure-6/k-10": "k-10", "figure-6/k-20": "k-20"}
CAPTION = "Mean squared error on 600 test tasks a seed; lines are medians over seeds, bands their whole range."
ALONE = " A run of another scale or definition is not set against the paper's numbers, which are left out."
FIGURE_3 = " The paper does not say which K this figure shows; K = 10 is assumed."
PICTURES = (
    ("MAML", "maml", "sinusoid/maml", "code"),
    ("pretrained", "pretrained", "sinusoid/pretrained", "text"),
)


def figures(measured: Measured) -> list[Drawing]:
    """Figures 3 and 6: error against gradient steps."""
    found = {label: measured.of(CATALOGUE[experiment], reading) for label, experiment, reading in CURVES}
    drawn = {label: evidence for label, evidence in found.items() if evidence}
    return [_figure(figure, test, drawn) for figure, test in PANELS.items()]


def _figure(figure: str, test: str, drawn: Mapping[str, Evidence]) -> Drawing:
    comparable = all(evidence.comparable for evidence in drawn.values())
    return {
        "id": figure,
        "title": f"{figure.split('/')[0].replace('-', ' ').capitalize()}: sinusoid regression, K = {test[2:]}",
        "caption": CAPTION + ("" if "/" in figure else FIGURE_3) + ("" if comparable else ALONE),
        "x_label": "gradient steps",
        "y_label": "mean squared error",
        "y_scale": "log",
        "curves": [curve for label, evidence in drawn.items() for curve in _curve(label, test, evidence)],
        "printed": list(_printed(figure, load_references().values())) if comparable else [],
    }


def _curve(label: str, test: str, evidence: Evidence) -> Iterator[Drawing]:
    """One curve, over the steps that all records hold; none if there is no such step."""
    metrics = {n: [record.metrics.get(f"{test}/{name(n)}") for record in evidence.records] for n in STEPS}
    held = {n: [each.value for each in line if each] for n, line in metrics.items() if all(line)}
    if not held:
        return
    values = np.array(list(held.values())).T
    worst_first = np.where(np.isfinite(values), values, np.inf)
    yield {
        "label": label + evidence.remark,
        "x": list(held),
        "centre": _finite(np.median(worst_first, axis=0)),
        "low": _finite(worst_first.min(axis=0)),
        "high": _finite(worst_first.max(axis=0)),
    }


def _printed(figure: str, references: Sequence[Reference] | Any) -> Iterator[Drawing]:
    for method, label in (("maml", "MAML"), ("pretrained", "pretrained")):
        points = [
            (int(reference.id.rsplit("/", 1)[1].split("-")[0]), reference.value)
            for reference in references
            if reference.id.startswith(f"{figure}/{method}/") and reference.value is not None
        ]
        if points:
            steps, values = zip(*points, strict=True)
            yield {"label": f"paper, {label}", "x": list(steps), "y": list(values), "plus_minus": None}


def pictures(measured: Measured) -> list[Drawing]:
    """Figures 2 and 7: a sine wave, the support points, predictions before and after adaptation."""
    drawn = []
    for figure, tasks in (("figure-2", (0,)), ("figure-7", (1, 2, 3))):
        for label, method, experiment, reading in PICTURES:
            evidence = measured.of(CATALOGUE[experiment], reading)
            if not evidence:
                continue
            for shot in (5, 10):
                drawn.append(
                    {
                        "id": f"{figure}/{method}/k-{shot}",
                        "title": f"{figure.replace('-', ' ').capitalize()}: {label}, K = {shot}{evidence.remark}",
                        "caption": f"Seed {evidence.records[0].seed}; support in the whole range and in its left half.",
                        "panels": [
                            panel
                            for test in (f"k-{shot}", f"k-{shot}-half")
                            for panel in _panels(evidence, f"picture/{test}", tasks)
                        ],
                    }
                )
    return [picture for picture in drawn if picture["panels"]]


def _panels(evidence: Evidence, picture: str, tasks: Sequence[int]) -> Iterator[Drawing]:
    """A panel a task; none if the record, an outdated one, does not hold the picture."""
    record = evidence.records[0]
    names = {key: f"{picture}/{key}" for key in ("descriptor", "support", "grid", "curves")}
    if not all(each in record.arrays for each in names.values()):
        return
    arrays = {key: record.arrays[each] for key, each in names.items()}
    steps = record.settings["pictures"][picture.removeprefix("picture/")]["steps"]
    grid = arrays["grid"].tolist()
    where = "left half" if picture.endswith("-half") else "whole range"
    for task in tasks:
        amplitude, phase = (float(value) for value in arrays["descriptor"][task])
        support = arrays["support"][task]
        yield {
            "title": f"amplitude {amplitude:.1f}, phase {phase:.1f}; support in the {where}",
            "truth": {"x": grid, "y": [amplitude * math.sin(x - phase) for x in grid]},
            "support": {"x": support[:, 0].tolist(), "y": support[:, 1].tolist()},
            "curves": [
                {"label": _after(step), "x": grid, "y": _finite(curve[task])}
                for step, curve in zip(steps, arrays["curves"], strict=True)
            ],
        }


def _after(steps: int) -> str:
    return "before" if steps == 0 else f"after {steps} step{'' if steps == 1 else 's'}"


def _finite(values: np.ndarray) -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]
