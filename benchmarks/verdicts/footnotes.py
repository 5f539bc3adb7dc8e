"""The footnotes of a row that depend on what was measured."""

import math
from collections.abc import Iterator

import numpy as np

from benchmarks import statistics
from benchmarks.declaring.experiment import Experiment
from benchmarks.metric_ids import StepMetric
from benchmarks.records.by_task import repeated, results_by_task
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.records.references import Reference
from benchmarks.verdicts.assessment import assess_reference

_OUTDATED = "Measured under another definition than the current one; run it again."


def footnotes(
    reference: Reference, experiment: Experiment, metric: str, evidence: Evidence, measured: Measured
) -> Iterator[str]:
    """Yields how a reference was assessed, why it could not be, and the result in the other reading.

    Args:
        reference: The number or statement of the paper.
        experiment: The experiment that answers it.
        metric: Id of the metric that answers it.
        evidence: The records that the row shows.
        measured: All records, for the other reading.
    """
    if reference.metric == "statement":
        yield "Assessed by the median over tasks, for each seed, of the difference of the two errors."
    if reference.metric == "picture":
        yield "This reference is a picture; ours is among the figures of this report."
    if reference.metric == "ratio":
        yield _costs(evidence)
    if reference.metric == "count":
        yield from _count_footnotes(metric, evidence)
        return
    if fresh := measured.weaker_fresh(experiment, evidence.reading):
        counts = f"has more seeds ({len(evidence.records)}) than the fresh records ({len(fresh.records)})"
        yield f"The accepted baseline is shown because it {counts}. {_other(reference, metric, fresh, 'fresh records')}"
    if evidence.diverged:
        lost = ", ".join(map(str, evidence.diverged))
        yield f"The meta-training of further seeds diverged, so that they have no record: {lost}."
    yield from _paired(reference, experiment, metric, evidence)
    if evidence.scale != "paper":
        yield f"A reduced run ({evidence.scale} scale), which is not compared with the paper's number."
    elif not evidence.current:
        yield _OUTDATED
    if len({experiment.definition("paper", reading) for reading in experiment.readings}) == 1:
        return
    for reading in experiment.readings:
        other = measured.of(experiment, reading)
        if reading != evidence.reading and other and other.scale == evidence.scale:
            yield _other(reference, metric, other, f"{reading} reading")


def _costs(evidence: Evidence) -> str:
    rate, memory = (
        100 * np.median([record.metrics[name].median for record in evidence.records]) for name in ("rate", "memory")
    )
    return (
        "The fraction of time saved, median over rounds. "
        f"The rate in meta-iterations per second increases by {rate:.0f} %; "
        f"peak memory is {memory:.0f} % of its value without the change."
    )


def _paired(reference: Reference, experiment: Experiment, metric: str, evidence: Evidence) -> Iterator[str]:
    """Yields the comparison with the authors' results task by task, where they released them."""
    if found := repeated(reference.id):
        yield (
            f"The authors' {found.tasks} results are {found.distinct} numbers, repeated: the tasks were run with the "
            "same random numbers. The printed ± does not show how far another run falls, so ours over "
            f"{found.distinct} tasks takes its place, and results are not compared task by task."
        )
    difference = paired(reference.id, experiment, metric, evidence)
    if difference:
        yield (
            f"On the authors' {difference.tasks} test tasks, ours minus theirs is {difference.mean:+.3g} ± "
            f"{difference.half_width:.2g} (95 %, paired by task); ours is higher on {difference.higher} tasks; "
            f"p = {difference.p_value:.2g} in Wilcoxon's signed-rank test. Theirs is a single training seed."
        )


def paired(
    reference: str, experiment: Experiment, metric: str, evidence: Evidence
) -> statistics.PairedDifference | None:
    """Compares our mean over seeds with the authors' result on each of the same tasks; None where it cannot be done.

    It cannot where the authors' results repeat, because equal runs are no independent pairs.
    """
    theirs, shown = results_by_task().get(reference), StepMetric.parse(metric)
    if not theirs or repeated(reference):
        return None
    if not shown or shown.test not in experiment.paired_tests or not evidence.comparable:
        return None
    seeds = [record.tasks(metric) for record in evidence.records if metric in record.arrays]
    if not seeds or any(len(tasks) != len(theirs) or not np.isfinite(tasks).all() for tasks in seeds):
        return None
    return statistics.paired_difference(np.mean(seeds, axis=0), theirs)


def _count_footnotes(metric: str, evidence: Evidence) -> Iterator[str]:
    yield "A count has no spread and depends neither on the scale nor on training, so it is either equal or not."
    if not all(metric in record.metrics for record in evidence.records):
        yield "A record does not hold the count; run it again."
    elif not evidence.current:
        yield _OUTDATED


def _other(reference: Reference, metric: str, evidence: Evidence, name: str) -> str:
    """Returns the result of records that the row does not show, in words; `name` says which ones."""
    assessment, values = assess_reference(reference, metric, evidence)
    metrics = [record.metrics[metric] for record in evidence.records if metric in record.metrics]
    if not metrics:
        return f"This is not measured in the {name}."
    mean = statistics.mean(values)
    median = float(np.median([summary.median for summary in metrics]))
    diverged, tasks = sum(summary.diverged for summary in metrics), sum(summary.tasks for summary in metrics)
    return (
        f"The {name} over {len(values)} seed{'s'[: len(values) > 1]}: {assessment.verdict}; "
        f"mean {f'{mean:.3g}' if math.isfinite(mean) else 'not finite'}, median {median:.3g}, "
        f"{diverged} of {tasks} tasks diverged."
    )
