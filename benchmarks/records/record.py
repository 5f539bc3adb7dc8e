"""One record: what one run measured, as an object and as a JSON object."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import ArrayLike, NDArray

from benchmarks import statistics
from benchmarks.errors import BenchmarkError
from benchmarks.records import storage

SCHEMA = 1
WEIGHTS = "weights/"  # arrays of a record whose names begin so are the meta-trained parameters
STATUSES = ("complete",)  # a run that ended otherwise leaves no record (`benchmarks.records.failures`)
_DEFINITION = re.compile(r"[0-9a-f]{12}")
_FIELDS: Mapping[str, type] = {
    "schema": int,
    "experiment": str,
    "definition": str,
    "settings": dict,
    "scale": str,
    "reading": str,
    "seed": int,
    "metrics": dict,
    "cost": dict,
    "device": str,
    "status": str,
    "provenance": dict,
}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One measured number: the summary of its per-task values.

    Attributes:
        value: The mean over all tasks; not finite if any task diverged.
        median: The median over all tasks, a diverged task counting as the worst.
        tasks: The number of tasks.
        diverged: How many of them have no finite value, or one beyond the experiment's bound.
        half_width: Of the 95 % interval over the finite tasks.
    """

    value: float
    median: float
    tasks: int
    diverged: int
    half_width: float

    @classmethod
    def from_tasks(cls, values: ArrayLike, better: statistics.Better, diverged_above: float = math.inf) -> "Metric":
        """Summarises per-task values of shape [tasks]; those above `diverged_above` count as diverged."""
        return cls(
            value=statistics.mean(values),
            median=statistics.median(values, better),
            tasks=int(numpy.size(values)),
            diverged=statistics.diverged_tasks(values, diverged_above),
            half_width=statistics.half_width(values),
        )


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one run of one experiment with one seed measured.

    Attributes:
        experiment: Id of the experiment, such as "sinusoid/maml".
        definition: Hash of `settings` (`benchmarks.definition`).
        settings: Everything that defines the numbers.
        scale: "smoke", "desktop" or "paper".
        reading: "text" or "code".
        seed: The seed that reached everything random.
        metrics: The summary of each metric, by metric id.
        cost: Seconds of meta-training, seconds per iteration, iterations, share of the input side, peak memory in
            bytes, and, in younger records, seconds of meta-tests and the peak of meta-training.
        device: In words.
        status: "complete".
        provenance: Commit, packages, data, command, times, host.
        arrays: Raw values: per metric id a float32 array of shape [tasks], and others by name. Empty in
            a record that was just made; read from disk when first used in one that was read.
    """

    experiment: str
    definition: str
    settings: Mapping[str, Any]
    scale: str
    reading: str
    seed: int
    metrics: Mapping[str, Metric]
    cost: Mapping[str, Any]
    device: str
    status: str
    provenance: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """Experiment, scale and reading: records that differ in no more than the seed share it."""
        return self.experiment, self.scale, self.reading

    @property
    def name(self) -> str:
        """The record in words, for messages."""
        return f"{self.experiment} ({self.scale}, {self.reading}, seed {self.seed})"

    def tasks(self, metric: str) -> NDArray[numpy.float64]:
        """The per-task values of a metric, shape [tasks].

        Raises:
            BenchmarkError: The record holds no such values.
        """
        if metric not in self.arrays:
            raise BenchmarkError(f"the record {self.name} has no per-task values of {metric!r}")
        return numpy.asarray(self.arrays[metric], dtype=numpy.float64)

    def to_json(self) -> dict[str, Any]:
        """All of the record but its arrays, as plain dictionaries in the order of the schema."""
        values = {name: getattr(self, name) for name in _FIELDS if name != "schema"}
        return {"schema": SCHEMA, **values, "metrics": {key: asdict(m) for key, m in self.metrics.items()}}


def other_data(records: Iterable[Record]) -> str | None:
    """Which data set records do not share, by the checksums that those state which state one; None if all agree."""
    found: dict[str, set[str]] = {}
    for record in records:
        for name, checksum in record.provenance.get("data", {}).items():
            found.setdefault(name, set()).add(checksum)
    told = [
        f"{name} {' and '.join(sorted(each[:12] for each in sums))}" for name, sums in found.items() if len(sums) > 1
    ]
    return ", ".join(told) or None


def decode(document: object, path: Path, arrays: Mapping[str, NDArray[Any]]) -> Record:
    """A record from its JSON object, which `path` holds.

    Raises:
        BenchmarkError: A field is missing or is not what the schema says.
    """
    try:
        values = _checked_fields(document)
        metrics = {key: _metric(key, entry) for key, entry in values["metrics"].items()}
    except ValueError as error:
        raise BenchmarkError(f"{path} is no record: {error}") from None
    cost = {key: _number_or_same(entry) for key, entry in values["cost"].items()}
    return Record(**{**values, "metrics": metrics, "cost": cost}, arrays=arrays)


def _checked_fields(document: object) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ValueError(f"it is a {type(document).__name__}, not an object")
    for name, kind in _FIELDS.items():
        if name not in document:
            raise ValueError(f"the field {name!r} is missing")
        if type(document[name]) is not kind:
            raise ValueError(f"{name!r} is {document[name]!r:.80}, not a {kind.__name__}")
    if document["schema"] != SCHEMA:
        raise ValueError(f"its schema is {document['schema']}; this program reads {SCHEMA}")
    if not _DEFINITION.fullmatch(document["definition"]):
        raise ValueError(f"'definition' is {document['definition']!r:.80}, not 12 hexadecimal digits")
    if document["status"] not in STATUSES:
        raise ValueError(f"'status' is {document['status']!r:.80}; allowed: {', '.join(STATUSES)}")
    return {name: document[name] for name in _FIELDS if name != "schema"}


def _metric(name: str, entry: object) -> Metric:
    if not isinstance(entry, dict):
        raise ValueError(f"metric {name!r} is {entry!r:.80}, not an object")
    try:
        counts = {key: _count(entry[key]) for key in ("tasks", "diverged")}
        numbers = {key: _number(entry[key]) for key in ("value", "median", "half_width")}
    except KeyError as error:
        raise ValueError(f"metric {name!r} has no {error}") from None
    except ValueError as error:
        raise ValueError(f"metric {name!r} has {error}") from None
    if counts["diverged"] > counts["tasks"]:
        raise ValueError(f"metric {name!r} has {counts['diverged']} diverged of {counts['tasks']} tasks")
    return Metric(**numbers, tasks=counts["tasks"], diverged=counts["diverged"])


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r:.80} where a count belongs")
    return value


def _number(value: object) -> float:
    number = _number_or_same(value)
    if type(number) not in (int, float):
        raise ValueError(f"{value!r:.80} where a number belongs")
    try:
        return float(number)
    except OverflowError:
        raise ValueError(f"{value!r:.80}, which is too large") from None


def _number_or_same(value: Any) -> Any:
    return storage.NON_FINITE.get(value, value) if isinstance(value, str) else value
