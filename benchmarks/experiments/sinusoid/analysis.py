"""The paper's figures on sinusoids, redrawn from records: error over gradient steps, and pictures of predictions."""

import math
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.experiments.sinusoid.declarations import MAML, ORACLE, PRETRAINED, STEPS
from benchmarks.family import Analysis, Drawing
from benchmarks.figures.charts import finite, median_curve, printed_points
from benchmarks.metric_ids import StepMetric
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.records.references import load_references

# Label, experiment, reading.
CURVES = (
    ("MAML, code (inner learning rate 0.001)", MAML, "code"),
    ("MAML, text (inner learning rate 0.01)", MAML, "text"),
    ("pretrained, tuned learning rate", PRETRAINED, "text"),
    ("oracle", ORACLE, "code"),
)
PANELS = {"figure-6/k-5": "k-5", "figure-6/k-10": "k-10", "figure-6/k-20": "k-20"}
CAPTION = (
    "Mean squared error on the test tasks of each seed, 600 at the paper's scale. Lines are medians over seeds; bands "
    "are their range."
)
NOT_COMPARED = (
    " The paper's numbers are left out, since a run of another scale or definition is not compared with them."
)
# Figure 3 shows the same curves as this panel. The paper does not say which K it shows.
FIGURE_3 = "figure-6/k-10"
ALSO_FIGURE_3 = (
    " These are also the curves of Figure 3; the paper does not say which K it shows, and K = 10 is assumed."
)
# Label, method in the ids of references, experiment, reading.
PICTURES = (("MAML", "maml", MAML, "code"), ("pretrained", "pretrained", PRETRAINED, "text"))


def figures(measured: Measured) -> list[Drawing]:
    """Draws Figures 3 and 6: error over gradient steps."""
    drawn = {label: evidence for label, experiment, reading in CURVES if (evidence := measured.of(experiment, reading))}
    return [_figure(figure, test, drawn) for figure, test in PANELS.items()]


def _figure(figure: str, test: str, drawn: Mapping[str, Evidence]) -> Drawing:
    comparable = all(evidence.comparable for evidence in drawn.values())
    return {
        "id": figure,
        "title": f"{figure.split('/')[0].replace('-', ' ').capitalize()}: sinusoid regression, K = {test[2:]}",
        "also": ["figure-3"] if figure == FIGURE_3 else [],
        "caption": CAPTION + (ALSO_FIGURE_3 if figure == FIGURE_3 else "") + ("" if comparable else NOT_COMPARED),
        "x_label": "gradient steps",
        "y_label": "mean squared error",
        "y_scale": "log",
        "curves": [curve for label, evidence in drawn.items() for curve in median_curve(label, test, STEPS, evidence)],
        "printed": list(_printed(figure)) if comparable else [],
    }


def _printed(figure: str) -> Iterator[Drawing]:
    references = load_references()
    for label, method, _, _ in PICTURES:
        ids = {steps: str(StepMetric(f"{figure}/{method}", steps)) for steps in STEPS}
        points = [(steps, references[name]) for steps, name in ids.items() if name in references]
        yield from printed_points(f"paper, {label}", points)


def pictures(measured: Measured) -> list[Drawing]:
    """Draws Figures 2 and 7: a sine wave, the support points, and predictions before and after adaptation."""
    drawn = [
        _picture(figure, tasks, f"{label}, K = {shot}", f"{method}/k-{shot}", evidence)
        for figure, tasks in (("figure-2", (0,)), ("figure-7", (1, 2, 3)))
        for label, method, experiment, reading in PICTURES
        if (evidence := measured.of(experiment, reading))
        for shot in (5, 10)
    ]
    return [picture for picture in drawn if picture["panels"]]


def _picture(figure: str, tasks: Sequence[int], label: str, name: str, evidence: Evidence) -> Drawing:
    shot = name.rpartition("/")[2]
    return {
        "id": f"{figure}/{name}",
        "title": f"{figure.replace('-', ' ').capitalize()}: {label}{evidence.label_suffix}",
        "caption": f"Seed {evidence.records[0].seed}. Support in the whole range, and in its left half.",
        "panels": [panel for test in (shot, f"{shot}-half") for panel in _panels(evidence, f"picture/{test}", tasks)],
    }


def _panels(evidence: Evidence, picture: str, tasks: Sequence[int]) -> Iterator[Drawing]:
    """Yields a panel for each task, or nothing if the record is an outdated one without the picture."""
    record = evidence.records[0]
    names = {key: f"{picture}/{key}" for key in ("descriptor", "support", "grid", "curves")}
    if not all(name in record.arrays for name in names.values()):
        return
    arrays = {key: record.arrays[name] for key, name in names.items()}
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
                {"label": _after(step), "x": grid, "y": finite(curve[task])}
                for step, curve in zip(steps, arrays["curves"], strict=True)
            ],
        }


def _after(steps: int) -> str:
    return "before adaptation" if steps == 0 else f"after {steps} step{'' if steps == 1 else 's'}"


ANALYSIS = Analysis(figures=(figures,), pictures=(pictures,))
