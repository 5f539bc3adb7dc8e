"""How the time of a meta-iteration grows with one setting, for this library and one peer."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from benchmarks.cores import available_cores
from benchmarks.declaring.settings import Settings, overridden
from benchmarks.errors import BenchmarkError, check_choice
from benchmarks.records.speed import Axis, GrowthPoint, GrowthRecord, SpeedRecord
from benchmarks.speed.comparison import compare, origin
from benchmarks.speed.sides import OURS, SIDES, Side
from benchmarks.speed.workload import Timing, Workload

VALUES: Mapping[Axis, tuple[int, ...]] = MappingProxyType(
    {"steps": (1, 2, 5, 10), "tasks": (1, 4, 16, 64), "ways": (2, 5, 10, 20), "shots": (1, 5, 10)}
)
PATHS: Mapping[Axis, tuple[str, ...]] = MappingProxyType(
    {
        "steps": ("learner.inner_loop.steps",),
        "tasks": ("training.meta_batch",),
        "ways": ("tasks.ways", "learner.network.outputs"),
        "shots": ("tasks.shot",),
    }
)


def grown(settings: Settings, axis: Axis, value: int) -> Settings:
    """Returns the settings with another number of inner steps, tasks, ways or shots.

    Raises:
        BenchmarkError: The workload has no such setting.
    """
    try:
        return overridden(settings, dict.fromkeys(PATHS[axis], value))
    except KeyError:
        raise BenchmarkError(f"this workload has no {axis!r} to grow; choose another of {', '.join(PATHS)}") from None


def axis_of(word: str) -> Axis:
    """Returns the axis with this name.

    Raises:
        BenchmarkError: There is none.
    """
    check_choice("setting to grow", word, list(VALUES))
    return next(axis for axis in VALUES if axis == word)


def best_peer(record: SpeedRecord, among: Collection[str]) -> str:
    """Returns the fastest peer of a record that is another library with the exact meta-gradient.

    Args:
        record: The record.
        among: The peers that can be timed here.

    Raises:
        BenchmarkError: The record has none.
    """
    ours = [name for name, side in SIDES.items() if side.ours]
    exact = [name for name in record.rounds_ms if name in among and name not in (*record.first_order, *ours)]
    if not exact:
        raise BenchmarkError(
            f"the record of {record.workload} has no peer with the exact meta-gradient that is installed; name one"
        )
    return min(exact, key=lambda name: record.median_ms[name])


def grow(
    workload: Workload,
    axis: Axis,
    peer: str,
    timing: Timing,
    *,
    values: tuple[int, ...] | None = None,
    sides: Mapping[str, Side] = SIDES,
    command: str = "",
    quiet: bool = False,
) -> GrowthRecord:
    """Times this library and a peer at several values of one setting.

    Args:
        workload: The comparison whose other settings are used.
        axis: The setting that grows.
        peer: Name of the peer.
        timing: How long is timed, at each value.
        values: The values; by default those of `VALUES`.
        sides: All sides by name.
        command: The command, for the record.
        quiet: Whether to show no progress.

    Raises:
        BenchmarkError: The workload has no such setting; or as `compare`.
    """
    settings = {value: grown(workload.settings, axis, value) for value in values or VALUES[axis]}
    points: list[GrowthPoint] = []
    versions: dict[str, str] = {}
    for value, changed in settings.items():
        record = compare(replace(workload, settings=changed), [peer], timing, sides=sides, quiet=quiet)
        peaks = (record.peak_mb[OURS], record.peak_mb[peer])
        points.append(GrowthPoint(value=value, rounds_ms=record.rounds_ms[peer], peak_mb=peaks))
        versions |= record.versions
    return GrowthRecord(
        workload=workload.name,
        experiment=workload.experiment.id,
        axis=axis,
        peer=peer,
        title=sides[peer].title,
        points=points,
        cores=available_cores(),
        versions=versions,
        provenance=origin(command),
    )
