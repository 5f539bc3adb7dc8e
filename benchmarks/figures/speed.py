"""Records of speed as plain data for the report: a table for each workload, and charts of growth."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.family import Drawing
from benchmarks.records.speed import OURS, AnyRecord, GrowthPoint, GrowthRecord, SpeedRecord

_TIME = "Time of a meta-iteration. Lines are medians over rounds; bands go from the shortest to the longest round."
_MEMORY = "Peak memory of the process."
_AXES = {"steps": "inner steps", "tasks": "tasks in a meta-batch", "ways": "ways", "shots": "shots"}


def speed_data(records: Sequence[AnyRecord]) -> dict[str, Any]:
    """Returns `tables`, one for each comparison, and `charts`, two for each record of growth."""
    return {
        "tables": [_table(record) for record in records if isinstance(record, SpeedRecord)],
        "charts": [chart for record in records if isinstance(record, GrowthRecord) for chart in _charts(record)],
    }


def _table(record: SpeedRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "workload": record.title,
        "experiment": record.experiment,
        "lines": [
            {
                "side": side,
                "title": record.titles[side],
                "median_ms": median,
                "low_ms": record.spread[side][0],
                "high_ms": record.spread[side][1],
                "ratio": record.ratios.get(side),
                "peak_mb": record.peak_mb[side],
                "share_of_limit": record.share_of_limit[side],
                "gradient_difference": record.gradient_difference.get(side),
            }
            for side, median in record.median_ms.items()
        ],
        "limit_ms": record.limit.milliseconds(first_order=False),
        "operations": record.limit.operations,
        "operations_per_second": record.limit.operations_per_second,
        "bytes_per_second": record.limit.bytes_per_second,
        "left_out": list(record.left_out),
        "cores": record.cores,
        "processor": record.provenance["host"]["processor"],
        "versions": dict(record.versions),
        "command": record.provenance["command"],
        "commit": record.provenance["commit"],
    }


def _charts(record: GrowthRecord) -> list[Drawing]:
    names = (OURS, record.peer)
    shared = {"x_label": _AXES[record.axis], "printed": []}
    title = f"{record.workload}, by {_AXES[record.axis]}"
    return [
        shared
        | {
            "id": f"speed/{record.name}/{what}",
            "title": f"{what.capitalize()}: {title}",
            "caption": caption,
            "y_label": label,
            "y_scale": scale,
            "curves": [curve(name, record.points, position) for position, name in enumerate(names)],
        }
        for what, caption, label, scale, curve in (
            ("time", _TIME, "milliseconds", "log", _times),
            ("memory", _MEMORY, "MB", "linear", _memory),
        )
    ]


def _times(name: str, points: Sequence[GrowthPoint], position: int) -> Drawing:
    rounds = [np.array(point.rounds_ms)[:, position] for point in points]
    return {
        "label": name,
        "x": [point.value for point in points],
        "centre": [float(np.median(each)) for each in rounds],
        "low": [float(each.min()) for each in rounds],
        "high": [float(each.max()) for each in rounds],
    }


def _memory(name: str, points: Sequence[GrowthPoint], position: int) -> Drawing:
    return {
        "label": name,
        "x": [point.value for point in points],
        "centre": [point.peak_mb[position] for point in points],
    }
