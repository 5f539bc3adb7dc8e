"""Records: what one run measured, as objects and as JSON."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import ArrayLike, NDArray

from benchmarks import statistics
from benchmarks.errors import BenchmarkError
from benchmarks.records import storage

WEIGHTS = "weights/"  # Prefix of the arrays that hold meta-trained parameters.

Count = Annotated[int, Meta(ge=0)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{12}$", max_length=12)]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One measured number: the summary of its per-task values.

    Attributes:
        value: Mean over all tasks; not finite if any task diverged.
        median: Median over all tasks; a diverged task counts as the worst.
        tasks: Number of tasks.
        diverged: Number of tasks whose value is not finite or beyond the bound of the experiment.
        half_width: Half the 95 % interval over the finite tasks.
        better: Which way the metric is better; None if neither way is, or if the record is older than this field.
    """

    value: float
    median: float
    tasks: Count
    diverged: Count
    half_width: float
    better: statistics.Better | None = None

    def __post_init__(self) -> None:
        if self.diverged > self.tasks:
            raise ValueError(f"{self.diverged} diverged of {self.tasks} tasks")

    @classmethod
    def from_tasks(
        cls, values: ArrayLike, better: statistics.Better | None, diverged_above: float = math.inf
    ) -> "Metric":
        """Summarises per-task values.

        Args:
            values: Shape [tasks].
            better: Which way the metric is better. The median of a metric without a better way counts diverged
                tasks as if higher were better.
            diverged_above: A task whose absolute value is larger counts as diverged.
        """
        return cls(
            value=statistics.mean(values),
            median=statistics.median(values, better or "higher"),
            tasks=int(np.size(values)),
            diverged=statistics.diverged_tasks(values, diverged_above),
            half_width=statistics.half_width(values),
            better=better,
        )


@dataclass(frozen=True, kw_only=True)
class RecordDocument:
    """The part of a record that is stored as JSON.

    Attributes:
        schema: Version of this form.
        experiment: Id of the experiment, such as "sinusoid/maml".
        definition: Hash of `settings` (`benchmarks.declaring.settings`).
        settings: Everything that defines the numbers.
        scale: "smoke", "desktop" or "paper".
        reading: "text" or "code".
        seed: Seed of everything random.
        metrics: Summary of each metric, by metric id.
        cost: Seconds of meta-training, seconds per iteration, iterations, share of the input side, peak memory in
            bytes and, in newer records, seconds of meta-testing and peak memory of meta-training.
        device: Description of the device.
        status: "complete"; a run that ends otherwise leaves a `Failure` instead of a record.
        provenance: Commit, packages, data, command, times and host.
    """

    schema: Literal[1] = 1
    experiment: str
    definition: Hash
    settings: Mapping[str, Any]
    scale: str
    reading: str
    seed: int
    metrics: Mapping[str, Metric]
    cost: Mapping[str, Any]
    device: str
    status: Literal["complete"]
    provenance: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Record(RecordDocument):
    """What one run of one experiment with one seed measured.

    Attributes:
        arrays: Raw values: per metric id a float32 array of shape [tasks], and others by name. Those of a record
            that was read from disk are loaded when first used.
    """

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """Experiment, scale and reading, which records that differ only in the seed share."""
        return self.experiment, self.scale, self.reading

    @property
    def name(self) -> str:
        """Description of the record for messages."""
        return f"{self.experiment} ({self.scale}, {self.reading}, seed {self.seed})"

    def tasks(self, metric: str) -> NDArray[np.float64]:
        """Returns the per-task values of a metric, shape [tasks].

        Raises:
            BenchmarkError: The record holds no such values.
        """
        if metric not in self.arrays:
            raise BenchmarkError(f"the record {self.name} has no per-task values of {metric!r}")
        values = self.arrays[metric]
        if values.dtype.kind not in "fiu" or values.ndim != 1:
            raise BenchmarkError(
                f"the record {self.name} has {values.dtype} of shape {list(values.shape)} as per-task values of "
                f"{metric!r}; numbers of shape [tasks] are needed"
            )
        return np.asarray(values, dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Returns the record without its arrays as plain dictionaries, in the order of the schema."""
        values = {item.name: getattr(self, item.name) for item in fields(RecordDocument)}
        return {**values, "metrics": {name: asdict(metric) for name, metric in self.metrics.items()}}


def decode(document: object, path: Path, arrays: Mapping[str, NDArray[Any]]) -> Record:
    """Returns the record of the JSON object `document`, which was read from `path`.

    Raises:
        BenchmarkError: A field is missing or invalid.
    """
    stored = storage.checked(restore_floats(document), RecordDocument, f"{path} is no record")
    return Record(**vars(stored), arrays=arrays)


def restore_floats(document: object) -> object:
    """Returns the JSON object of a record with "nan", "inf" and "-inf" in its metrics and its cost as floats."""
    if not isinstance(document, dict):
        return document
    return {**document, **{name: _floats(document[name]) for name in ("metrics", "cost") if name in document}}


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _floats(entry) for key, entry in value.items()}
    return storage.NON_FINITE.get(value, value) if isinstance(value, str) else value


def differing_data(records: Iterable[Record]) -> str | None:
    """Describes the data sets whose checksums differ between records; None if there is none."""
    checksums: dict[str, set[str]] = {}
    for record in records:
        for name, checksum in record.provenance.get("data", {}).items():
            checksums.setdefault(name, set()).add(checksum)
    differing = {name: sorted(values) for name, values in checksums.items() if len(values) > 1}
    return ", ".join(f"{name} {' and '.join(v[:12] for v in values)}" for name, values in differing.items()) or None
