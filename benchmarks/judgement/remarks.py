"""What a row says about itself in words: the footnotes that depend on what was measured."""

import math
from collections.abc import Iterator

import numpy as np

from benchmarks import statistics
from benchmarks.experiment import Experiment
from benchmarks.judgement.judged import judged
from benchmarks.judgement.references import Reference
from benchmarks.records.evidence import Evidence, Measured


def remarks(
    reference: Reference, experiment: Experiment, metric: str, evidence: Evidence, measured: Measured
) -> Iterator[str]:
    """How a reference was judged, why it could not be, and what its other reading gives.

    Args:
        reference: what the paper prints or says.
        experiment: what answers it.
        metric: id of the metric that does.
        evidence: the records that speak for it.
        measured: all records, for the other reading.
    """
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
    judgement, values = judged(reference, metric, evidence)
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
