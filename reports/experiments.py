"""One experiment: settings of its readings, and its runs with their metrics, provenance and process log."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports import formatting

Record = Mapping[str, Any]
Readings = Mapping[str, Mapping[str, Any]]
Path = tuple[str, ...]

# Keys whose values need no label, such as the class of a component.
_SELF_EXPLANATORY = ("part", "symbol", "name")
# Provenance that is shown in the table of seeds or in the process log, or added to another entry.
_SHOWN_ELSEWHERE = ("command", "started", "finished", "dirty", "processes", "sessions")
_FACT_NAMES = {"chosen": "selected by search", "data": "data checksums", "packages": "package versions"}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Settings with a common name.

    Attributes:
        name: Name in words; the levels of nested settings are joined by " › ".
        texts: Its value in each reading, in the order of the readings; a single text if it is the same in all.
    """

    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One metric of one seed: the value as text and the number of diverged tasks."""

    text: str
    diverged: int


@dataclass(frozen=True, kw_only=True)
class ProcessLog:
    """The processes that computed the runs, oldest first; a run that was interrupted has several.

    Attributes:
        columns: Names of the recorded facts.
        rows: The seed and, for each column, the value of the process.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class RunGroup:
    """Runs that differ only in their seed.

    Attributes:
        scale: Scale of all runs.
        reading: Reading of all runs.
        definition: Definition hash of all runs.
        runs: The records, ordered by seed.
        metrics: The measurements of every seed by metric; `None` for a seed that lacks the metric.
        facts: Device and provenance. Each entry has pairs of a distinct value and the seeds that have it; the seeds
            are empty if all runs agree.
        process_log: The processes that computed the runs.
        seeds_with_divergence: Number of seeds that have a metric with diverged tasks.
        seconds: Total time of all runs.
    """

    scale: str
    reading: str
    definition: str
    runs: tuple[Record, ...]
    metrics: Mapping[str, tuple[Measurement | None, ...]]
    facts: Mapping[str, tuple[tuple[str, str], ...]]
    process_log: ProcessLog
    seeds_with_divergence: int
    seconds: float


def differing_settings(readings: Readings) -> tuple[Setting, ...]:
    """Returns the settings that differ between the readings; a component that one reading lacks is one setting.

    Args:
        readings: Settings by reading, as in the report data; values may be nested.
    """
    components = dict.fromkeys(name for settings in readings.values() for name in settings)
    one_sided = [name for name in components if _is_one_sided([one.get(name) for one in readings.values()])]
    lacking = (
        Setting(name=_words((name,)), texts=tuple(_whole(settings.get(name)) for settings in readings.values()))
        for name in one_sided
    )
    differing = (
        Setting(name=_words(path), texts=texts)
        for path, texts in _by_path(readings).items()
        if len(set(texts)) > 1 and path[0] not in one_sided
    )
    return (*differing, *lacking)


def shared_settings(readings: Readings) -> tuple[Setting, ...]:
    """Returns the settings that are the same in all readings, those of one component joined in one text.

    Args:
        readings: Settings by reading, as in the report data; values may be nested.
    """
    components: dict[Path, list[str]] = {}
    for path, texts in _by_path(readings).items():
        if len(set(texts)) == 1:
            unlabelled = len(path) == 1 or path[-1] in _SELF_EXPLANATORY
            text = texts[0] if unlabelled else f"{_words(path[-1:])} {texts[0]}"
            components.setdefault(path[:-1] or path, []).append(text)
    return tuple(Setting(name=_words(path), texts=("; ".join(texts),)) for path, texts in components.items())


def grouped(runs: Iterable[Record]) -> tuple[RunGroup, ...]:
    """Returns the runs grouped by scale, reading and definition, and ordered by seed within each group."""
    members: dict[tuple[str, str, str], list[Record]] = {}
    for run in runs:
        members.setdefault((run["scale"], run["reading"], run["definition"]), []).append(run)
    return tuple(_group(key, sorted(group, key=lambda run: int(run["seed"]))) for key, group in members.items())


def diverged_tasks(run: Record) -> int:
    """Returns the number of diverged tasks of a run, taken from the metric that has most."""
    return max((metric.get("diverged") or 0 for metric in run["metrics"].values()), default=0)


def seconds(cost: Mapping[str, Any]) -> float:
    """Returns the time of meta-training plus the time of the meta-tests, as far as they are known."""
    return math.fsum(cost.get(key) or 0.0 for key in ("seconds", "test_seconds"))


def _by_path(readings: Readings) -> dict[Path, tuple[str, ...]]:
    """Returns the texts of every setting in all readings, by its path in the nested settings."""
    flat = [dict(_leaves(settings)) for settings in readings.values()]
    paths = dict.fromkeys(path for settings in flat for path in settings)
    return {path: tuple(settings.get(path, formatting.ABSENT) for settings in flat) for path in paths}


def _is_one_sided(values: Sequence[Any]) -> bool:
    """Returns whether some readings have a component with settings of its own, and others lack it."""
    return None in values and any(isinstance(value, Mapping) for value in values)


def _whole(value: Any) -> str:
    """Returns all settings of a component in one text, or "none" for a component that is absent."""
    if not isinstance(value, Mapping):
        return "none" if value is None else formatting.setting(value)
    return "; ".join(
        text if path[-1] in _SELF_EXPLANATORY else f"{_words(path[-1:])} {text}" for path, text in _leaves(value)
    )


def _leaves(settings: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, str]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, str(key)))
        else:
            yield (*above, str(key)), formatting.setting(value)


def _words(path: Path) -> str:
    return " › ".join(path).replace("_", " ")


def _group(key: tuple[str, str, str], runs: Sequence[Record]) -> RunGroup:
    scale, reading, definition = key
    names = dict.fromkeys(name for run in runs for name in run["metrics"])
    return RunGroup(
        scale=scale,
        reading=reading,
        definition=definition,
        runs=tuple(runs),
        metrics={name: tuple(_measurement(run["metrics"].get(name)) for run in runs) for name in names},
        facts=dict(_facts(runs)),
        process_log=_process_log(runs),
        seeds_with_divergence=sum(diverged_tasks(run) > 0 for run in runs),
        seconds=math.fsum(seconds(run.get("cost") or {}) for run in runs),
    )


def _measurement(metric: Mapping[str, Any] | None) -> Measurement | None:
    if metric is None:
        return None
    # JSON cannot hold infinity, so null means that the mean was not finite.
    value = math.nan if metric["value"] is None else metric["value"]
    return Measurement(text=formatting.number(value), diverged=metric.get("diverged") or 0)


def _facts(runs: Sequence[Record]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    provenance = [_provenance(run) for run in runs]
    for name in dict.fromkeys(name for facts in provenance for name in facts):
        seeds: dict[str, list[str]] = {}
        for run, facts in zip(runs, provenance, strict=True):
            seeds.setdefault(facts.get(name, formatting.ABSENT), []).append(str(run["seed"]))
        shared = len(seeds) == 1
        values = ((value, "" if shared else ", ".join(holders)) for value, holders in seeds.items())
        yield name, tuple(values)


def _provenance(run: Record) -> dict[str, str]:
    """Returns the device and the provenance of a run as text."""
    facts = {"device": str(run.get("device") or formatting.ABSENT)}
    for name, value in (run.get("provenance") or {}).items():
        if value and name not in _SHOWN_ELSEWHERE:
            facts[_FACT_NAMES.get(name, name)] = _text(value)
    return facts | _commit(run.get("provenance") or {})


def _process_log(runs: Sequence[Record]) -> ProcessLog:
    # Records from before the process log was renamed call it "sessions".
    provenance = [(str(run["seed"]), run.get("provenance") or {}) for run in runs]
    logs = [(seed, facts.get("processes") or facts.get("sessions") or []) for seed, facts in provenance]
    processes = [(seed, _process(process)) for seed, log in logs for process in log]
    columns = tuple(dict.fromkeys(name for _, process in processes for name in process))
    rows = ((seed, tuple(process.get(name, formatting.ABSENT) for name in columns)) for seed, process in processes)
    return ProcessLog(columns=columns, rows=tuple(rows))


def _process(process: Mapping[str, Any]) -> dict[str, str]:
    """Returns the facts about one process as text, by the name of their column."""
    facts = {name: value for name, value in process.items() if name != "dirty"} | _commit(process)
    return {
        _PROCESS_COLUMNS.get(name, _words((name,)).capitalize()): _PROCESS_FORMATS.get(name, _text)(value)
        for name, value in facts.items()
    }


def _commit(facts: Mapping[str, Any]) -> dict[str, str]:
    if "commit" not in facts:
        return {}
    suffix = " with uncommitted changes" if facts.get("dirty") else ""
    return {"commit": formatting.commit(str(facts["commit"])) + suffix}


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {formatting.setting(item)}" for key, item in value.items())
    return formatting.setting(value)


_PROCESS_COLUMNS = {
    "groups": "Meta-batch groups",
    "intra_op_threads": "Intra-op threads",
    "inter_op_threads": "Inter-op threads",
    "onednn": "oneDNN",
    "training_memory_bytes": "Memory in meta-training",
    "peak_memory_bytes": "Peak memory",
}
_PROCESS_FORMATS: Mapping[str, Callable[[Any], str]] = {
    "started": formatting.moment,
    "intra_op_threads": lambda threads: str(threads or "automatic"),
    "inter_op_threads": lambda threads: str(threads or "automatic"),
    "onednn": lambda enabled: "default" if enabled is None else formatting.setting(enabled),
    "training_memory_bytes": formatting.memory,
    "peak_memory_bytes": formatting.memory,
}
