"""The runs of one experiment: seeds that belong together, their metrics, cost and provenance."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports import formatting

Record = Mapping[str, Any]

# Facts that the table of seeds shows, or that qualify another fact.
_TOLD_ELSEWHERE = ("command", "started", "finished", "dirty", "sessions")


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One metric of one seed: its value in words and how many of its tasks diverged."""

    text: str
    diverged: int


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric under every seed; `None` where a seed lacks it."""

    name: str
    measurements: tuple[Measurement | None, ...]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One piece of provenance, with each value that occurs and the seeds that it holds for.

    Attributes:
        name: What the values say, such as "commit".
        values: Pairs of a value and its seeds; the seeds are empty where all runs agree.
    """

    name: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class RunGroup:
    """Runs that differ in nothing but their seed.

    Attributes:
        scale: Scale of all runs.
        reading: Reading of all runs.
        definition: Definition hash of all runs.
        runs: The records, by seed.
        metrics: Every metric of every seed.
        facts: Device and provenance.
        seeds_with_divergence: How many seeds have a metric with diverged tasks.
        seconds: Time of all runs together.
    """

    scale: str
    reading: str
    definition: str
    runs: tuple[Record, ...]
    metrics: tuple[Metric, ...]
    facts: tuple[Fact, ...]
    seeds_with_divergence: int
    seconds: float


def grouped(runs: Iterable[Record]) -> tuple[RunGroup, ...]:
    """Runs by scale, reading and definition, in order of appearance; within each by seed."""
    found: dict[tuple[str, str, str], list[Record]] = {}
    for run in runs:
        found.setdefault((run["scale"], run["reading"], run["definition"]), []).append(run)
    return tuple(_group(key, sorted(members, key=_seed)) for key, members in found.items())


def diverged_tasks(run: Record) -> int:
    """Diverged tasks of a run, in the metric that has most of them."""
    return max((metric.get("diverged") or 0 for metric in run["metrics"].values()), default=0)


def seconds(cost: Mapping[str, Any]) -> float:
    """Time of meta-training and, where it is known, of meta-tests."""
    return math.fsum(cost.get(part) or 0.0 for part in ("seconds", "test_seconds"))


def _seed(run: Record) -> int:
    return int(run["seed"])


def _group(key: tuple[str, str, str], runs: Sequence[Record]) -> RunGroup:
    scale, reading, definition = key
    names = dict.fromkeys(name for run in runs for name in run["metrics"])
    return RunGroup(
        scale=scale,
        reading=reading,
        definition=definition,
        runs=tuple(runs),
        metrics=tuple(_metric(name, runs) for name in names),
        facts=tuple(_facts(runs)),
        seeds_with_divergence=sum(diverged_tasks(run) > 0 for run in runs),
        seconds=math.fsum(seconds(run.get("cost") or {}) for run in runs),
    )


def _metric(name: str, runs: Sequence[Record]) -> Metric:
    return Metric(name=name, measurements=tuple(_measurement(run["metrics"].get(name)) for run in runs))


def _measurement(metric: Mapping[str, Any] | None) -> Measurement | None:
    if metric is None:
        return None
    # JSON has no infinity, so a mean that is null was not finite.
    value = math.nan if metric["value"] is None else metric["value"]
    return Measurement(text=formatting.number(value), diverged=metric.get("diverged") or 0)


def _facts(runs: Sequence[Record]) -> Iterable[Fact]:
    described = [_described(run) for run in runs]
    for name in dict.fromkeys(name for facts in described for name in facts):
        seeds: dict[str, list[str]] = {}
        for run, facts in zip(runs, described, strict=True):
            seeds.setdefault(facts.get(name, formatting.ABSENT), []).append(str(run["seed"]))
        shared = len(seeds) == 1
        values = ((value, "" if shared else ", ".join(holders)) for value, holders in seeds.items())
        yield Fact(name=name, values=tuple(values))


def _described(run: Record) -> dict[str, str]:
    """Device and provenance of a run in words; nested facts such as package versions on one line."""
    provenance = run.get("provenance") or {}
    facts = {"device": str(run.get("device") or formatting.ABSENT)}
    facts |= {name: _told(value) for name, value in provenance.items() if value and name not in _TOLD_ELSEWHERE}
    if sessions := provenance.get("sessions"):
        commits = ", ".join(dict.fromkeys(each["commit"] for each in sessions))
        facts["processes"] = f"{len(sessions)}, one after another, of commits {commits}"
    if provenance.get("dirty") and "commit" in facts:
        facts["commit"] += " with uncommitted changes"
    return facts


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {formatting.setting(item)}" for key, item in value.items())
    return formatting.setting(value)
