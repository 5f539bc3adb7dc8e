"""Records of speed comparisons: how long one meta-iteration takes on each side, and how the time grows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta

from benchmarks.errors import BenchmarkError
from benchmarks.records import provenance, storage, store
from benchmarks.records.baselines import Acceptance, check_words, now
from benchmarks.records.references import REFERENCE_RESULTS

FOLDER = REFERENCE_RESULTS / "speed"
OURS = "ours"
Axis = Literal["steps", "tasks", "ways", "shots"]

Milliseconds = Annotated[float, Meta(gt=0)]
Round = Annotated[list[Milliseconds], Meta(min_length=2, max_length=2)]
Rounds = Annotated[list[Round], Meta(min_length=1)]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What this machine can do, and what a meta-iteration needs at least.

    Attributes:
        operations: Multiplications and additions of the convolutions and matrix products, exact meta-gradient.
        first_order_operations: The same without second derivatives.
        bytes: Bytes of the feature maps that these products read and write, exact meta-gradient.
        first_order_bytes: The same without second derivatives.
        operations_per_second: Of the best matrix product in the same run.
        bytes_per_second: Of the best copy in the same run.
    """

    operations: int
    first_order_operations: int
    bytes: int
    first_order_bytes: int
    operations_per_second: Annotated[float, Meta(gt=0)]
    bytes_per_second: Annotated[float, Meta(gt=0)]

    def milliseconds(self, *, first_order: bool) -> float:
        """Returns the time that the operations or the bytes need, whichever is longer."""
        operations = self.first_order_operations if first_order else self.operations
        moved = self.first_order_bytes if first_order else self.bytes
        return 1e3 * max(operations / self.operations_per_second, moved / self.bytes_per_second)


@dataclass(frozen=True, kw_only=True)
class SpeedRecord:
    """Time and memory of one meta-iteration, measured alternately with this library in one run.

    Attributes:
        schema: Version of this form.
        workload: Name of the comparison.
        experiment: Id of the experiment whose settings all sides use.
        problem: Network and settings, as plain data.
        titles: What each side is, by name.
        first_order: Names of the sides that drop second derivatives.
        rounds_ms: Milliseconds of a meta-iteration of this library and of a peer in each round, by name of the peer.
        median_ms: Median over rounds, by side.
        spread: Shortest and longest round, by side.
        ratios: Time of the peer divided by that of this library, the median over rounds, by peer.
        share_of_limit: Time that the counted work needs at least, divided by the median, by side.
        peak_mb: Peak memory of the process in MB, by side.
        gradient_difference: Largest relative difference of a part of the meta-gradient from ours, by peer.
        limit: The counted work, and the speed of the machine.
        left_out: Why sides were left out, one line for each.
        cores: Number of CPU cores.
        device: Name of the GPU on which all sides computed; empty for the CPU.
        versions: Versions of the packages that were used.
        provenance: Commit, command, time and host.
        accepted: When the record was accepted, by whom and why.
    """

    schema: Literal[1] = 1
    workload: str
    experiment: str
    problem: Mapping[str, Any]
    titles: Mapping[str, str]
    first_order: Sequence[str]
    rounds_ms: Annotated[dict[str, Rounds], Meta(min_length=1)]
    median_ms: Mapping[str, float]
    spread: Mapping[str, tuple[float, float]]
    ratios: Mapping[str, float]
    share_of_limit: Mapping[str, float]
    peak_mb: Mapping[str, float]
    limit: Limit
    left_out: Sequence[str]
    cores: int
    versions: Mapping[str, str]
    provenance: Mapping[str, Any]
    device: str = ""
    gradient_difference: Mapping[str, float] = field(default_factory=dict)
    accepted: Acceptance | None = None

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.workload}-gpu" if self.device else self.workload

    @property
    def title(self) -> str:
        """Workload and, if it is not the CPU, device."""
        return f"{self.workload} on {self.device}" if self.device else self.workload


@dataclass(frozen=True, kw_only=True)
class GrowthPoint:
    """Time and memory at one value of a setting.

    Attributes:
        value: The value.
        rounds_ms: Milliseconds of a meta-iteration of this library and of the peer in each round.
        peak_mb: Peak memory of the two processes in MB.
    """

    value: int
    rounds_ms: Rounds
    peak_mb: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class GrowthRecord:
    """How time and memory of this library and of one peer grow with a setting.

    Attributes:
        schema: Version of this form.
        workload: Name of the comparison.
        experiment: Id of the experiment whose settings are used, except for the one that grows.
        axis: The setting that grows.
        peer: Name of the peer.
        title: What the peer is.
        points: What was measured, in the order of the values.
        cores: Number of CPU cores.
        versions: Versions of the packages that were used.
        provenance: Commit, command, time and host.
        accepted: When the record was accepted, by whom and why.
    """

    schema: Literal[1] = 1
    workload: str
    experiment: str
    axis: Axis
    peer: str
    title: str
    points: Annotated[list[GrowthPoint], Meta(min_length=1)]
    cores: int
    versions: Mapping[str, str]
    provenance: Mapping[str, Any]
    accepted: Acceptance | None = None

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.workload}-by-{self.axis}"


AnyRecord = SpeedRecord | GrowthRecord


def summaries(
    rounds_ms: Mapping[str, Sequence[Sequence[float]]], limit: Limit, first_order: Sequence[str]
) -> dict[str, Any]:
    """Returns what follows from the rounds: `median_ms`, `spread`, `ratios` and `share_of_limit`."""
    pairs = {peer: np.array(rounds) for peer, rounds in rounds_ms.items()}
    times = {OURS: np.concatenate([each[:, 0] for each in pairs.values()])}
    times |= {peer: each[:, 1] for peer, each in pairs.items()}
    medians = {side: float(np.median(each)) for side, each in times.items()}
    return {
        "median_ms": medians,
        "spread": {side: (float(each.min()), float(each.max())) for side, each in times.items()},
        "ratios": {peer: float(np.median(each[:, 1] / each[:, 0])) for peer, each in pairs.items()},
        "share_of_limit": {
            side: limit.milliseconds(first_order=side in first_order) / median for side, median in medians.items()
        },
    }


def path(folder: Path, record: AnyRecord) -> Path:
    """Returns the path of a record in a folder."""
    return folder / f"{record.name}.json"


def write(record: AnyRecord, folder: Path) -> Path:
    """Writes a record, which replaces an earlier one, and returns its path.

    Raises:
        BenchmarkError: The folder cannot be written.
    """
    place = path(folder, record)
    storage.write_json(place, asdict(record))
    return place


def read(place: Path) -> AnyRecord:
    """Reads a record.

    Raises:
        BenchmarkError: The file is no record, is not where it belongs, or its summaries do not follow from its rounds.
    """
    document = storage.read_json(place)
    where = f"{place} is no record of speed"
    record: AnyRecord
    if "axis" in document:
        record = storage.checked(document, GrowthRecord, where)
    else:
        record = storage.checked(document, SpeedRecord, where)
    if place.name != f"{record.name}.json":
        raise BenchmarkError(f"{place} does not lie where the record {record.name!r} belongs")
    if isinstance(record, SpeedRecord):
        _verify(record, place)
    return record


def readable(folder: Path) -> tuple[list[AnyRecord], list[str]]:
    """Reads all records of a folder; returns them, and one line for each faulty file, which is left out."""
    return store.readable(sorted(folder.glob("*.json")), read, "measure again, or remove its file")


def shown(fresh: Path | None = None) -> tuple[list[AnyRecord], list[str]]:
    """Reads the accepted records and those of a folder of fresh ones, which are preferred.

    Returns:
        The records, comparisons before growth; and one line for each faulty file, which is left out.
    """
    held, problems = readable(FOLDER)
    found, more = readable(fresh) if fresh else ([], [])
    by_name = {record.name: record for record in (*held, *found)}
    ordered = sorted(by_name.values(), key=lambda record: (isinstance(record, GrowthRecord), record.name))
    return ordered, [*problems, *more]


def check_before(reason: str, by: str) -> None:
    """Checks, before anything is measured, that the records can be accepted afterwards.

    Raises:
        BenchmarkError: There is no reason or name, or the code is not committed.
    """
    check_words(reason, by)
    if provenance.is_dirty():
        raise BenchmarkError("the code has changes that are not committed; commit them before --accept")


def accept(places: Sequence[Path], *, reason: str, by: str, folder: Path) -> list[Path]:
    """Makes records the accepted ones of their workload; nothing is written unless all can be accepted.

    Raises:
        BenchmarkError: There is no reason or name, or a record is faulty or was made with uncommitted code.
    """
    check_words(reason, by)
    records = [read(place) for place in places]
    for record in records:
        if record.provenance.get("dirty") is not False:
            raise BenchmarkError(f"{record.name} was measured with uncommitted code; commit it and measure again")
    accepted = asdict(Acceptance(when=now(), by=by.strip(), reason=reason.strip()))
    written = []
    for record in records:
        storage.write_json(path(folder, record), asdict(record) | {"accepted": accepted})
        written.append(path(folder, record))
    return written


def _verify(record: SpeedRecord, place: Path) -> None:
    for name, expected in summaries(record.rounds_ms, record.limit, record.first_order).items():
        stated = getattr(record, name)
        same = stated.keys() == expected.keys() and all(
            np.allclose(stated[side], expected[side], rtol=1e-9) for side in expected
        )
        if not same:
            raise BenchmarkError(f"{place}: {name} does not follow from its rounds")
