"""Omniglot experiments side by side: ablations, and first-order MAML beside the results of others."""

from collections.abc import Sequence

from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.experiments.omniglot import ablations, declarations
from benchmarks.family import Analysis, Drawing
from benchmarks.figures.charts import bar, change, field_bar
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from benchmarks.records.references import load_field

ABLATIONS = (
    "Omniglot 5-way 1-shot without convolutions, tested on {tasks:,} tasks with 15 query images per class after 3 "
    "steps. One choice is changed at a time, and all were run at the same scale{reduced}. With the choices of the "
    "authors' code the accuracy is {base:.1f} %. Bars are 95 % intervals of the difference over tasks."
)
METRIC = "tight-protocol/3-steps"
FIRST_ORDER = (
    "MAML without second derivatives, for which the paper has no results on Omniglot. Our results use the paper's "
    "protocol after 3 (5-way) or 5 steps (20-way), at the paper's scale only. Bars are 95 % intervals over tasks; for "
    "the results of others they are as reported."
)
FIRST_ORDER_SOURCE = "Nichol et al. 2018 (Reptile)"
SETTINGS = tuple(f"{ways}-way-{shot}-shot" for ways in (5, 20) for shot in (1, 5))
EXPERIMENTS = {experiment.id: experiment for experiment in declarations.EXPERIMENTS}


def compare_ablations(measured: Measured) -> list[Drawing]:
    """Draws the ablations beside their base, at the largest scale at which both were run."""
    for scale in reversed(SCALES):
        base = _current(declarations.NO_CONV_5_WAY_1_SHOT, scale, measured)
        variants = {each.title: _current(each, scale, measured) for each in ablations.EXPERIMENTS}
        if not base or not any(variants.values()):
            continue
        reduced = "" if scale == "paper" else " (a reduced run)"
        tasks, reference = base[0].metrics[METRIC].tasks, bar(METRIC, base)
        return [
            {
                "id": "ablations",
                "title": f"Ablations, {scale} scale",
                "caption": ABLATIONS.format(tasks=tasks, reduced=reduced, base=reference["value"]),
                "x_label": "change of accuracy, percentage points",
                "zero": "as in the authors' code",
                "series": ["ours"],
                "lines": [
                    {"label": label, "values": [change(bar(METRIC, records), reference)]}
                    for label, records in variants.items()
                    if records
                ],
            }
        ]
    return []


def _current(experiment: Experiment, scale: str, measured: Measured) -> Sequence[Record]:
    """Returns the records of a scale that were made under the definition that the catalogue has now."""
    return measured.current(experiment, scale, experiment.primary)


def compare_first_order(measured: Measured) -> list[Drawing]:
    """Draws first-order MAML beside the results of others, if any of it was run at the paper's scale."""
    lines = [_first_order(setting, measured) for setting in SETTINGS]
    if not any(line["values"][0] for line in lines):
        return []
    return [
        {
            "id": "first-order",
            "title": "First-order MAML on Omniglot",
            "caption": FIRST_ORDER,
            "x_label": "accuracy, %",
            "series": ["ours", FIRST_ORDER_SOURCE],
            "lines": lines,
        }
    ]


def _first_order(setting: str, measured: Measured) -> Drawing:
    experiment, exact = (EXPERIMENTS[f"omniglot/{method}-{setting}"] for method in ("maml-first-order", "maml"))
    row = f"table-1/maml/omniglot-{setting}"
    theirs = next(result for result in load_field()[row] if result.source.startswith(FIRST_ORDER_SOURCE))
    evidence = measured.of(experiment, experiment.primary)
    ours = bar(exact.answers[row], evidence.records) if evidence and evidence.comparable else None
    _, _, label = experiment.title.partition(", ")
    return {"label": label, "values": [ours, field_bar(theirs)]}


ANALYSIS = Analysis(comparisons=(compare_ablations, compare_first_order))
