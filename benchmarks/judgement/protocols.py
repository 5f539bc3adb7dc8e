"""One number under every protocol that it was tested with, side by side."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.records.record import Record

_STEPS = re.compile(r"(?P<test>.+)/(?P<steps>\d+-steps?)")


def protocols(metric: str, records: Sequence[Record]) -> list[dict[str, Any]]:
    """The metric, and what the same test gave on another number of tasks or of query images.

    Args:
        metric: such as `paper-protocol/3-steps`.
        records: of one experiment, which differ in the seed alone.

    Returns:
        For each protocol its `name`, test `tasks`, `query` images a class, `value` and `half_width` over tasks, both
        means over seeds, None where not finite. Empty where there are not two protocols to compare.
    """
    tests = records[0].settings.get("tests", {})
    found = _STEPS.fullmatch(metric)
    if not found or found["test"] not in tests:
        return []
    alike = (
        name for name, test in tests.items() if _apart_from_protocol(test) == _apart_from_protocol(tests[found["test"]])
    )
    lines = [_line(name, f"{name}/{found['steps']}", tests[name], records) for name in alike]
    measured = [line for line in lines if line]
    return measured if len(measured) > 1 else []


def _apart_from_protocol(test: Mapping[str, Any]) -> dict[str, Any]:
    tasks = {key: value for key, value in test["tasks"].items() if key != "query"}
    return {**test, "tasks": tasks, "protocol": None}


def _line(name: str, metric: str, test: Mapping[str, Any], records: Sequence[Record]) -> dict[str, Any] | None:
    metrics = [record.metrics[metric] for record in records if metric in record.metrics]
    if not metrics:
        return None
    return {
        "name": name,
        "tasks": metrics[0].tasks,
        "query": test["tasks"].get("query"),
        "value": _mean([each.value for each in metrics]),
        "half_width": _mean([each.half_width for each in metrics]),
    }


def _mean(values: Sequence[float]) -> float | None:
    mean = float(np.mean(values))
    return mean if np.isfinite(mean) else None
