"""What one choice changes: experiments and variants side by side, as data for the report."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks import ablations, omniglot, released_weights
from benchmarks.catalogue import CATALOGUE
from benchmarks.experiment import SCALES, Experiment
from benchmarks.judgement.claims import OMNIGLOT_FIRST_ORDER
from benchmarks.judgement.references import FieldResult, load_field
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record

Drawing = dict[str, Any]

ABLATIONS = (
    "Omniglot 5-way 1-shot without convolutions, tested on {tasks:,} tasks with 15 query images a class after 3 steps. "
    "One choice is changed at a time, and every line was run at the same scale{reduced}. "
    "Bars are 95 % intervals over tasks."
)
NORMALISATIONS = (
    "MiniImagenet 5-way 1-shot. Ours: the authors' released weights, which were meta-trained with the batch at hand, "
    "after 10 steps on {tasks:,} tasks{reduced}. Theirs: first-order MAML, meta-trained and tested with each. So the "
    "numbers need not agree, only their order. Bars are 95 % intervals over tasks."
)
FIRST_ORDER = (
    "MAML without second derivatives, of which the paper has no such rows: ours by its protocol, after 3 (5-way) or 5 "
    "steps (20-way), at its scale alone. Bars are 95 % intervals over tasks, theirs as they give them."
)
REDUCED = " (a reduced run)"
METRIC = "tight-protocol/3-steps"
ROW = "table-1/maml-first-order/mini-imagenet-5-way-1-shot"
FIRST_ORDER_SOURCE = "Nichol et al. 2018 (Reptile)"
NORMALISATION_SOURCE = "Bronskill et al. 2020 (arXiv:2003.03284)"
BATCH = "batch at hand"
# Our test of the released weights, by how the source names the normalisation.
TESTS = {
    BATCH: "paper-protocol",
    "statistics of the support set (MetaBN)": "support-set",
    "statistics of one query example at a time": "one-query-at-a-time",
    "running averages": "running-averages",
}


def comparisons(measured: Measured) -> list[Drawing]:
    """The ablations beside their base, normalisations and first order beside those of others; if they were run."""
    return [*_ablations(measured), *_normalisations(measured), *_first_order(measured)]


def _ablations(measured: Measured) -> Iterator[Drawing]:
    base, variants = omniglot.NO_CONV_5_WAY_1_SHOT, ablations.EXPERIMENTS
    for scale in reversed(SCALES):
        runs = {each.title: _runs(each, scale, measured) for each in variants}
        if not (ours := _runs(base, scale, measured)) or not any(runs.values()):
            continue
        lines = {"as the authors' code": ours, **runs}
        yield {
            "id": "ablations",
            "title": f"Ablations, {scale} scale",
            "caption": ABLATIONS.format(tasks=ours[0].metrics[METRIC].tasks, reduced=_reduced(scale)),
            "x_label": "accuracy, %",
            "series": ["ours"],
            "lines": [{"label": label, "values": [_ours(METRIC, run)]} for label, run in lines.items() if run],
        }
        return


def _runs(experiment: Experiment, scale: str, measured: Measured) -> list[Record]:
    """Records of a scale that were made under the definition that the catalogue has now."""
    definition = experiment.definition(scale, experiment.primary)
    return [record for record in measured.everything_of(experiment) if record.definition == definition]


def _normalisations(measured: Measured) -> Iterator[Drawing]:
    evidence = measured.of(released_weights.RELEASED_WEIGHTS, "code")
    if not evidence or not evidence.current:
        return
    theirs = [result for result in load_field()[ROW] if result.source.startswith(NORMALISATION_SOURCE)]
    tasks = evidence.records[0].metrics["paper-protocol/10-steps"].tasks
    yield {
        "id": "normalisation",
        "title": f"What batch normalisation normalises with, {evidence.scale} scale",
        "caption": NORMALISATIONS.format(tasks=tasks, reduced=_reduced(evidence.scale)),
        "x_label": "accuracy, %",
        "series": ["ours", NORMALISATION_SOURCE],
        "lines": [_normalisation(result, evidence.records) for result in theirs],
    }


def _normalisation(result: FieldResult, records: Sequence[Record]) -> Drawing:
    _, _, named = result.setting.partition("normalisation: ")
    label = named or BATCH
    ours = _ours(f"{TESTS[label]}/10-steps", records) if label in TESTS else None
    return {"label": label, "values": [ours, _theirs(result)]}


def _first_order(measured: Measured) -> Iterator[Drawing]:
    lines = [
        _without_second_derivatives(CATALOGUE[experiment], CATALOGUE[exact], measured)
        for experiment, exact in OMNIGLOT_FIRST_ORDER
    ]
    if not any(ours for ours, _ in (line["values"] for line in lines)):
        return
    yield {
        "id": "first-order",
        "title": "First-order MAML on Omniglot",
        "caption": FIRST_ORDER,
        "x_label": "accuracy, %",
        "series": ["ours", FIRST_ORDER_SOURCE],
        "lines": lines,
    }


def _without_second_derivatives(experiment: Experiment, exact: Experiment, measured: Measured) -> Drawing:
    row, metric = next(answer for answer in exact.answers.items() if answer[0].startswith("table-1/"))
    theirs = next(result for result in load_field()[row] if result.source.startswith(FIRST_ORDER_SOURCE))
    evidence = measured.of(experiment, experiment.primary)
    ours = _ours(metric, evidence.records) if evidence and evidence.comparable else None
    _, _, label = experiment.title.partition(", ")
    return {"label": label, "values": [ours, _theirs(theirs)]}


def _ours(metric: str, records: Sequence[Record]) -> dict[str, float]:
    found = [record.metrics[metric] for record in records]
    return {
        "value": float(np.mean([each.value for each in found])),
        "half_width": float(np.mean([each.half_width for each in found])),
        "diverged": sum(each.diverged for each in found),
    }


def _theirs(result: FieldResult) -> dict[str, float | None] | None:
    """What others report, if it is a number."""
    return None if result.value is None else {"value": result.value, "half_width": result.plus_minus}


def _reduced(scale: str) -> str:
    return "" if scale == "paper" else REDUCED
