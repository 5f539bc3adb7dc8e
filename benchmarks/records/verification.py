"""Verification of records: a summary is believed only if the raw values give it, and a label only if the run had it."""

import itertools
import math
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from benchmarks.declaring.settings import is_definition
from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.record import Metric, Record
from benchmarks.statistics import Better

PARAMETERS = "parameters"
"""Metric id of the number of meta-trained parameters."""

_NUMBERS = ("value", "median", "tasks", "diverged", "half_width")
_TOLERANCE = 1e-9  # sums are rounded differently by other processors


def summarise(metric: str, values: ArrayLike, better: Better | None, settings: Mapping[str, Any]) -> Metric:
    """Summarises the per-task values of a metric as the settings of its experiment say.

    Args:
        metric: Metric id.
        values: Shape [tasks].
        better: Which way the metric is better.
        settings: From `Experiment.settings`; tasks beyond its `diverged_above` count as diverged.
    """
    bound = settings.get("diverged_above")
    return Metric.from_tasks(values, better, math.inf if bound is None or metric == PARAMETERS else bound)


def verify(record: Record) -> None:
    """Checks a record against its own raw values, settings and command.

    Raises:
        BenchmarkError: A summary differs from the raw values, the definition from the settings, or the experiment,
            scale, reading or seed from the command that made the record; or a cost or a checksum of data is of
            another type.
    """
    storage.checked(record.cost, dict[str, float], f"{record.name}: its cost is not valid")
    data = record.provenance.get("data", {})
    storage.checked(data, dict[str, str], f"{record.name}: its checksums of data are not valid")
    if not is_definition(record.definition, record.settings):
        raise BenchmarkError(f"{record.name} states definition {record.definition}, but its settings have another")
    _check_command(record)
    for metric, wrong in corrections(record).items():
        number = next(number for number in _NUMBERS if _differ(wrong, record.metrics[metric], number))
        stated, right = getattr(record.metrics[metric], number), getattr(wrong, number)
        raise BenchmarkError(f"{record.name} states {number} {stated!r} of {metric!r}, but its tasks give {right!r}")


def corrections(record: Record) -> dict[str, Metric]:
    """Returns the right summaries, by metric id, of those that differ from the raw values.

    Raises:
        BenchmarkError: The record lacks the per-task values of a metric.
    """
    found = {}
    for metric, stated in record.metrics.items():
        candidates = list(_recomputed(record, metric, stated))
        if not any(_same(stated, candidate) for candidate in candidates):
            found[metric] = candidates[0]
    return found


def check_no_copies(records: Iterable[Record]) -> None:
    """Checks that no two seeds agree in every raw value: such records are copies.

    Raises:
        BenchmarkError: A record is a copy of another seed.
    """
    seen: dict[object, Record] = {}
    for record in records:
        tasks = [record.tasks(metric) for metric in sorted(record.metrics)]
        # Seeds that diverged everywhere, or that all measure one constant, are no copies.
        if not any(np.unique(values[np.isfinite(values)]).size > 1 for values in tasks):
            continue
        content = b"|".join(values.tobytes() for values in tasks)
        other = seen.setdefault((record.key, record.definition, content), record)
        if other.seed != record.seed:
            raise BenchmarkError(
                f"{record.name} has the same raw values as seed {other.seed}: one is a copy of the other"
            )


def _recomputed(record: Record, metric: str, stated: Metric) -> Iterator[Metric]:
    """Yields the summaries that the raw values may have, the right one first.

    Records that are older than the field `better` leave open which way the median counts diverged tasks.
    """
    values = record.tasks(metric)
    differences = record.settings.get("differences", {})
    known: Better | None = stated.better or ("higher" if metric in differences or np.isfinite(values).all() else None)
    for better in (known,) if known else ("lower", "higher"):
        yield replace(summarise(metric, values, better, record.settings), better=stated.better)


def _same(left: Metric, right: Metric) -> bool:
    return not any(_differ(left, right, number) for number in _NUMBERS)


def _differ(left: Metric, right: Metric, number: str) -> bool:
    one, other = getattr(left, number), getattr(right, number)
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) != math.isnan(other)
    return not math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=1e-12)


def _check_command(record: Record) -> None:
    """Checks that the command that made the record, if it is known, is of this experiment, scale, reading and seed."""
    command = record.provenance.get("command")
    try:
        words = shlex.split(command) if isinstance(command, str) else []
    except ValueError:
        words = []
    labels = {"run": record.experiment, "--scale": record.scale, "--reading": record.reading, "--seed": record.seed}
    for word, following in itertools.pairwise(words):
        if word in labels and following != str(labels[word]):
            raise BenchmarkError(f"{record.name} was made by '{command}': it is labelled as another run")
