"""Corrects summaries of accepted baselines that differ from their raw values."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.records import storage
from benchmarks.records.baselines import Correction, check_words, now, read_unverified
from benchmarks.records.record import Metric
from benchmarks.records.verification import corrections


def correct(paths: Iterable[Path], *, reason: str, by: str) -> dict[Path, list[Correction]]:
    """Computes the summaries of accepted baselines again from their raw values and replaces those that are wrong.

    Nothing else in a file changes, except that it lists the summaries that were corrected.

    Args:
        paths: JSON files of baselines.
        reason: Why the summaries were wrong.
        by: Name of the person who corrects them.

    Returns:
        The corrections by file; files without a wrong summary are left out.

    Raises:
        BenchmarkError: There is no reason or name, or a file is no baseline or cannot be written.
    """
    check_words(reason, by)
    done = {}
    for path in paths:
        right = {record.seed: corrections(record) for record in read_unverified(path).records}
        if any(right.values()):
            done[path] = _correct(path, right, {"when": now(), "by": by.strip(), "reason": reason.strip()})
    return done


def _correct(path: Path, right: Mapping[int, Mapping[str, Metric]], note: Mapping[str, str]) -> list[Correction]:
    document, notes = storage.read_json(path), []
    for record in document["records"]:
        for metric, summary in right[record["seed"]].items():
            stated = record["metrics"][metric]
            before = {name: value for name, value in stated.items() if not _equal(value, getattr(summary, name))}
            notes.append(Correction(**note, seed=record["seed"], metric=metric, before=before))
            stated.update({name: getattr(summary, name) for name in before})
    earlier = document.get("corrections", [])
    storage.write_json(path, {**document, "corrections": [*earlier, *map(asdict, notes)]})
    return notes


def _equal(stated: Any, value: Any) -> bool:
    """Returns whether a number, as it stands in JSON, equals a number, which may not be finite."""
    return bool(stated == (value if value is None or isinstance(value, str) or math.isfinite(value) else str(value)))
